//! The error of transforms: relative L2 below `c * eps * sqrt(log2 n)`, against sums in double-double arithmetic.

use ondine::fft::{DctKind, DctOptions, FftOptions, dct_with, dst_with, fft, fft_with, ifft, irfft_with, rfft};
use ondine::{Array, Complex32, Complex64, Device};

/// The constant of the bound, for every length and kind.
const C: f64 = 4.0;

/// An unevaluated sum of two numbers, about 32 digits (Dekker, 1971).
#[derive(Clone, Copy, Default)]
struct Double(f64, f64);

impl Double {
    fn sum(a: f64, b: f64) -> Double {
        let high = a + b;
        let part = high - a;
        Double(high, (a - (high - part)) + (b - part))
    }

    fn product(a: f64, b: f64) -> Double {
        Double(a * b, a.mul_add(b, -(a * b)))
    }

    fn add(self, other: Double) -> Double {
        let Double(high, low) = Double::sum(self.0, other.0);
        Double::sum(high, low + self.1 + other.1)
    }

    fn times(self, other: Double) -> Double {
        let Double(high, low) = Double::product(self.0, other.0);
        Double::sum(high, low + self.0 * other.1 + self.1 * other.0)
    }

    fn over(self, divisor: f64) -> Double {
        let high = self.0 / divisor;
        let rest = self.add(Double::product(-high, divisor));
        Double::sum(high, rest.0 / divisor)
    }

    fn minus(self) -> Double {
        Double(-self.0, -self.1)
    }
}

/// Cosine and sine of `2 pi k / n`, from the Taylor series within an eighth of a turn.
fn turn(k: usize, n: usize) -> [Double; 2] {
    let tau = Double(std::f64::consts::TAU, 2.4492935982947064e-16);
    // The nearest quarter turn and what is left, in eighths of `n`, exactly.
    let quarters = (8 * k + n) / (2 * n);
    let rest = 4 * k as i64 - (quarters * n) as i64;
    let angle = tau.times(Double(rest as f64, 0.0)).over(4.0 * n as f64);
    let square = angle.times(angle).minus();
    let series = |first: Double, odd: usize| {
        let (mut term, mut sum) = (first, first);
        for step in 0..14 {
            let at = 2 * step + 1 + odd;
            term = term.times(square).over((at * (at + 1)) as f64);
            sum = sum.add(term);
        }
        sum
    };
    let (cosine, sine) = (series(Double(1.0, 0.0), 0), series(angle, 1));
    match quarters % 4 {
        0 => [cosine, sine],
        1 => [sine.minus(), cosine],
        2 => [cosine.minus(), sine.minus()],
        _ => [sine, cosine.minus()],
    }
}

/// `turn` for every `k` below a large `n`: products of two tables.
struct Turns {
    low: Vec<[Double; 2]>,
    high: Vec<[Double; 2]>,
}

impl Turns {
    const ROOT: usize = 1 << 10;

    fn new(n: usize) -> Turns {
        let low = (0..Turns::ROOT).map(|j| turn(j, n)).collect();
        Turns { low, high: (0..n.div_ceil(Turns::ROOT)).map(|j| turn(j * Turns::ROOT, n)).collect() }
    }

    fn at(&self, k: usize) -> [Double; 2] {
        let ([a, b], [c, d]) = (self.low[k % Turns::ROOT], self.high[k / Turns::ROOT]);
        [a.times(c).add(b.times(d).minus()), a.times(d).add(b.times(c))]
    }
}

/// Bin `k` of a line; `sign` is that of the exponent.
fn bin(line: &[Complex64], k: usize, sign: f64, turns: &[[Double; 2]]) -> Complex64 {
    let mut sum = [Double::default(); 2];
    for (at, z) in line.iter().enumerate() {
        let [cosine, sine] = turns[at * k % line.len()];
        let sine = sine.times(Double(sign, 0.0));
        let (re, im) = (Double(z.re, 0.0), Double(z.im, 0.0));
        sum[0] = sum[0].add(re.times(cosine)).add(im.times(sine).minus());
        sum[1] = sum[1].add(re.times(sine)).add(im.times(cosine));
    }
    Complex64::new(sum[0].0, sum[1].0)
}

fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // Single precision holds these too.
        ((state >> 41) as f64 / (1u64 << 22) as f64) - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn complex(n: usize) -> Vec<Complex64> {
    numbers(2 * n, n as u64).chunks(2).map(|z| Complex64::new(z[0], z[1])).collect()
}

/// The error over some bins in units of the bound without its constant.
fn error(n: usize, eps: f64, got: &[Complex64], want: &[Complex64]) -> f64 {
    let off: f64 = got.iter().zip(want).map(|(got, want)| (got - want).norm_sqr()).sum();
    let all: f64 = want.iter().map(|want| want.norm_sqr()).sum();
    (off / all).sqrt() / (eps * (n as f64).log2().max(f64::MIN_POSITIVE).sqrt())
}

/// All bins of short lines, some of long ones.
fn bins(n: usize) -> Vec<usize> {
    let step = (n / 16).max(1) | 1;
    if n <= 32 { (0..n).collect() } else { (0..n).step_by(step).collect() }
}

fn values(x: &Array, device: &Device) -> Vec<Complex64> {
    let wide = x.astype(ondine::DType::C128);
    wide.eval(device).unwrap().to_vec().unwrap()
}

fn check(n: usize) {
    let device = Device::cpu();
    let turns: Vec<_> = (0..n).map(|k| turn(k, n)).collect();
    let line = complex(n);
    let real: Vec<Complex64> = line.iter().map(|z| Complex64::new(z.re, 0.0)).collect();
    let bins = bins(n);
    let exact = |line: &[Complex64], sign: f64| bins.iter().map(|&k| bin(line, k, sign, &turns)).collect::<Vec<_>>();
    let (forward, inverse, half) = (exact(&line, -1.0), exact(&line, 1.0), exact(&real, -1.0));
    let pick = |x: &Array| {
        let all = values(x, &device);
        bins.iter().map(|&k| all[k]).collect::<Vec<_>>()
    };
    let narrow = |z: &Complex64| Complex32::new(z.re as f32, z.im as f32);
    let single = || Array::from_vec(line.iter().map(narrow).collect::<Vec<_>>(), [n]);
    let double = || Array::from_vec(line.clone(), [n]);
    let reals = || Array::from_vec(line.iter().map(|z| z.re).collect::<Vec<f64>>(), [n]);
    let reals32 = || Array::from_vec(line.iter().map(|z| z.re as f32).collect::<Vec<f32>>(), [n]);
    let options = || FftOptions { norm: ondine::fft::Norm::Forward, ..Default::default() };
    let jobs: [(&str, f64, Array, &[Complex64]); 4] = [
        ("fft", f64::EPSILON, fft(&double()), &forward),
        ("fft f32", f32::EPSILON as f64, fft(&single()), &forward),
        ("ifft", f64::EPSILON, ondine::fft::ifft_with(&double(), options()), &inverse),
        ("ifft f32", f32::EPSILON as f64, ondine::fft::ifft_with(&single(), options()), &inverse),
    ];
    for (name, eps, x, want) in jobs {
        let error = error(n, eps, &pick(&x), want);
        assert!(error < C, "{name} of {n}: {error:.2} times eps sqrt(log2 n)");
    }
    for (name, eps, x) in [("rfft", f64::EPSILON, reals()), ("rfft f32", f32::EPSILON as f64, reals32())] {
        let spectrum = rfft(&x);
        let all = values(&spectrum, &device);
        let (got, want): (Vec<_>, Vec<_>) =
            bins.iter().zip(&half).filter(|(k, _)| **k <= n / 2).map(|(&k, want)| (all[k], *want)).unzip();
        let error = error(n, eps, &got, &want);
        assert!(error < C, "{name} of {n}: {error:.2} times eps sqrt(log2 n)");
        let back = irfft_with(&spectrum, FftOptions { n: Some(n), ..Default::default() });
        let error = self::error(n, eps, &values(&back, &device), &real);
        assert!(error < 2.0 * C, "irfft of {name} of {n}: {error:.2} times eps sqrt(log2 n)");
    }
}

#[test]
fn all_lengths_to_512() {
    (1..=512).for_each(check);
}

#[test]
fn primes_to_10007() {
    [521, 1009, 2053, 4099, 8191, 10007].into_iter().for_each(check);
}

#[test]
fn long_lines() {
    for n in [1 << 16, 1 << 20] {
        let device = Device::cpu();
        let line = complex(n);
        let bins = [0, 1, 77, n / 4 + 3, n / 2, n - 1];
        let turns = Turns::new(n);
        let exact = |k: usize| {
            let mut sum = [Double::default(); 2];
            for (at, z) in line.iter().enumerate() {
                let [cosine, sine] = turns.at(at * k % n);
                let (re, im) = (Double(z.re, 0.0), Double(z.im, 0.0));
                sum[0] = sum[0].add(re.times(cosine)).add(im.times(sine));
                sum[1] = sum[1].add(im.times(cosine)).add(re.times(sine).minus());
            }
            Complex64::new(sum[0].0, sum[1].0)
        };
        let want: Vec<Complex64> = bins.iter().map(|&k| exact(k)).collect();
        let double = Array::from_vec(line.clone(), [n]);
        let narrow = |z: &Complex64| Complex32::new(z.re as f32, z.im as f32);
        let single = Array::from_vec(line.iter().map(narrow).collect::<Vec<_>>(), [n]);
        for (name, eps, x) in [("f64", f64::EPSILON, &double), ("f32", f32::EPSILON as f64, &single)] {
            let got = values(&fft(x), &device);
            let got: Vec<Complex64> = bins.iter().map(|&k| got[k]).collect();
            let off = error(n, eps, &got, &want);
            assert!(off < C, "fft {name} of {n}: {off:.2} times eps sqrt(log2 n)");
            let back = error(n, eps, &values(&ifft(&fft(x)), &device), &line);
            assert!(back < 2.0 * C, "ifft of fft {name} of {n}: {back:.2} times eps sqrt(log2 n)");
            // Columns of a matrix, whose lines are strided.
            let columns = fft_with(&x.reshape([n / 64, 64]), FftOptions { axis: 0, ..Default::default() });
            let rows = fft(&x.reshape([n / 64, 64]).permute_dims([1, 0])).permute_dims([1, 0]);
            let off = error(n / 64, eps, &values(&columns, &device), &values(&rows, &device));
            assert!(off < C, "columns {name} of {n}: {off:.2} times eps sqrt(log2 n)");
        }
    }
}

/// Bins of a cosine or sine transform by its definition: a sum over `2 x[j] cos(2 pi place / period)`, or the sine, where elements
/// at an end of the symmetric extension count once.
fn trigonometric(line: &[f64], kind: DctKind, sine: bool, bins: &[usize]) -> Vec<Complex64> {
    let (n, shift) = (line.len(), sine as usize);
    let period = match (kind, sine) {
        (DctKind::I, false) => 2 * (n - 1),
        (DctKind::I, true) => 2 * (n + 1),
        (DctKind::II | DctKind::III, _) => 4 * n,
        (DctKind::IV, _) => 8 * n,
    };
    let place = |j: usize, k: usize| match kind {
        DctKind::I => (j + shift) * (k + shift),
        DctKind::II => (2 * j + 1) * (k + shift),
        DctKind::III => (j + shift) * (2 * k + 1),
        DctKind::IV => (2 * j + 1) * (2 * k + 1),
    };
    let is_end = |j: usize| match (kind, sine) {
        (DctKind::I, false) => j == 0 || j == n - 1,
        (DctKind::III, false) => j == 0,
        (DctKind::III, true) => j == n - 1,
        _ => false,
    };
    let turns = Turns::new(period);
    let bin = |&k: &usize| {
        let term = |(j, x): (usize, &f64)| {
            let weight = if is_end(j) { 1.0 } else { 2.0 };
            turns.at(place(j, k) % period)[shift].times(Double(weight * x, 0.0))
        };
        Complex64::from(line.iter().enumerate().map(term).fold(Double::default(), Double::add).0)
    };
    bins.iter().map(bin).collect()
}

#[test]
fn cosine_and_sine_transforms_of_long_lines() {
    let device = Device::cpu();
    for n in [4095, 4096, 10_007, 1 << 16, 65_537] {
        let line = numbers(n, n as u64);
        let bins = bins(n);
        let double = Array::from_vec(line.clone(), [n]);
        let single = double.astype(ondine::DType::F32);
        for kind in [DctKind::I, DctKind::II, DctKind::III, DctKind::IV] {
            for (name, sine) in [("dct", false), ("dst", true)] {
                let want = trigonometric(&line, kind, sine, &bins);
                for (x, eps) in [(&double, f64::EPSILON), (&single, f32::EPSILON as f64)] {
                    let options = DctOptions::from(kind);
                    let y = if sine { dst_with(x, options) } else { dct_with(x, options) };
                    assert_eq!(y.dtype().unwrap(), x.dtype().unwrap());
                    let got = values(&y, &device);
                    let got: Vec<Complex64> = bins.iter().map(|&k| got[k]).collect();
                    let error = error(n, eps, &got, &want);
                    assert!(
                        error < C,
                        "{name} {kind:?} of {n}, {}: {error:.2} times eps sqrt(log2 n)",
                        x.dtype().unwrap()
                    );
                }
            }
        }
    }
}
