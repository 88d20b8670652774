//! The error of transforms against sums in double-double arithmetic: relative to the norm of the result it stays below
//! `c * eps * sqrt(log2 n)`, with `c` = 4 for lengths of small primes and 8 for all others, which are convolved on the way.
//!
//! Where a length has too many bins to sum them all, some are drawn; their error is measured against the mean size of a bin.

use ondine::{Array, Complex, Complex64, Device, Element, Shape, fft};

/// A number as the unevaluated sum of two doubles: 106 bits. Dekker 1971, Knuth.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    const ZERO: Double = Double { high: 0.0, low: 0.0 };

    fn new(high: f64, low: f64) -> Double {
        let sum = high + low;
        Double { high: sum, low: low - (sum - high) }
    }

    fn add(self, other: Double) -> Double {
        let sum = self.high + other.high;
        let part = sum - self.high;
        let error = (self.high - (sum - part)) + (other.high - part);
        Double::new(sum, error + self.low + other.low)
    }

    fn mul(self, other: Double) -> Double {
        let product = self.high * other.high;
        let error = self.high.mul_add(other.high, -product);
        Double::new(product, error + self.high * other.low + self.low * other.high)
    }

    fn over(self, divisor: f64) -> Double {
        let quotient = self.high / divisor;
        let rest = (-quotient).mul_add(divisor, self.high) + self.low;
        Double::new(quotient, rest / divisor)
    }

    fn times(self, factor: f64) -> Double {
        self.mul(Double { high: factor, low: 0.0 })
    }

    fn value(self) -> f64 {
        self.high + self.low
    }
}

type Point = (Double, Double);

fn times(a: Point, b: Point) -> Point {
    let minus = |x: Double| Double { high: -x.high, low: -x.low };
    (a.0.mul(b.0).add(minus(a.1.mul(b.1))), a.0.mul(b.1).add(a.1.mul(b.0)))
}

/// `exp(2 pi i k / n)`: an eighth of a turn at most by Taylor's series, the rest by symmetry.
fn root(k: usize, n: usize) -> Point {
    // 2 pi, Cody and Waite in two doubles.
    let turn = Double { high: std::f64::consts::TAU, low: 2.4492935982947064e-16 };
    let (eighth, rest) = (8 * k / n, 8 * k % n);
    let flipped = eighth % 2 == 1;
    let units = if flipped { n - rest } else { rest };
    let angle = turn.times(units as f64).over(8.0 * n as f64);
    let square = angle.mul(angle);
    let series = |first: Double, from: f64| {
        let (mut sum, mut term, mut k) = (first, first, from);
        while term.high.abs() > 1e-36 {
            term = term.mul(square).over(-(k + 1.0) * (k + 2.0));
            sum = sum.add(term);
            k += 2.0;
        }
        sum
    };
    let (mut cos, mut sin) = (series(Double { high: 1.0, low: 0.0 }, 0.0), series(angle, 1.0));
    if flipped {
        std::mem::swap(&mut cos, &mut sin);
    }
    let minus = |x: Double| Double { high: -x.high, low: -x.low };
    match eighth / 2 % 4 {
        0 => (cos, sin),
        1 => (minus(sin), cos),
        2 => (minus(cos), minus(sin)),
        _ => (sin, minus(cos)),
    }
}

/// All roots of unity of a length, as products of two shorter tables.
struct Roots {
    n: usize,
    step: usize,
    coarse: Vec<Point>,
    fine: Vec<Point>,
}

impl Roots {
    fn new(n: usize) -> Roots {
        let step = (n as f64).sqrt().ceil() as usize;
        Roots {
            n,
            step,
            coarse: (0..n.div_ceil(step)).map(|k| root(k * step, n)).collect(),
            fine: (0..step).map(|k| root(k, n)).collect(),
        }
    }

    fn at(&self, k: usize) -> Point {
        let k = k % self.n;
        match k % self.step {
            0 => self.coarse[k / self.step],
            fine => times(self.coarse[k / self.step], self.fine[fine]),
        }
    }

    /// `sum over m of x[m] exp(-+2 pi i k m / n)`.
    fn bin(&self, x: &[Complex64], k: usize, is_forward: bool) -> Complex64 {
        let (mut re, mut im) = (Double::ZERO, Double::ZERO);
        for (m, z) in x.iter().enumerate() {
            let place = (m as u128 * k as u128 % self.n as u128) as usize;
            let place = if is_forward { (self.n - place) % self.n } else { place };
            let (cos, sin) = self.at(place);
            re = re.add(cos.times(z.re)).add(sin.times(-z.im));
            im = im.add(cos.times(z.im)).add(sin.times(z.re));
        }
        Complex64::new(re.value(), im.value())
    }
}

fn random(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = move || {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // 20 bits, so that both precisions are given the same numbers.
        (state >> 44) as f64 / (1u64 << 19) as f64 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn has_small_primes(mut n: usize) -> bool {
    for prime in [2, 3, 5, 7, 11, 13] {
        while n.is_multiple_of(prime) {
            n /= prime;
        }
    }
    n == 1
}

/// Checks some bins of every kind of transform of one length, in one precision.
fn check<T>(n: usize, most: usize)
where
    T: Element + precision::Float,
    Complex<T>: Element,
{
    let parts = random(2 * n, n as u64 * 77 + 5);
    let line: Vec<Complex64> = (0..n).map(|k| Complex64::new(parts[2 * k], parts[2 * k + 1])).collect();
    let real: Vec<Complex64> = line.iter().map(|z| z.re.into()).collect();
    let roots = Roots::new(n);
    let bins: Vec<usize> = match n <= most {
        true => (0..n).collect(),
        false => (0..most).map(|at| if at < 3 { [0, 1, n / 2][at] } else { at * at * 7919 % n }).collect(),
    };
    let log = (n.max(2) as f64).log2();
    let bound = (if has_small_primes(n) { 4.0 } else { 8.0 }) * T::unit() * log.sqrt();
    let verify = |name: &str, got: &[Complex64], x: &[Complex64], is_forward: bool, last: usize| {
        let mean = x.iter().map(|z| z.norm_sqr()).sum::<f64>();
        let picked: Vec<usize> = bins.iter().copied().filter(|&bin| bin <= last).collect();
        let square = |&bin: &usize| (got[bin] - roots.bin(x, bin, is_forward)).norm_sqr();
        let error = (picked.iter().map(square).sum::<f64>() / picked.len() as f64 / mean).sqrt();
        assert!(error <= bound, "{name} of {n}: {error:e} above {bound:e}");
    };
    let device = Device::cpu();
    let array = |x: &[Complex64]| {
        let parts: Vec<Complex<T>> = x.iter().map(|z| Complex::new(T::of(z.re), T::of(z.im))).collect();
        Array::from_vec(parts, Shape::from([n]))
    };
    let complex = |x: Array| -> Vec<Complex64> {
        let values: Vec<Complex<T>> = x.eval(&device).unwrap().to_vec().unwrap();
        values.iter().map(|z| Complex64::new(z.re.to(), z.im.to())).collect()
    };
    let forward = fft::FftOptions { norm: fft::Norm::Forward, ..Default::default() };
    verify("fft", &complex(fft::fft(&array(&line))), &line, true, n);
    verify("ifft", &complex(fft::ifft_with(&array(&line), forward)), &line, false, n);
    let given = Array::from_vec(real.iter().map(|z| T::of(z.re)).collect::<Vec<T>>(), Shape::from([n]));
    verify("rfft", &complex(fft::rfft(&given)), &real, true, n / 2);
    // The half spectrum of a real line, whose mirror image is its other half.
    let mut whole = line.clone();
    for bin in 0..=n / 2 {
        let twin = (n - bin) % n;
        match twin == bin {
            true => whole[bin].im = 0.0,
            false => whole[twin] = whole[bin].conj(),
        }
    }
    let half: Vec<Complex<T>> = whole[..n / 2 + 1].iter().map(|z| Complex::new(T::of(z.re), T::of(z.im))).collect();
    let options = fft::FftOptions { n: Some(n), ..forward };
    let back = fft::irfft_with(&Array::from_vec(half, Shape::from([n / 2 + 1])), options);
    let back: Vec<T> = back.eval(&device).unwrap().to_vec().unwrap();
    verify("irfft", &back.iter().map(|x| Complex64::from(x.to())).collect::<Vec<_>>(), &whole, false, n);
}

/// The two precisions.
mod precision {
    pub(crate) trait Float: Copy {
        fn of(x: f64) -> Self;
        fn to(self) -> f64;
        fn unit() -> f64;
    }

    impl Float for f32 {
        fn of(x: f64) -> f32 {
            x as f32
        }
        fn to(self) -> f64 {
            self as f64
        }
        fn unit() -> f64 {
            f32::EPSILON as f64
        }
    }

    impl Float for f64 {
        fn of(x: f64) -> f64 {
            x
        }
        fn to(self) -> f64 {
            self
        }
        fn unit() -> f64 {
            f64::EPSILON
        }
    }
}

#[test]
fn short_lengths_are_accurate() {
    for n in 1..=512 {
        let most = if n <= 48 { n } else { 24 };
        check::<f64>(n, most);
        check::<f32>(n, most);
    }
}

#[test]
fn primes_and_long_lengths_are_accurate() {
    for n in [521, 1009, 2053, 4099, 7919, 10_007, 1 << 16] {
        check::<f64>(n, 16);
        check::<f32>(n, 16);
    }
}

#[test]
fn very_long_lengths_are_accurate() {
    check::<f64>(1 << 20, 6);
    check::<f32>(1 << 20, 6);
}
