//! How far a computation is: its steps are counted on a meter, which tells whoever listens.

use std::fmt;

/// How far a computation is, told before each of its steps and once when all have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Steps that have run; on a GPU, steps that are queued. It never falls.
    pub done: usize,
    /// All steps, `done` included.
    pub total: usize,
    /// What runs now, as the plan's line says it: `%0 = fft(%image, axes=[0, 1])`. When all steps have run, the name of
    /// the result.
    pub label: &'a str,
}

impl fmt::Display for Progress<'_> {
    /// `1 of 3: %1 = sum(%0, axes=[0])`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} of {}: {}", self.done, self.total, self.label)
    }
}

/// Counts the steps of one computation. Without a listener that is all it does.
pub struct Meter<'a> {
    listener: Option<&'a mut dyn FnMut(&Progress)>,
    done: usize,
    /// Steps of begun programs.
    expected: usize,
    /// Ops of begun parts, and of the computation.
    begun: usize,
    ops: usize,
}

impl<'a> Meter<'a> {
    /// A meter that nobody hears.
    pub fn silent() -> Meter<'static> {
        Meter { listener: None, done: 0, expected: 0, begun: 0, ops: 0 }
    }

    /// A meter for a computation of so many ops.
    pub fn heard_by(listener: &'a mut dyn FnMut(&Progress), ops: usize) -> Meter<'a> {
        Meter { listener: Some(listener), done: 0, expected: 0, begun: 0, ops }
    }

    /// True if anybody listens.
    pub fn is_heard(&self) -> bool {
        self.listener.is_some()
    }

    /// A part of the computation begins. What has not begun is taken to need as many steps per op as what has.
    pub fn part(&mut self, ops: usize) {
        self.begun += ops;
    }

    /// A program of so many steps begins.
    pub fn expect(&mut self, steps: usize) {
        self.expected += steps;
    }

    /// The next step begins, so those before it have run.
    pub fn step<'l>(&mut self, label: impl FnOnce() -> &'l str) {
        self.tell(label);
        self.done += 1;
    }

    /// All steps have run. A computation without steps has told nothing, and does not now.
    pub fn finish(&mut self, name: &str) {
        if self.done > 0 {
            self.tell(|| name);
        }
    }

    fn tell<'l>(&mut self, label: impl FnOnce() -> &'l str) {
        let Some(listener) = &mut self.listener else { return };
        let to_come = self.ops.saturating_sub(self.begun) as u128;
        let estimated = (self.expected as u128 * to_come).div_ceil(self.begun.max(1) as u128) as usize;
        listener(&Progress { done: self.done, total: self.expected + estimated, label: label() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a meter tells of parts: their ops, and the steps of their programs.
    fn told(ops: usize, parts: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let mut told = Vec::new();
        let mut listener = |progress: &Progress| told.push((progress.done, progress.total));
        let mut meter = Meter::heard_by(&mut listener, ops);
        for &(ops, steps) in parts {
            meter.part(ops);
            meter.expect(steps);
            (0..steps).for_each(|_| meter.step(|| "step"));
        }
        meter.finish("all");
        told
    }

    #[test]
    fn all_steps_of_one_part_are_known_before_the_first() {
        assert_eq!(told(7, &[(7, 3)]), [(0, 3), (1, 3), (2, 3), (3, 3)]);
        assert_eq!(told(7, &[(7, 0)]), []);
    }

    #[test]
    fn steps_of_parts_to_come_are_estimated_from_those_begun() {
        assert_eq!(told(9, &[(4, 2), (5, 3)]), [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
        assert_eq!(told(8, &[(4, 1), (4, 2)]), [(0, 2), (1, 3), (2, 3), (3, 3)]);
    }
}
