//! Stable sorting along an axis. Elements become unsigned keys in the same order, which any sort of integers serves;
//! one long line is first cut into buckets, so that all threads share it.

use super::{Cpu, HostMemory, quick};
use crate::Error;
use bytemuck::Pod;
use num_traits::{PrimInt, Unsigned};
use ondine_ir::{DType, Kind, Sort, Type};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Lines with fewer elements are sorted by one thread.
const LONG: usize = 1 << 15;

/// Parts of a long line.
const BUCKETS: usize = 8;

/// How many elements of a long line choose the bounds of its buckets.
const SAMPLES: usize = 256;

/// Sorts every line of an array along the axis.
pub(super) fn sort(cpu: &Cpu, sort: Sort, ty: &Type, from: &[u8], out: &mut [u8]) -> Result<(), Error> {
    match ty.dtype.bytes() {
        1 => sort_as::<u8>(cpu, sort, ty, from, out),
        2 => sort_as::<u16>(cpu, sort, ty, from, out),
        4 => sort_as::<u32>(cpu, sort, ty, from, out),
        _ => sort_as::<u64>(cpu, sort, ty, from, out),
    }
}

/// How the bits of a dtype become keys.
#[derive(Clone, Copy)]
struct Order<T> {
    sign: T,
    /// Flipped in integers: the sign bit of signed ones.
    flip: T,
    /// The bits of infinity, if these are floats.
    infinity: Option<T>,
    descending: bool,
}

impl<T: PrimInt + Unsigned> Order<T> {
    fn new(dtype: DType, descending: bool) -> Order<T> {
        let sign = T::one().rotate_right(1);
        let bits = |bits: u64| T::from(bits).expect("a float's bits fit its width");
        let infinity = match dtype {
            DType::F32 => Some(bits(f32::INFINITY.to_bits().into())),
            DType::F64 => Some(bits(f64::INFINITY.to_bits())),
            _ => None,
        };
        let is_signed = dtype.kind() == Kind::Integer && dtype.is_signed();
        Order { sign, flip: if is_signed { sign } else { T::zero() }, infinity, descending }
    }

    /// True for NaN and both zeros, of which many bit patterns share one key.
    fn shares_key(&self, bits: T) -> bool {
        let magnitude = bits & !self.sign;
        self.infinity.is_some_and(|infinity| magnitude > infinity || magnitude == T::zero())
    }

    fn key(&self, bits: T) -> T {
        let ascending = match self.infinity {
            None => bits ^ self.flip,
            Some(infinity) if bits & !self.sign > infinity => T::max_value(),
            Some(_) if bits & !self.sign == T::zero() => self.sign,
            Some(_) if bits & self.sign != T::zero() => !bits,
            Some(_) => bits | self.sign,
        };
        if self.descending { !ascending } else { ascending }
    }

    /// The key of every NaN.
    fn nan(&self) -> T {
        if self.descending { T::zero() } else { T::max_value() }
    }

    /// The bits of a key that only they have.
    fn bits(&self, key: T) -> T {
        let ascending = if self.descending { !key } else { key };
        match self.infinity {
            None => ascending ^ self.flip,
            Some(_) if ascending & self.sign != T::zero() => ascending & !self.sign,
            Some(_) => !ascending,
        }
    }
}

/// The lines of an array along an axis.
struct Lines {
    extent: usize,
    /// Elements between neighbours on a line.
    inner: usize,
    count: usize,
}

impl Lines {
    fn first(&self, line: usize) -> usize {
        line / self.inner * self.extent * self.inner + line % self.inner
    }
}

/// The array that a sort fills; lines share no element.
struct Output<R>(*mut R);

// SAFETY: the tasks that write through it take disjoint lines.
unsafe impl<R: Send> Sync for Output<R> {}

impl<R: Pod> Output<R> {
    /// # Safety
    /// Nobody else touches this line, and the memory is that of the lines.
    unsafe fn write(&self, lines: &Lines, line: usize, values: impl Iterator<Item = R>) {
        let first = lines.first(line);
        for (at, value) in values.take(lines.extent).enumerate() {
            // SAFETY: the place is on the caller's line.
            unsafe { self.0.add(first + at * lines.inner).write_unaligned(value) };
        }
    }
}

/// Unsigned numbers that elements are sorted by.
trait Key: Pod + PrimInt + Unsigned + Send + Sync {
    /// Sorts keys; `other` is as long and may be written over.
    fn sort(keys: &mut [Self], _other: &mut [Self]) {
        keys.sort_unstable();
    }

    /// Moves keys to `to`, which is as long, those below the pivot first, and says how many these are.
    fn partition(keys: &[Self], to: &mut [Self], pivot: Self) -> usize {
        quick::partition_plainly(keys, to, pivot)
    }
}

impl Key for u8 {}
impl Key for u16 {}
impl Key for u32 {}
impl Key for u64 {
    fn sort(keys: &mut [u64], other: &mut [u64]) {
        quick::sort(keys, other);
    }

    fn partition(keys: &[u64], to: &mut [u64], pivot: u64) -> usize {
        quick::partition(keys, to, pivot)
    }
}

/// Cuts keys into buckets between bounds, one after the other in `other` in the end if there is an odd number of cuts on the
/// way, and writes how many each has.
fn cut<T: Key>(keys: &mut [T], other: &mut [T], bounds: &[T], counts: &mut [usize]) {
    if bounds.is_empty() {
        counts[0] = keys.len();
        return;
    }
    let middle = bounds.len() / 2;
    let below = T::partition(keys, other, bounds[middle]);
    let ((keys_below, keys_above), (below, above)) = (keys.split_at_mut(below), other.split_at_mut(below));
    let (counts_below, counts_above) = counts.split_at_mut(middle + 1);
    cut(below, keys_below, &bounds[..middle], counts_below);
    cut(above, keys_above, &bounds[middle + 1..], counts_above);
}

fn sort_as<T: Key>(cpu: &Cpu, sort: Sort, ty: &Type, from: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let (extent, inner) = (ty.shape[sort.axis], ty.shape[sort.axis + 1..].iter().product::<usize>());
    if ty.shape.elements() == 0 {
        return Ok(());
    }
    let lines = Lines { extent, inner, count: ty.shape.elements() / extent };
    let order = Order::<T>::new(ty.dtype, sort.descending);
    let element = |line: usize, at: usize| {
        let place = (lines.first(line) + at * inner) * size_of::<T>();
        bytemuck::pod_read_unaligned::<T>(&from[place..place + size_of::<T>()])
    };
    if sort.positions {
        let out = Output(out.as_mut_ptr().cast::<i64>());
        return each_line(cpu, &lines, |items, line| {
            let items = taken(items, (0..extent).map(|at| (order.key(element(line, at)), at)))?;
            ordered(cpu, &lines, items)?;
            // SAFETY: `out` holds one i64 per element; every line is one task's.
            unsafe { out.write(&lines, line, items.iter().map(|(_, at)| *at as i64)) };
            Ok(())
        });
    }
    if extent >= LONG && inner == 1 {
        let lines =
            from.chunks_exact(extent * size_of::<T>()).zip(bytemuck::cast_slice_mut(out).chunks_exact_mut(extent));
        return lines.into_iter().try_for_each(|(from, out)| sort_long(cpu, order, from, out));
    }
    let out = Output(out.as_mut_ptr().cast::<T>());
    each_line(cpu, &lines, |scratch, line| {
        let keys = (0..extent).map(|at| order.key(element(line, at)));
        let other = if extent < LONG { extent } else { 0 };
        let (keys, other) = taken(scratch, keys.chain(std::iter::repeat_n(T::zero(), other)))?.split_at_mut(extent);
        match extent < LONG {
            true => T::sort(keys, other),
            false => ordered(cpu, &lines, keys)?,
        }
        // What shares a key comes back as it was, in its old order. All zeros share one key, all NaN another.
        let sharing = |is_zero: bool| {
            let own = (0..extent).map(|at| element(line, at)).filter(|&bits| order.shares_key(bits));
            own.filter(move |&bits| (bits & !order.sign == T::zero()) == is_zero)
        };
        let (zero, nan, is_float) = (order.key(T::zero()), order.nan(), order.infinity.is_some());
        let (mut zeros, mut nans) = (sharing(true), sharing(false));
        let bits = keys.iter().map(|&key| match key {
            key if is_float && key == zero => zeros.next().expect("a zero per zero key"),
            key if is_float && key == nan => nans.next().expect("a NaN per NaN key"),
            key => order.bits(key),
        });
        // SAFETY: `out` holds one element per element; every line is one task's.
        unsafe { out.write(&lines, line, bits) };
        Ok(())
    })
}

/// Pieces of a long line, each of which is cut into buckets by one thread.
const PIECES: usize = 16;

/// Sorts a long line whose elements are neighbours: all threads share it.
fn sort_long<T: Key>(cpu: &Cpu, order: Order<T>, from: &[u8], out: &mut [T]) -> Result<(), Error> {
    let (size, count) = (size_of::<T>(), out.len());
    let bits = |bytes: &[u8]| bytemuck::pod_read_unaligned::<T>(bytes);
    let mut samples: Vec<T> =
        (0..SAMPLES).map(|at| order.key(bits(&from[at * count / SAMPLES * size..][..size]))).collect();
    samples.sort_unstable();
    let bounds = bounds_of(&samples);
    let length = count.div_ceil(PIECES);
    let lacking = |bytes: usize| move || Error::OutOfMemory { device: "cpu".into(), bytes, what: "sorting" };
    // SAFETY: every piece writes its keys before they are read.
    let mut apart = unsafe { HostMemory::unwritten(count * size).ok_or_else(lacking(count * size))? };
    let apart: &mut [T] = bytemuck::cast_slice_mut(apart.as_bytes_mut());
    let (shares_keys, time) = (AtomicBool::new(false), nanoseconds(count));
    let pieces = from.chunks(length * size).zip(out.chunks_mut(length)).zip(apart.chunks_mut(length));
    let pieces: Vec<_> = pieces.map(|((from, keys), apart)| Mutex::new((from, keys, apart, [0; BUCKETS]))).collect();
    cpu.threads.deal(
        pieces.len(),
        time,
        || (),
        |(), at| {
            let (from, keys, apart, counts) = &mut *pieces[at].lock().unwrap_or_else(PoisonError::into_inner);
            let mut is_shared = false;
            for (key, bytes) in keys.iter_mut().zip(from.chunks_exact(size)) {
                is_shared |= order.shares_key(bits(bytes));
                *key = order.key(bits(bytes));
            }
            shares_keys.fetch_or(is_shared, Ordering::Relaxed);
            // Seven bounds are three cuts in a row.
            cut(keys, apart, &bounds, counts);
        },
    );
    // The parts of every bucket, piece by piece.
    let mut buckets = [(); BUCKETS].map(|()| Vec::with_capacity(PIECES));
    for piece in pieces {
        let (_, _, mut apart, counts) = piece.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (bucket, count) in buckets.iter_mut().zip(counts) {
            bucket.push(apart.split_off_mut(..count).expect("counts are those of the piece"));
        }
    }
    let mut rest = &mut *out;
    let buckets = buckets.map(|parts| {
        let count = parts.iter().map(|part| part.len()).sum();
        Mutex::new((parts, rest.split_off_mut(..count).expect("every key has its place")))
    });
    let longest = buckets.iter().map(|bucket| bucket.lock().unwrap_or_else(PoisonError::into_inner).1.len()).max();
    let bytes = longest.unwrap_or(0) * size;
    cpu.threads.try_deal(
        BUCKETS,
        time,
        // SAFETY: sorting writes what it reads there.
        || unsafe { HostMemory::unwritten(bytes).ok_or_else(lacking(bytes)) },
        |other, at| {
            let (parts, out) = &mut *buckets[at].lock().unwrap_or_else(PoisonError::into_inner);
            let mut next = 0;
            for part in parts {
                out[next..next + part.len()].copy_from_slice(part);
                next += part.len();
            }
            T::sort(out, &mut bytemuck::cast_slice_mut(other.as_bytes_mut())[..out.len()]);
            out.iter_mut().for_each(|key| *key = order.bits(*key));
        },
    )?;
    drop(buckets);
    if shares_keys.into_inner() {
        // What shares a key comes back as it was, in its old order. All zeros share one key, all NaN another.
        for (key, is_zero) in [(order.key(T::zero()), true), (order.nan(), false)] {
            let first = out.partition_point(|bits| order.key(*bits) < key);
            let own = from.chunks_exact(size).map(bits).filter(|bits| order.shares_key(*bits));
            let own = own.filter(|bits| (*bits & !order.sign == T::zero()) == is_zero);
            out[first..].iter_mut().zip(own).for_each(|(out, bits)| *out = bits);
        }
    }
    Ok(())
}

/// Runs a task for every line: short lines are dealt to the threads, long ones are shared by them one after the other.
fn each_line<I>(
    cpu: &Cpu,
    lines: &Lines,
    task: impl Fn(&mut Vec<I>, usize) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    if lines.extent >= LONG {
        let mut items = Vec::new();
        return (0..lines.count).try_for_each(|line| task(&mut items, line));
    }
    let failed = Mutex::new(Ok(()));
    let group = (LONG / lines.extent).max(1);
    let time = nanoseconds(lines.extent) * lines.count as f64;
    cpu.threads.deal(lines.count.div_ceil(group), time, Vec::new, |items, at| {
        for line in at * group..((at + 1) * group).min(lines.count) {
            if let Err(error) = task(items, line) {
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Err(error);
            }
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn nanoseconds(extent: usize) -> f64 {
    extent as f64 * (extent as f64).log2().max(1.0)
}

/// Items in scratch memory.
fn taken<I>(scratch: &mut Vec<I>, items: impl Iterator<Item = I>) -> Result<&mut [I], Error> {
    scratch.clear();
    let count = items.size_hint().0;
    reserve(scratch, count)?;
    scratch.extend(items);
    Ok(scratch)
}

fn reserve<I>(scratch: &mut Vec<I>, count: usize) -> Result<(), Error> {
    let bytes = count.saturating_mul(size_of::<I>());
    let lacking = |_| Error::OutOfMemory { device: "cpu".into(), bytes, what: "sorting" };
    scratch.try_reserve_exact(count.saturating_sub(scratch.len())).map_err(lacking)
}

fn ordered<I: Ord + Copy + Send + Sync>(cpu: &Cpu, lines: &Lines, items: &mut [I]) -> Result<(), Error> {
    if lines.extent < LONG {
        items.sort_unstable();
        return Ok(());
    }
    let mut samples: Vec<I> = (0..SAMPLES).map(|at| items[at * items.len() / SAMPLES]).collect();
    samples.sort_unstable();
    let bounds = bounds_of(&samples);
    let bucket = |item: &I| bucket_of(&bounds, item);
    let mut counts = [0usize; BUCKETS];
    items.iter().for_each(|item| counts[bucket(item)] += 1);
    let mut next = [0usize; BUCKETS];
    for at in 1..BUCKETS {
        next[at] = next[at - 1] + counts[at - 1];
    }
    let mut apart: Vec<I> = Vec::new();
    taken(&mut apart, items.iter().copied())?;
    for item in items.iter() {
        let at = bucket(item);
        apart[next[at]] = *item;
        next[at] += 1;
    }
    let mut rest = &mut apart[..];
    let mut buckets = Vec::with_capacity(BUCKETS);
    for count in counts {
        let (bucket, others) = rest.split_at_mut(count);
        buckets.push(Mutex::new(bucket));
        rest = others;
    }
    cpu.threads.deal(
        BUCKETS,
        nanoseconds(items.len()),
        || (),
        |(), at| {
            buckets[at].lock().unwrap_or_else(PoisonError::into_inner).sort_unstable();
        },
    );
    drop(buckets);
    items.copy_from_slice(&apart);
    Ok(())
}

/// What the buckets begin with, but for the first.
fn bounds_of<I: Copy>(samples: &[I]) -> [I; BUCKETS - 1] {
    std::array::from_fn(|at| samples[(at + 1) * samples.len() / BUCKETS])
}

fn bucket_of<I: Ord>(bounds: &[I; BUCKETS - 1], item: &I) -> usize {
    bounds.iter().map(|bound| usize::from(item >= bound)).sum()
}
