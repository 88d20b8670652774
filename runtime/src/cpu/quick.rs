//! Sorting of 64-bit keys in registers of 512 bits, where the processor has them.
//!
//! A quicksort whose parts move from one array to another and back: elements below the pivot are packed to the front of a
//! register and written from the left, the others from the right (Bramas, "A novel hybrid quicksort algorithm vectorized
//! using AVX-512", 2017). Parts of 64 elements are sorted in eight registers: columns by a network, then rows by bitonic
//! merges. Where pivots are bad too often the library's sort takes over, so that time stays within `n log n`.

/// Sorts keys; `other` is as long and is written over.
pub(super) fn sort(items: &mut [u64], other: &mut [u64]) {
    assert_eq!(items.len(), other.len());
    #[cfg(target_arch = "x86_64")]
    if items.len() > 1 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { wide::sort(items, other, false, 2 * items.len().ilog2()) };
    }
    items.sort_unstable();
}

/// Moves keys to `to`, which is as long, those below the pivot first, and says how many these are.
pub(super) fn partition(from: &[u64], to: &mut [u64], pivot: u64) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { wide::partition(from, to, pivot) };
    }
    partition_plainly(from, to, pivot)
}

/// The same for any elements.
pub(super) fn partition_plainly<T: Ord + Copy>(from: &[T], to: &mut [T], pivot: T) -> usize {
    let (mut left, mut right) = (0, from.len());
    for &key in from {
        let is_below = key < pivot;
        right -= usize::from(!is_below);
        to[if is_below { left } else { right }] = key;
        left += usize::from(is_below);
    }
    left
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::*;

    /// Elements that are sorted in registers.
    const SMALL: usize = 64;

    /// Elements from which on 64 of them choose the pivot.
    const LONG: usize = 4096;

    /// Sorts `items` into its own place, or into `other`; both are written over.
    #[target_feature(enable = "avx512f,popcnt")]
    pub(super) fn sort(items: &mut [u64], other: &mut [u64], lands_in_other: bool, depth: u32) {
        if items.len() <= SMALL {
            let registers = sorted(items);
            return store(&registers, if lands_in_other { other } else { items });
        }
        if depth == 0 {
            items.sort_unstable();
            if lands_in_other {
                other.copy_from_slice(items);
            }
            return;
        }
        let pivot = if items.len() < LONG { middle_of_three(items) } else { middle_of_many(items) };
        let mut below = partition(items, other, pivot);
        let is_least = below == 0;
        if is_least && pivot < u64::MAX {
            below = partition(items, other, pivot + 1);
        }
        // Both parts are in `other` now.
        let (left, right) = other.split_at_mut(below);
        let (own_left, own_right) = items.split_at_mut(below);
        match is_least {
            // All equal.
            true if !lands_in_other => own_left.copy_from_slice(left),
            true => {}
            false => sort(left, own_left, !lands_in_other, depth - 1),
        }
        match is_least && pivot == u64::MAX {
            true if !lands_in_other => own_right.copy_from_slice(right),
            true => {}
            false => sort(right, own_right, !lands_in_other, depth - 1),
        }
    }

    /// Writes what is below the pivot from the left, everything else from the right, and says how much is below.
    #[target_feature(enable = "avx512f,popcnt")]
    pub(super) fn partition(from: &[u64], to: &mut [u64], pivot: u64) -> usize {
        assert_eq!(from.len(), to.len());
        let lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
        let pivot = _mm512_set1_epi64(pivot as i64);
        let (from, count, to) = (from.as_ptr(), from.len(), to.as_mut_ptr());
        let (mut left, mut right) = (0, count);
        let mut at = 0;
        // So far from the end two whole registers fit the gap beside each other: what they hold too much is written over.
        while at + 2 * LANES <= count {
            // SAFETY: eight elements are left.
            let x = unsafe { _mm512_loadu_epi64(from.add(at).cast()) };
            let is_below = _mm512_cmplt_epu64_mask(x, pivot);
            let below = is_below.count_ones() as usize;
            let above = _mm512_maskz_compress_epi64(!is_below, x);
            let turn = _mm512_add_epi64(lanes, _mm512_set1_epi64((LANES - below) as i64));
            // SAFETY: as many elements are free from `left` to `right` as are left in `from`: two registers at least.
            unsafe {
                _mm512_storeu_epi64(to.add(left).cast(), _mm512_maskz_compress_epi64(is_below, x));
                _mm512_storeu_epi64(to.add(right - LANES).cast(), _mm512_permutexvar_epi64(turn, above));
            }
            left += below;
            right -= LANES - below;
            at += LANES;
        }
        while at < count {
            let live = first(count - at);
            // SAFETY: the lanes of the mask are in `from`.
            let x = unsafe { _mm512_maskz_loadu_epi64(live, from.add(at).cast()) };
            let is_below = _mm512_mask_cmplt_epu64_mask(live, x, pivot);
            let is_above = live & !is_below;
            let (below, above) = (is_below.count_ones() as usize, is_above.count_ones() as usize);
            right -= above;
            // SAFETY: the lanes of both masks are as many as those of `live`, and as many elements are free.
            unsafe {
                let (low, high) = (_mm512_maskz_compress_epi64(is_below, x), _mm512_maskz_compress_epi64(is_above, x));
                _mm512_mask_storeu_epi64(to.add(left).cast(), first(below), low);
                _mm512_mask_storeu_epi64(to.add(right).cast(), first(above), high);
            }
            left += below;
            at += LANES;
        }
        left
    }

    /// Elements of a register.
    const LANES: usize = 8;

    /// A mask of the first lanes.
    fn first(count: usize) -> u8 {
        if count >= LANES { u8::MAX } else { (1 << count) - 1 }
    }

    /// About the median: that of eight medians of three.
    #[target_feature(enable = "avx512f")]
    fn middle_of_three(items: &[u64]) -> u64 {
        // SAFETY: there are more than 64 elements.
        let read = |at: usize| unsafe { _mm512_loadu_epi64(items.as_ptr().add(at).cast()) };
        let (a, b, c) = (read(0), read(items.len() / 2), read(items.len() - LANES));
        let middle = _mm512_max_epu64(_mm512_min_epu64(a, b), _mm512_min_epu64(_mm512_max_epu64(a, b), c));
        let mut medians = [0; LANES];
        // SAFETY: there is room for a register.
        unsafe { _mm512_storeu_epi64(medians.as_mut_ptr().cast(), row(middle)) };
        medians[LANES / 2]
    }

    /// About the median: that of 64 elements.
    #[target_feature(enable = "avx512f")]
    fn middle_of_many(items: &[u64]) -> u64 {
        let samples: [u64; SMALL] = std::array::from_fn(|at| items[at * items.len() / SMALL]);
        let mut medians = [0; LANES];
        // SAFETY: there is room for a register.
        unsafe { _mm512_storeu_epi64(medians.as_mut_ptr().cast(), sorted(&samples)[SMALL / LANES / 2]) };
        medians[0]
    }

    type Registers = [__m512i; SMALL / LANES];

    /// At most 64 elements in order, and the largest numbers behind them.
    #[target_feature(enable = "avx512f")]
    fn sorted(items: &[u64]) -> Registers {
        let most = _mm512_set1_epi64(-1);
        let mut registers = [most; SMALL / LANES];
        for (register, eight) in registers.iter_mut().zip(items.chunks(LANES)) {
            // SAFETY: the lanes of the mask are elements.
            *register = unsafe { _mm512_mask_loadu_epi64(most, first(eight.len()), eight.as_ptr().cast()) };
        }
        // 19 exchanges sort eight numbers: Knuth, "The Art of Computer Programming" 3, section 5.3.4.
        const NETWORK: [(usize, usize); 19] = [
            (0, 1),
            (2, 3),
            (4, 5),
            (6, 7),
            (0, 2),
            (1, 3),
            (4, 6),
            (5, 7),
            (1, 2),
            (5, 6),
            (0, 4),
            (3, 7),
            (1, 5),
            (2, 6),
            (1, 4),
            (3, 6),
            (2, 4),
            (3, 5),
            (3, 4),
        ]; // fmt: skip
        for (low, high) in NETWORK {
            exchange(&mut registers, low, high);
        }
        let mut rows = transposed(&registers);
        // Plain loops: a closure of these registers is no part of a function of the library.
        for rows in rows.chunks_exact_mut(2) {
            merge(rows);
        }
        for rows in rows.chunks_exact_mut(4) {
            merge(rows);
        }
        merge(&mut rows);
        rows
    }

    /// The first elements of registers.
    #[target_feature(enable = "avx512f")]
    fn store(registers: &Registers, to: &mut [u64]) {
        for (register, eight) in registers.iter().zip(to.chunks_mut(LANES)) {
            // SAFETY: the lanes of the mask are elements.
            unsafe { _mm512_mask_storeu_epi64(eight.as_mut_ptr().cast(), first(eight.len()), *register) };
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn exchange(registers: &mut [__m512i], low: usize, high: usize) {
        let (a, b) = (registers[low], registers[high]);
        registers[low] = _mm512_min_epu64(a, b);
        registers[high] = _mm512_max_epu64(a, b);
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn transposed(x: &Registers) -> Registers {
        let mut pairs = [x[0]; 8];
        for at in 0..4 {
            pairs[2 * at] = _mm512_unpacklo_epi64(x[2 * at], x[2 * at + 1]);
            pairs[2 * at + 1] = _mm512_unpackhi_epi64(x[2 * at], x[2 * at + 1]);
        }
        let mut rows = pairs;
        for odd in 0..2 {
            let (low, high) = ([pairs[odd], pairs[2 + odd]], [pairs[4 + odd], pairs[6 + odd]]);
            let even = |[a, b]: [__m512i; 2]| _mm512_shuffle_i64x2::<0x88>(a, b);
            let odd_ones = |[a, b]: [__m512i; 2]| _mm512_shuffle_i64x2::<0xdd>(a, b);
            rows[odd] = even([even(low), even(high)]);
            rows[2 + odd] = even([odd_ones(low), odd_ones(high)]);
            rows[4 + odd] = odd_ones([even(low), even(high)]);
            rows[6 + odd] = odd_ones([odd_ones(low), odd_ones(high)]);
        }
        rows
    }

    /// Both halves are in order; afterwards all of it is.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn merge(registers: &mut [__m512i]) {
        let count = registers.len();
        let backwards = _mm512_set_epi64(0, 1, 2, 3, 4, 5, 6, 7);
        for at in 0..count / 2 {
            let (a, b) = (registers[at], _mm512_permutexvar_epi64(backwards, registers[count - 1 - at]));
            registers[at] = _mm512_min_epu64(a, b);
            registers[count - 1 - at] = _mm512_max_epu64(a, b);
        }
        let mut distance = count / 4;
        while distance > 0 {
            for at in (0..count).filter(|at| at & distance == 0) {
                exchange(registers, at, at + distance);
            }
            distance /= 2;
        }
        for register in registers {
            *register = settled(*register);
        }
    }

    /// The larger of each pair where the mask says so, the smaller elsewhere.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn pick(x: __m512i, y: __m512i, larger: u8) -> __m512i {
        _mm512_mask_max_epu64(_mm512_min_epu64(x, y), larger, x, y)
    }

    /// Lanes that rise and then fall, or fall and then rise, in order.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn settled(x: __m512i) -> __m512i {
        let x = pick(x, _mm512_shuffle_i64x2::<0b01_00_11_10>(x, x), 0b1111_0000);
        let x = pick(x, _mm512_permutex_epi64::<0b01_00_11_10>(x), 0b1100_1100);
        pick(x, _mm512_permutex_epi64::<0b10_11_00_01>(x), 0b1010_1010)
    }

    /// The lanes in order.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn row(x: __m512i) -> __m512i {
        let x = pick(x, _mm512_permutex_epi64::<0b10_11_00_01>(x), 0b0110_0110);
        let x = pick(x, _mm512_permutex_epi64::<0b01_00_11_10>(x), 0b0011_1100);
        settled(pick(x, _mm512_permutex_epi64::<0b10_11_00_01>(x), 0b0101_1010))
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn keys_come_in_order_whatever_they_are() {
        let mut state = 5u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 8
        };
        type Make = fn(u64, u64) -> u64;
        let makes: [Make; 8] = [
            |random, _| random,
            |random, _| random << 8 | 0xff,
            |random, _| random % 5,
            |_, at| at,
            |_, at| u64::MAX - at,
            |_, at| at.min(3000u64.wrapping_sub(at)),
            |_, _| u64::MAX,
            |random, _| if random % 3 == 0 { u64::MAX } else { 0 },
        ];
        for count in (0..200).chain([1000, 4095, 4096, 5000, 70_001]) {
            for make in makes {
                let mut items: Vec<u64> = (0..count).map(|at| make(next(), at)).collect();
                let mut want = items.clone();
                want.sort_unstable();
                sort(&mut items, &mut vec![0; want.len()]);
                assert!(items == want, "{count} keys");
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn what_is_left_when_pivots_were_bad_is_sorted_as_well() {
        if !is_x86_feature_detected!("avx512f") || !is_x86_feature_detected!("popcnt") {
            return;
        }
        let shuffled: Vec<u64> = (0..10_007).map(|at| at * 7919 % 10_007).collect();
        for depth in 0..4 {
            for lands_in_other in [false, true] {
                let (mut items, mut other) = (shuffled.clone(), vec![0; shuffled.len()]);
                // SAFETY: the processor has what the function is compiled for.
                unsafe { super::wide::sort(&mut items, &mut other, lands_in_other, depth) };
                let found = if lands_in_other { other } else { items };
                assert!(found.iter().copied().eq(0..10_007), "depth {depth}, {lands_in_other}");
            }
        }
    }
}
