//! Lengths of which transforms are fast.

/// The smallest length not below `target` whose prime factors are at most 11, SciPy's choice for complex transforms; 0 of 0.
///
/// - `None` if there is none that fits a `usize`
///
/// ```
/// assert_eq!(ondine::fft::next_fast_len(13), Some(14));
/// assert_eq!(ondine::fft::next_fast_len(93059), Some(93170));
/// ```
///
/// Source: `scipy.fft.next_fast_len`.
pub fn next_fast_len(target: usize) -> Option<usize> {
    next(target, &COMPLEX)
}

/// [`next_fast_len`] for real transforms: the prime factors are at most 5.
///
/// ```
/// assert_eq!(ondine::fft::next_fast_len_real(13), Some(15));
/// ```
///
/// Source: `scipy.fft.next_fast_len(target, real=True)`.
pub fn next_fast_len_real(target: usize) -> Option<usize> {
    next(target, &REAL)
}

/// The largest length not above `target` whose prime factors are at most 11; 0 of 0.
///
/// ```
/// assert_eq!(ondine::fft::prev_fast_len(13), 12);
/// ```
///
/// Source: `scipy.fft.prev_fast_len`.
pub fn prev_fast_len(target: usize) -> usize {
    previous(target, &COMPLEX)
}

/// [`prev_fast_len`] for real transforms: the prime factors are at most 5.
///
/// ```
/// assert_eq!(ondine::fft::prev_fast_len_real(11), 10);
/// ```
///
/// Source: `scipy.fft.prev_fast_len(target, real=True)`.
pub fn prev_fast_len_real(target: usize) -> usize {
    previous(target, &REAL)
}

const COMPLEX: [usize; 5] = [2, 3, 5, 7, 11];
const REAL: [usize; 3] = [2, 3, 5];

fn next(target: usize, primes: &[usize]) -> Option<usize> {
    if target == 0 {
        return Some(0);
    }
    // Every product of odd primes, times the power of two that reaches the target.
    let mut best = target.checked_next_power_of_two();
    products(best.unwrap_or(usize::MAX), primes, &mut |odd| {
        let power = target.div_ceil(odd).checked_next_power_of_two();
        let length = power.and_then(|power| power.checked_mul(odd));
        best = [best, length].into_iter().flatten().min();
    });
    best
}

fn previous(target: usize, primes: &[usize]) -> usize {
    let mut best = 0;
    products(target, primes, &mut |odd| best = best.max(odd << (target / odd).ilog2()));
    best
}

/// The products of the odd primes that are at most a bound, 1 included.
fn products(bound: usize, primes: &[usize], see: &mut dyn FnMut(usize)) {
    fn extend(product: usize, bound: usize, primes: &[usize], see: &mut dyn FnMut(usize)) {
        let Some((&prime, rest)) = primes.split_first() else { return see(product) };
        let mut product = Some(product);
        while let Some(reached) = product.filter(|&reached| reached <= bound) {
            extend(reached, bound, rest, see);
            product = reached.checked_mul(prime);
        }
    }
    if bound > 0 {
        extend(1, bound, &primes[1..], see);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_smooth(mut n: usize, primes: &[usize]) -> bool {
        for prime in primes {
            while n.is_multiple_of(*prime) {
                n /= prime;
            }
        }
        n == 1
    }

    #[test]
    fn lengths_are_the_nearest_ones() {
        for primes in [&COMPLEX[..], &REAL[..]] {
            for target in 1..3000 {
                let above = (target..).find(|&n| is_smooth(n, primes));
                let below = (1..=target).rev().find(|&n| is_smooth(n, primes));
                assert_eq!(next(target, primes), above);
                assert_eq!(previous(target, primes), below.unwrap());
            }
        }
        assert_eq!((next_fast_len(0), prev_fast_len(0)), (Some(0), 0));
        assert_eq!(next_fast_len(usize::MAX), None);
        assert!(is_smooth(prev_fast_len(usize::MAX), &COMPLEX));
    }
}
