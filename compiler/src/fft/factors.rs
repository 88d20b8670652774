//! Factors behind transforms that depend on no input: tables that follow each other are one table.
//!
//! `(x * a) * b` is `x * (a * b)` up to rounding, and `a * b` is computed once. So a transform that was undone leaves one
//! product of what stood behind it and before the next one; if it ignored imaginary parts, one of real parts and one of
//! imaginary parts, of which real code needs one each: `re(z a) + i k im(z a)` is
//! `re(z) (re(a) + i k im(a)) + im(z) (-im(a) + i k re(a))`.

use crate::Licence;
use crate::fft::behind::{behind_transforms, is_between};
use crate::fft::range::ranges;
use crate::fft::scale::MODERATE;
use crate::fft::{is_for, is_private};
use crate::hoist::constants;
use crate::pass::{Cx, rebuild};
use ondine_ir::{Affine, Binary, Error, Graph, Op, Type, Unary, Value, View};
use std::collections::HashMap;

/// Sums and views between a product and its factors, at most.
const DEEPEST: usize = 4;

/// Multiplies the factors of a chain with each other.
pub(crate) fn gather_factors(graph: &Graph, cx: &mut Cx) -> Result<Graph, Error> {
    if !is_for(graph, cx, Licence::Fft) {
        return Ok(graph.clone());
    }
    let (constant, range) = (constants(graph), ranges(graph, None));
    let behind = behind_transforms(graph, |op| is_between(op) || matches!(op, Op::Concat { .. }));
    // Constant factors of the new graph that have been met, with their bounds.
    let mut factors = Factors(HashMap::new());
    rebuild(graph, |new, _, node, operands| {
        if let Op::Unary(part @ (Unary::Real | Unary::Imag)) = node.op {
            let found = factors.part(new, part, operands[0], DEEPEST)?;
            if found.is_some() {
                cx.apply("part_of_product", Licence::Exact);
            }
            return Ok(found);
        }
        if node.op != Op::Binary(Binary::Mul) {
            return Ok(None);
        }
        let is_factor =
            |&place: &usize| constant[node.inputs[place].node.index()] && behind[node.inputs[1 - place].node.index()];
        let Some(place) = [1, 0].into_iter().find(is_factor) else { return Ok(None) };
        let Some(bound) = range[node.inputs[place].node.index()] else { return Ok(None) };
        factors.0.insert(operands[place], bound);
        if !is_private(graph, node.inputs[1 - place].node) {
            return Ok(None);
        }
        let gathered = factors.product(new, operands[1 - place], operands[place], DEEPEST)?;
        let gathered = gathered.filter(|&value| new.ty(value) == &node.outputs[0]);
        if gathered.is_some() {
            cx.apply("gather_factors", Licence::Fft);
        }
        Ok(gathered)
    })
}

struct Factors(HashMap<Value, f64>);

impl Factors {
    /// A value times a factor, if the value has a factor that it can be multiplied with.
    fn product(
        &mut self,
        graph: &mut Graph,
        value: Value,
        factor: Value,
        depth: usize,
    ) -> Result<Option<Value>, Error> {
        let inputs = graph.node(value.node).inputs.clone();
        match graph.op(value) {
            Op::Binary(Binary::Mul) => {
                for (own, x) in [(inputs[1], inputs[0]), (inputs[0], inputs[1])] {
                    if let Some(both) = self.both(graph, own, factor)? {
                        return Ok(Some(graph.add(Op::Binary(Binary::Mul), [x, both])?.into()));
                    }
                }
                Ok(None)
            }
            Op::Binary(Binary::Add) if depth > 0 => {
                let Some(a) = self.product(graph, inputs[0], factor, depth - 1)? else { return Ok(None) };
                let Some(b) = self.product(graph, inputs[1], factor, depth - 1)? else { return Ok(None) };
                Ok(Some(graph.add(Op::Binary(Binary::Add), [a, b])?.into()))
            }
            Op::Binary(Binary::Complex) => {
                let Some((z, [real, imag])) = self.of_parts(graph, value)? else { return Ok(None) };
                let mut sum: Option<Value> = None;
                for (part, own) in [(Unary::Real, real), (Unary::Imag, imag)] {
                    let Some(both) = self.both(graph, own, factor)? else { return Ok(None) };
                    let part = part_of(graph, part, z)?;
                    let scaled: Value = graph.add(Op::Binary(Binary::Mul), [both, part])?.into();
                    sum = Some(match sum {
                        Some(before) => graph.add(Op::Binary(Binary::Add), [before, scaled])?.into(),
                        None => scaled,
                    });
                }
                Ok(sum)
            }
            _ => Ok(None),
        }
    }

    /// `z` and the factors of its parts, if a value is `complex(real(z * a), imag(z * a) * k)`.
    fn of_parts(&mut self, graph: &mut Graph, value: Value) -> Result<Option<(Value, [Value; 2])>, Error> {
        let operands = |graph: &Graph, value: Value, op: Op| {
            let node = graph.node(value.node);
            (node.op == op).then(|| node.inputs.clone())
        };
        let find = || {
            let parts = operands(graph, value, Op::Binary(Binary::Complex))?;
            let real = operands(graph, parts[0], Op::Unary(Unary::Real))?;
            let kept = operands(graph, parts[1], Op::Binary(Binary::Mul))?;
            let imag = operands(graph, kept[0], Op::Unary(Unary::Imag))?;
            let product = operands(graph, real[0], Op::Binary(Binary::Mul)).filter(|_| real == imag)?;
            Some((product[0], product[1], kept[1]))
        };
        let Some((z, a, k)) = find() else { return Ok(None) };
        let (Some(&bound), Some(&of_k)) = (self.0.get(&a), self.0.get(&k)) else { return Ok(None) };
        let ((view, of), (other, kept)) = (table(graph, a), table(graph, k));
        let are_complex = [z, a].iter().all(|value| graph.ty(*value).dtype.is_complex());
        if !are_complex || view != other || graph.ty(of).shape != graph.ty(kept).shape || of_k > 1.0 {
            return Ok(None);
        }
        let [re, im] = [Unary::Real, Unary::Imag].map(|part| graph.add(Op::Unary(part), [of]).map(Value::from));
        let (re, im) = (re?, im?);
        let minus: Value = graph.add(Op::Unary(Unary::Neg), [im])?.into();
        let mut factors = [a; 2];
        for (factor, real, imag) in [(0, re, im), (1, minus, re)] {
            let imag = graph.add(Op::Binary(Binary::Mul), [imag, kept])?;
            let both = graph.add(Op::Binary(Binary::Complex), [real, imag.into()])?.into();
            factors[factor] = match &view {
                Some(view) => graph.view(View::Affine(view.clone()), both)?,
                None => both,
            };
            self.0.insert(factors[factor], bound);
        }
        Ok(Some((z, factors)))
    }

    /// A part of a sum of real numbers times factors: what of it needs no complex numbers.
    fn part(&self, graph: &mut Graph, part: Unary, value: Value, depth: usize) -> Result<Option<Value>, Error> {
        let inputs = graph.node(value.node).inputs.clone();
        match graph.op(value) {
            Op::View(view) if depth > 0 => {
                let view = view.clone();
                self.part(graph, part, inputs[0], depth - 1)?.map(|inner| graph.view(view, inner)).transpose()
            }
            Op::Binary(Binary::Add) if depth > 0 => {
                let Some(a) = self.part(graph, part, inputs[0], depth - 1)? else { return Ok(None) };
                let Some(b) = self.part(graph, part, inputs[1], depth - 1)? else { return Ok(None) };
                Ok(Some(graph.add(Op::Binary(Binary::Add), [a, b])?.into()))
            }
            Op::Binary(Binary::Mul) => {
                let is_factor = |place: &usize| {
                    self.0.contains_key(&inputs[*place]) && !graph.ty(inputs[1 - *place]).dtype.is_complex()
                };
                let Some(place) = [1, 0].into_iter().find(is_factor) else { return Ok(None) };
                let (view, of) = table(graph, inputs[place]);
                let mut factor = part_of(graph, part, of)?;
                if let Some(view) = view {
                    factor = graph.view(View::Affine(view), factor)?;
                }
                Ok(Some(graph.add(Op::Binary(Binary::Mul), [inputs[1 - place], factor])?.into()))
            }
            _ => Ok(None),
        }
    }

    /// The product of two factors, if it is no larger than they are and as far from the ends of the range.
    fn both(&mut self, graph: &mut Graph, a: Value, b: Value) -> Result<Option<Value>, Error> {
        let (Some(of_a), Some(of_b)) = (self.0.get(&a), self.0.get(&b)) else { return Ok(None) };
        let bound = of_a * of_b;
        let is_moderate = [*of_a, *of_b, bound].iter().all(|bound| MODERATE.contains(bound));
        let ((view, x), (other, y)) = (table(graph, a), table(graph, b));
        let Type { dtype, shape } = graph.ty(x).clone();
        let is_scalar = [x, y].map(|value| graph.ty(value).shape.rank() == 0);
        let is_same = view == other && shape == graph.ty(y).shape && !is_scalar[0];
        if !is_moderate
            || dtype.component() != graph.ty(y).dtype.component()
            || !(is_same || is_scalar[0] != is_scalar[1])
        {
            return Ok(None);
        }
        let both: Value = graph.add(Op::Binary(Binary::Mul), [x, y])?.into();
        let both = match if is_scalar[0] { other } else { view } {
            Some(view) => graph.view(View::Affine(view), both)?,
            None => both,
        };
        self.0.insert(both, bound);
        Ok(Some(both))
    }
}

/// The real or imaginary part of a value, which may be made of its parts.
fn part_of(graph: &mut Graph, part: Unary, value: Value) -> Result<Value, Error> {
    let node = graph.node(value.node);
    let own = node.inputs.get(if part == Unary::Real { 0 } else { 1 }).copied();
    match own.filter(|own| node.op == Op::Binary(Binary::Complex) && graph.ty(*own).shape == node.outputs[0].shape) {
        Some(own) => Ok(own),
        None => Ok(graph.add(Op::Unary(part), [value])?.into()),
    }
}

/// What a factor views, and how.
fn table(graph: &Graph, factor: Value) -> (Option<Affine>, Value) {
    match graph.op(factor) {
        Op::View(View::Affine(view)) => (Some(view.clone()), graph.node(factor.node).inputs[0]),
        _ => (None, factor),
    }
}
