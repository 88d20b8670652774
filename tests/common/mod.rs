//! What several tests share: random graphs, and comparing what two devices say.
#![allow(dead_code, unreachable_pub)]

pub mod device;
pub mod emulator;
pub mod random;
pub mod transforms;

use ondine_ir::{Graph, Scalar};
use ondine_runtime::{Buffer, Cpu, Device, Error, Licences, Options};

/// Runs a graph on a device.
pub fn run(graph: &Graph, device: &Device, inputs: &[Buffer], params: &[Scalar]) -> Result<Vec<Buffer>, Error> {
    run_with(graph, device, inputs, params, Licences::default())
}

/// Runs a graph on a device under some licences.
pub fn run_with(
    graph: &Graph,
    device: &Device,
    inputs: &[Buffer],
    params: &[Scalar],
    licences: Licences,
) -> Result<Vec<Buffer>, Error> {
    run_as(graph, device, inputs, params, &Options { licences, ..Options::default() })
}

/// Runs a graph on a device under some options.
pub fn run_as(
    graph: &Graph,
    device: &Device,
    inputs: &[Buffer],
    params: &[Scalar],
    options: &Options,
) -> Result<Vec<Buffer>, Error> {
    // Tiny graphs are compiled here too, unless all are interpreted.
    Cpu::shared().set_interpreted(Cpu::shared().is_interpreted());
    let executable = device.backend().compile(graph, options, &mut |_| {})?;
    let run = || -> Result<Vec<Buffer>, Error> {
        executable.run(inputs, params)?.iter().map(|buffer| device.backend().download(buffer)).collect()
    };
    if !device.name().starts_with("cuda") {
        return run();
    }
    // A kernel that lacks a barrier gives other bits in one of the orders.
    let results = run()?;
    for order in 1..emulator::ORDERS {
        emulator::set_order(order);
        for (again, first) in run()?.iter().zip(&results) {
            assert_eq!(again.bytes(), first.bytes(), "threads in order {order} give other results\n{graph}");
        }
    }
    emulator::set_order(0);
    Ok(results)
}

/// The elements of a buffer.
pub fn elements(buffer: &Buffer) -> Vec<Scalar> {
    let dtype = buffer.ty().dtype;
    buffer.bytes().chunks_exact(dtype.bytes()).map(|bytes| Scalar::from_bytes(dtype, bytes)).collect()
}

/// The first difference between two buffers in dtype, shape or bits; a NaN equals every NaN.
pub fn difference(got: &Buffer, want: &Buffer) -> Option<String> {
    if got.ty() != want.ty() {
        return Some(format!("type {} instead of {}", got.ty(), want.ty()));
    }
    let pairs = elements(got).into_iter().zip(elements(want));
    let mut differing = pairs.enumerate().filter(|(_, (got, want))| !same(*got, *want));
    differing.next().map(|(at, (got, want))| format!("element {at}: {got:?} instead of {want:?}"))
}

fn same(a: Scalar, b: Scalar) -> bool {
    if a == b || !a.dtype().is_floating() {
        return a == b;
    }
    let (x, y) = (a.to_complex(), b.to_complex());
    let part = |x: f64, y: f64| x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan();
    part(x.re, y.re) && part(x.im, y.im)
}
