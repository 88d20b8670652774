//! What the transforms of a graph take: lines, operations, bytes. For people, who want to know what a rewrite saved.

use ondine_ir::{Anchor, Fft, FftAxis, FftKind, Graph, Line, Op, Type};

/// Work of all transforms together, each axis of each of them counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// One-axis transforms.
    pub lines: usize,
    /// Floating-point operations: `5 n log2 n` for a complex line of `n` points, half of it for a real one.
    pub operations: f64,
    /// Bytes read and written: every sweep over memory reads its lines and writes them.
    pub bytes: f64,
}

impl Work {
    /// Of a graph before or after its transforms are split and fused; several axes are taken from last to first.
    pub fn of(graph: &Graph) -> Work {
        let mut work = Work::default();
        for id in graph.ids() {
            let node = graph.node(id);
            match &node.op {
                Op::Fft(fft) => work.add(fft, graph.ty(node.inputs[0])),
                Op::Kernel(kernel) => {
                    let Anchor::Lines(lines) = &kernel.anchor else { continue };
                    let regions = kernel.loads.iter().chain(&kernel.mids);
                    for (line, region) in lines.iter().zip(regions) {
                        work.add_lines(line, region.extents.elements(), region.extents[line.axis.axis]);
                    }
                    let types = node.inputs.iter().map(|&value| graph.ty(value)).chain(&node.outputs);
                    work.bytes += types.map(Type::bytes).sum::<usize>() as f64;
                }
                _ => {}
            }
        }
        work
    }

    fn add(&mut self, fft: &Fft, operand: &Type) {
        let mut places: Vec<usize> = (0..fft.axes.len()).collect();
        let turn = |place: usize| match fft.axis_kind(place) {
            FftKind::RealForward => 0,
            FftKind::Forward | FftKind::Inverse => 1,
            FftKind::RealInverse => 2,
        };
        places.sort_by_key(|&place| (turn(place), std::cmp::Reverse(fft.axes[place].axis)));
        let (mut shape, mut dtype) = (operand.shape.clone(), operand.dtype);
        for place in places {
            let line = Line { kind: fft.axis_kind(place), axis: fft.axes[place] };
            let FftAxis { axis, output, .. } = line.axis;
            self.bytes += (shape.elements() * dtype.bytes()) as f64;
            self.add_lines(&line, shape.elements(), shape[axis]);
            shape = shape.with(axis, output.extent);
            dtype = match line.kind {
                FftKind::RealInverse => dtype.component(),
                _ => dtype.to_complex(),
            };
            self.bytes += (shape.elements() * dtype.bytes()) as f64;
        }
    }

    fn add_lines(&mut self, line: &Line, elements: usize, extent: usize) {
        let lines = elements / extent.max(1);
        let len = line.axis.len as f64;
        let share = if matches!(line.kind, FftKind::Forward | FftKind::Inverse) { 1.0 } else { 0.5 };
        self.lines += lines;
        self.operations += share * lines as f64 * 5.0 * len * len.log2();
    }
}
