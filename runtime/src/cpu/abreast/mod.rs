//! Transforms of lines that lie side by side: element `j` of all lines, then element `j + 1`.
//!
//! A vector holds the same element of neighbouring lines, so no instruction moves data between lanes and columns need not be
//! transposed first. The algorithm is Stockham's: passes from one buffer to another, each with its twiddle factors, which
//! leaves the result in natural order (Van Loan, Computational Frameworks for the FFT, 1992, section 1.7). A pass has a
//! radix of 2 to 13 with code of its own, or takes sums over a larger prime; what is left is convolved. Long lines whose
//! primes are too large for that, and real lines of odd lengths with primes above 13, are left to RustFFT, and so are
//! machines without AVX-512: where vectors are short, lines side by side take more of the cache than they save (AMD Zen 3). Few elements of a line pay with AVX2 as well. Every lane
//! computes the same, so bits do not depend on the place of a line.

mod butterfly;
mod complex;
mod convolution;
mod direct;
mod odd;
mod passes;
mod phases;
mod places;
mod plan;
mod real;
mod rows;
mod vector;

pub(super) use complex::table_bytes;
pub(super) use phases::{Few, Phases, is_few};
pub(super) use plan::{Plan, Rows};
pub(super) use vector::{Number, is_fast, lanes};

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex;
    use ondine_ir::{FftKind, Window};
    use rustfft::{FftDirection, FftNum, FftPlanner};

    /// Numbers between -1/2 and 1/2.
    fn numbers<N: Number>(count: usize) -> Vec<N> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        (0..count).map(|_| N::nearest(next())).collect()
    }

    fn whole(line: &[Complex<f64>], kind: FftKind) -> Vec<Complex<f64>> {
        let direction = if kind == FftKind::Inverse { FftDirection::Inverse } else { FftDirection::Forward };
        let mut line = line.to_vec();
        FftPlanner::new().plan_fft(line.len(), direction).process(&mut line);
        line
    }

    fn off(got: &[Complex<f64>], want: &[Complex<f64>]) -> f64 {
        let norm = |of: &mut dyn Iterator<Item = Complex<f64>>| of.map(|z| z.norm_sqr()).sum::<f64>().sqrt();
        norm(&mut got.iter().zip(want).map(|(a, b)| a - b)) / norm(&mut want.iter().copied()).max(f64::MIN_POSITIVE)
    }

    /// Both libraries err by less than a few units times the square root of the logarithm of the length.
    fn bound<N: Number>(len: usize) -> f64 {
        let unit = if size_of::<N>() == 4 { f32::EPSILON as f64 } else { f64::EPSILON };
        4.0 * unit * (len as f64).log2().max(1.0).sqrt()
    }

    fn complex_lines<N: Number + Into<f64>>(plan: &Plan, kind: FftKind, len: usize) {
        let (lanes, size) = (plan.lanes(), size_of::<N>());
        let width = 2 * lanes + 3;
        let from: Vec<N> = numbers(2 * len * width);
        let mut to: Vec<N> = numbers(2 * len * width);
        let mut scratch = vec![0u64; plan.scratch_bytes() / 8 + 1];
        let rows = |start: *mut N| Rows::new(start.cast(), width as isize);
        let (count, bins) = (2 * lanes, Window::whole(len));
        // SAFETY: both sides hold the lines; the last vector ends before the end of a row.
        unsafe {
            plan.run(
                rows(from.as_ptr().cast_mut()),
                rows(to.as_mut_ptr()),
                false,
                bins,
                count,
                scratch.as_mut_ptr().cast(),
            );
        }
        let line = |of: &[N], at: usize| -> Vec<Complex<f64>> {
            let number = |j: usize| of[2 * (j * width + at)..][..2].iter().map(|x| (*x).into()).collect::<Vec<f64>>();
            (0..len).map(number).map(|pair| Complex::new(pair[0], pair[1])).collect()
        };
        for at in [0, 1, lanes - 1, lanes, count - 1] {
            let off = off(&line(&to, at), &whole(&line(&from, at), kind));
            assert!(off <= bound::<N>(len), "{kind:?} {len} of {size} bytes, line {at}: {off:e}");
        }
        assert_eq!(line(&to, count), line(&numbers(2 * len * width), count), "nothing else is written");
    }

    fn lengths() -> impl Iterator<Item = usize> {
        (1..=130).chain([
            131, 226, 240, 256, 343, 384, 500, 512, 729, 1000, 1001, 683, 1009, 1024, 1125, 1366, 2047, 2049, 2187,
            4096,
        ])
    }

    #[test]
    fn complex_lines_abreast_are_those_of_the_library() {
        for len in lengths() {
            for kind in [FftKind::Forward, FftKind::Inverse] {
                if let Some(plan) = Plan::new(kind, len, true, len % 2 == 0) {
                    complex_lines::<f64>(&plan, kind, len);
                }
                if let Some(plan) = Plan::new(kind, len, false, len % 2 == 0) {
                    complex_lines::<f32>(&plan, kind, len);
                }
            }
        }
        assert!(
            !vector::is_wide()
                || [1, 2, 60, 683, 10_007].map(|len| Plan::new(FftKind::Forward, len, true, len % 2 == 0).is_some())
                    == [true, true, true, true, false]
        );
    }

    #[test]
    fn lines_written_past_the_cache_are_the_same() {
        for len in [1, 2, 5, 8, 9, 17, 27, 60, 64, 65, 131, 391, 1000, 2048] {
            for is_double in [false, true] {
                let Some(plan) = Plan::new(FftKind::Inverse, len, is_double, len % 2 == 0) else { continue };
                let (lanes, size) = (plan.lanes(), if is_double { 16 } else { 8 });
                let from: Vec<f32> = numbers(len * lanes * size / 4);
                let from = Rows::new(from.as_ptr().cast_mut().cast(), lanes as isize);
                let mut scratch = vec![0u64; plan.scratch_bytes() / 8 + 1];
                let mut run = |past_cache: bool| {
                    // Every element of all lines is whole cache lines.
                    let mut to = vec![[0u8; 64]; len * lanes * size / 64 + 1];
                    let start = to.as_mut_ptr().cast::<u8>();
                    let start = start.wrapping_add(start.align_offset(64));
                    let rows = Rows::new(start, lanes as isize);
                    let library = scratch.as_mut_ptr().cast();
                    // SAFETY: both sides hold a vector of lines.
                    unsafe { plan.run(from, rows, past_cache, Window::whole(len), lanes, library) };
                    crate::cpu::stream::fence();
                    // SAFETY: as above; all of it is written.
                    unsafe { std::slice::from_raw_parts(start, len * lanes * size) }.to_vec()
                };
                assert_eq!(run(true), run(false), "{len} {is_double}");
            }
        }
    }

    #[test]
    fn real_lines_abreast_are_those_of_the_library_and_come_back() {
        for len in lengths() {
            let plans =
                [FftKind::RealForward, FftKind::RealInverse].map(|kind| Plan::new(kind, len, true, len % 2 == 0));
            let [Some(forward), Some(inverse)] = plans else { continue };
            let (width, bins) = (forward.lanes(), len / 2 + 1);
            let from: Vec<f64> = numbers(len * width);
            let (mut spectrum, mut back) = (vec![0.0; 2 * bins * width], vec![0.0; len * width]);
            let mut scratch = vec![0u64; forward.scratch_bytes() / 8 + 1];
            let rows = |start: *const f64| Rows::new(start.cast_mut().cast(), width as isize);
            let all = Window::whole(bins);
            let library = scratch.as_mut_ptr().cast();
            // SAFETY: both sides hold a vector of lines.
            unsafe { forward.run(rows(from.as_ptr()), rows(spectrum.as_mut_ptr()), false, all, width, library) };
            for at in 0..width {
                let line: Vec<Complex<f64>> = (0..len).map(|j| Complex::from(from[j * width + at])).collect();
                let bin = |k: usize| Complex::new(spectrum[2 * (k * width + at)], spectrum[2 * (k * width + at) + 1]);
                let got: Vec<Complex<f64>> = (0..bins).map(bin).collect();
                let off = off(&got, &whole(&line, FftKind::Forward)[..bins]);
                assert!(off <= bound::<f64>(len), "{len}, line {at}: {off:e}");
            }
            // Imaginary parts of the first bin and of the middle are ignored.
            spectrum[1] = 7.0;
            if len % 2 == 0 {
                spectrum[2 * (bins - 1) * width + 1] = -7.0;
            }
            // SAFETY: as above.
            unsafe { inverse.run(rows(spectrum.as_ptr()), rows(back.as_mut_ptr()), false, all, width, library) };
            let worst = back.iter().zip(&from).map(|(x, y)| (x / len as f64 - y).abs()).fold(0.0, f64::max);
            assert!(worst <= bound::<f64>(len), "{len}: {worst:e}");
        }
    }

    #[test]
    fn real_lines_are_read_where_their_elements_lie() {
        for len in lengths().filter(|len| len % 2 == 0) {
            let Some(plan) = Plan::new(FftKind::RealForward, len, true, true).filter(|plan| plan.can_pick()) else {
                continue;
            };
            let (width, bins) = (plan.lanes(), len / 2 + 1);
            let from: Vec<f64> = numbers(len * width);
            // Even elements, and then odd ones backwards, as in cosine transforms.
            let places: Vec<isize> = (0..len)
                .map(|at| if 2 * at < len { 2 * at } else { 2 * (len - at) - 1 })
                .map(|row| (row * width) as isize)
                .collect();
            let moved: Vec<f64> = places.iter().flat_map(|place| &from[*place as usize..][..width]).copied().collect();
            let mut scratch = vec![0u64; plan.scratch_bytes() / 8 + 1];
            let mut run = |from: Rows| {
                let mut spectrum = vec![0.0f64; 2 * bins * width];
                let to = Rows::new(spectrum.as_mut_ptr().cast(), width as isize);
                // SAFETY: both sides hold a vector of lines, at these places.
                unsafe { plan.run(from, to, false, Window::whole(bins), width, scratch.as_mut_ptr().cast()) };
                spectrum
            };
            let start = |of: &[f64]| of.as_ptr().cast_mut().cast();
            let picked = run(Rows { places: Some(&places), ..Rows::new(start(&from), 0) });
            assert!(picked == run(Rows::new(start(&moved), width as isize)), "{len}");
        }
    }

    fn few<N: Number + Into<f64> + FftNum>(len: usize, window: Window) {
        let bin = |at: usize| (window.start + at) % len;
        let pairs = |of: &[N]| -> Vec<Complex<f64>> {
            of.chunks(2).map(|pair| Complex::new(pair[0].into(), pair[1].into())).collect()
        };
        let from: Vec<N> = numbers(2 * len);
        for kind in [FftKind::Forward, FftKind::Inverse, FftKind::RealForward] {
            for few in [Few::Input(window), Few::Output(window)] {
                let is_real = kind == FftKind::RealForward;
                let plan = Phases::<N>::new(len, kind == FftKind::Inverse, is_real, few);
                let Some(plan) = plan else {
                    assert!(is_real && matches!(few, Few::Input(_)), "{len} {kind:?} {few:?}");
                    continue;
                };
                let mut to: Vec<N> = vec![N::nearest(0.0); 2 * len];
                let mut scratch = vec![0u64; plan.scratch_bytes() / 8 + 1];
                // SAFETY: both sides hold whole lines.
                unsafe { plan.run(from.as_ptr(), to.as_mut_ptr(), false, scratch.as_mut_ptr().cast()) };
                if plan.is_spread() {
                    let mut past = vec![[0u8; 64]; 2 * len * size_of::<N>() / 64 + 1];
                    let start = past.as_mut_ptr().cast::<u8>();
                    let start = start.wrapping_add(start.align_offset(64)).cast::<N>();
                    // SAFETY: as above; the line begins on a cache line.
                    unsafe { plan.run(from.as_ptr(), start, true, scratch.as_mut_ptr().cast()) };
                    crate::cpu::stream::fence();
                    // SAFETY: all of it is written.
                    assert!(unsafe { std::slice::from_raw_parts(start, 2 * len) } == &to[..], "{len} {kind:?}");
                }
                let mut line = match is_real {
                    true => from[..len].iter().map(|x| Complex::from((*x).into())).collect(),
                    false => pairs(&from),
                };
                if matches!(few, Few::Input(_)) {
                    let live: Vec<usize> = (0..window.extent).map(bin).collect();
                    (0..len).filter(|k| !live.contains(k)).for_each(|k| line[k] = Complex::default());
                }
                let (mut got, mut want) = (pairs(&to), whole(&line, kind));
                if matches!(few, Few::Output(_)) {
                    (got, want) = (0..window.extent).map(|at| (got[bin(at)], want[bin(at)])).unzip();
                }
                let off = off(&got, &want);
                assert!(off <= bound::<N>(len), "{len} {kind:?} {few:?}: {off:e}");
            }
        }
    }

    #[test]
    fn few_bins_are_those_of_the_whole_transform() {
        if !is_fast() {
            return;
        }
        for (len, start, extent) in
            [(1024, 0, 31), (1024, 994, 50), (1024, 300, 64), (4096, 4066, 60), (1536, 5, 96), (8192, 1, 20)]
        {
            let window = Window { start, step: 1, extent };
            assert!(is_few(window, len));
            few::<f64>(len, window);
            few::<f32>(len, window);
        }
        let long = Window { start: 0, step: 1, extent: 129 };
        assert!(!is_few(long, 1024) && Phases::<f64>::new(1024, false, false, Few::Input(long)).is_none());
    }
}
