//! Copies between the host and the device through pinned memory. The host copies one piece while the device moves another,
//! and what goes to the device waits for nothing that was queued before.

use super::driver::{Address, Driver, Pinned, Result};

/// Bytes of each of the two sides.
pub(super) const PIECE: usize = 4 << 20;

/// Two pieces of pinned memory, filled in turn.
pub(super) struct Staging {
    sides: [Pinned; 2],
    /// The side that is being filled, and how much of it is.
    current: usize,
    used: usize,
    /// True if the other side may not have been read to its end yet.
    is_pending: bool,
}

impl Staging {
    pub(super) fn new(driver: &Driver) -> Result<Staging> {
        let sides = [driver.pinned(PIECE)?, driver.pinned(PIECE)?];
        Ok(Staging { sides, current: 0, used: 0, is_pending: false })
    }

    pub(super) fn into_sides(self) -> [Pinned; 2] {
        self.sides
    }

    /// Copies from the host; the source may be used again.
    ///
    /// # Safety
    /// The device memory has as many bytes from the address on.
    pub(super) unsafe fn upload(&mut self, driver: &Driver, from: &[u8], mut to: Address) -> Result<()> {
        let mut rest = from;
        while !rest.is_empty() {
            if self.used == PIECE {
                self.turn(driver)?;
            }
            let part = self.used..PIECE.min(self.used + rest.len());
            let (piece, behind) = rest.split_at(part.len());
            let side = &mut self.sides[self.current];
            // SAFETY: this part was read to its end before the side's turn came, and is not used since; the caller's
            // promise.
            unsafe {
                side.bytes_mut()[part.clone()].copy_from_slice(piece);
                driver.send(side, part.clone(), to)?;
            }
            (self.used, rest, to) = (part.end, behind, to + piece.len() as Address);
        }
        Ok(())
    }

    /// Goes on with the other side, once the device has read it.
    fn turn(&mut self, driver: &Driver) -> Result<()> {
        driver.mark(&self.sides[self.current])?;
        (self.current, self.used) = (1 - self.current, 0);
        if self.is_pending {
            driver.settle(&self.sides[self.current])?;
        }
        self.is_pending = true;
        Ok(())
    }

    /// Waits for everything queued and copies to the host.
    ///
    /// # Safety
    /// The device memory has as many bytes from the address on.
    pub(super) unsafe fn download(&mut self, driver: &Driver, from: Address, to: &mut [u8]) -> Result<()> {
        let mut moving: Option<(usize, &mut [u8])> = None;
        for (at, piece) in to.chunks_mut(PIECE).enumerate() {
            let side = at % 2;
            // SAFETY: the caller's promise. Copies run in order: what was to be read of this side has been.
            unsafe { driver.receive(from + (at * PIECE) as Address, &mut self.sides[side], piece.len())? };
            driver.mark(&self.sides[side])?;
            self.take(driver, moving.replace((side, piece)))?;
        }
        self.take(driver, moving)?;
        // Everything queued has run.
        (self.used, self.is_pending) = (0, false);
        Ok(())
    }

    /// Copies out what has arrived on a side.
    fn take(&mut self, driver: &Driver, moving: Option<(usize, &mut [u8])>) -> Result<()> {
        let Some((side, piece)) = moving else { return Ok(()) };
        driver.settle(&self.sides[side])?;
        let bytes = piece.len();
        // SAFETY: the copy to this side is over.
        piece.copy_from_slice(unsafe { &self.sides[side].bytes_mut()[..bytes] });
        Ok(())
    }
}
