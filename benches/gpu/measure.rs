//! Times on a GPU: work is queued many times, and reading one number waits for all of it.

use crate::common::{numbers, row, wants};
use ondine::{Array, Complex64, DType, Device, Options, compile_with};
use std::f64::consts::TAU;
use std::time::Instant;

/// The device that is measured.
pub(crate) struct Gpu {
    pub(crate) device: Device,
    /// True if nothing is measured: all is small and runs once.
    pub(crate) is_dry: bool,
}

/// How a job is compiled and checked.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    /// Bytes that it moves at least, 0 if that is not the point.
    pub(crate) bytes: usize,
    pub(crate) options: Options,
    /// What a result may be off, over the largest one.
    pub(crate) tolerance: f64,
}

/// Elements of so many bytes that are read and written once, single precision.
pub(crate) fn moves(bytes: usize) -> Way {
    Way { bytes, options: Options::default(), tolerance: 1e-4 }
}

impl Way {
    /// With regions around transforms inside cuFFT.
    pub(crate) fn called(self) -> Way {
        Way { options: Options { callbacks: true, ..self.options }, ..self }
    }

    /// In double precision.
    pub(crate) fn double(self) -> Way {
        Way { tolerance: 1e-11, ..self }
    }
}

impl Gpu {
    /// An extent, or a small one where nothing is measured.
    pub(crate) fn extent(&self, whole: usize, small: usize) -> usize {
        if self.is_dry { small } else { whole }
    }

    /// Real numbers on the host.
    pub(crate) fn real(&self, dtype: DType, shape: &[usize]) -> Array {
        Array::from_vec(numbers(shape.iter().product(), -1.0, 1.0, 5), shape).astype(dtype)
    }

    /// Numbers on the unit circle, on the host.
    pub(crate) fn phases(&self, dtype: DType, shape: &[usize], seed: u64) -> Array {
        let angles = numbers(shape.iter().product(), 0.0, TAU, seed);
        Array::from_vec(angles.into_iter().map(Complex64::cis).collect::<Vec<_>>(), shape).astype(dtype)
    }

    /// Checks a job and prints its time.
    pub(crate) fn job<const N: usize>(
        &self,
        name: &str,
        way: Way,
        inputs: [Array; N],
        job: impl Fn([Array; N]) -> Array,
    ) -> ondine::Result<()> {
        if !wants(name) {
            return Ok(());
        }
        let host = Device::cpu();
        let call = compile_with(&job, way.options);
        let inputs = inputs.map(|input| input.eval(&host));
        let inputs: Vec<Array> = inputs.into_iter().collect::<ondine::Result<_>>()?;
        let there = inputs.iter().map(|input| input.to(&self.device).eval(&self.device));
        let there: Vec<Array> = there.collect::<ondine::Result<_>>()?;
        let (there, inputs) = (all::<N>(&there), all::<N>(&inputs));
        let got = call.call(there, &self.device)?.to(&host);
        let want = call.call(inputs, &host)?;
        let most = |x: &Array| x.abs().astype(DType::F64).max().eval(&host)?.item::<f64>();
        let (off, scale) = (most(&(got - &want))?, most(&want)?);
        assert!(off <= way.tolerance * scale, "{name}: off by {off:e} where the largest is {scale:e}");
        let seconds = self.time(|| call.call(there, &self.device).map(drop))?;
        row(name, seconds * 1e6, "us");
        if way.bytes > 0 {
            row(&format!("{name} moves"), way.bytes as f64 / seconds / 1e9, "GB/s");
        }
        Ok(())
    }

    /// The best of five means.
    pub(crate) fn time(&self, mut call: impl FnMut() -> ondine::Result<()>) -> ondine::Result<f64> {
        let (rounds, turns) = if self.is_dry { (1, 3) } else { (5, 50) };
        let mut best = f64::INFINITY;
        for _ in 0..rounds {
            call()?;
            self.wait()?;
            let start = Instant::now();
            for _ in 0..turns {
                call()?;
            }
            self.wait()?;
            best = best.min(start.elapsed().as_secs_f64() / turns as f64);
        }
        Ok(best)
    }

    fn wait(&self) -> ondine::Result<()> {
        let one = Array::from_vec(vec![1.0f32], [1]).to(&self.device);
        one.eval(&self.device)?.to_vec::<f32>().map(drop)
    }
}

fn all<const N: usize>(arrays: &[Array]) -> [&Array; N] {
    std::array::from_fn(|at| &arrays[at])
}
