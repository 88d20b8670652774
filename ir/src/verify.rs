//! The invariants that every graph keeps, checked in order. Linear in the size of the graph, so it stays on in release.

use crate::infer::{binary_dtype, infer, unary_dtype};
use crate::{
    Anchor, DType, Domain, Error, Graph, Index, Inst, Kernel, Node, NodeId, Op, Reduce, Region, Rows, Shape, Stage,
    Type, View,
};
use smallvec::SmallVec;

/// Checks a graph; the error names the node, the invariant and the lines around it.
pub fn verify(graph: &Graph) -> Result<(), Error> {
    for node in graph.ids() {
        check(graph, node).map_err(|what| Error::Internal { what, dump: graph.dump_around(node) })?;
    }
    for value in graph.results() {
        let exists = value.node.index() < graph.len() && (value.output as usize) < graph.node(value.node).outputs.len();
        if !exists {
            return Err(Error::Internal { what: format!("result {value:?} does not exist"), dump: String::new() });
        }
    }
    Ok(())
}

/// Checks that after fusion only inputs, literals, parameters, kernels, library calls, reshapes and permuted views
/// of what a sweep writes remain.
pub fn verify_fused(graph: &Graph) -> Result<(), Error> {
    for node in graph.ids() {
        let op = &graph.node(node).op;
        // These are other types for the same memory.
        let moves = match op {
            Op::View(View::Affine(affine)) => {
                let source = graph.node(node).inputs[0];
                let swept = matches!(graph.op(source), Op::Kernel(kernel) if matches!(kernel.anchor, Anchor::Lines(_)));
                !swept || affine.as_permute(&graph.ty(source).shape).is_none()
            }
            Op::View(view) => !matches!(view, View::Reshape(_)),
            _ => false,
        };
        if moves || op.is_elementwise() || matches!(op, Op::Concat { .. } | Op::Pad(_) | Op::Update(_) | Op::Iota(_)) {
            let what = "a fused graph holds an op that belongs into a kernel".to_string();
            return Err(Error::Internal { what, dump: graph.dump_around(node) });
        }
    }
    Ok(())
}

fn check(graph: &Graph, id: NodeId) -> Result<(), String> {
    let node = graph.node(id);
    for value in &node.inputs {
        if value.node >= id {
            return Err("an operand does not precede its node".into());
        }
        if value.output as usize >= graph.node(value.node).outputs.len() {
            return Err("an operand is no output of its node".into());
        }
    }
    let operands: SmallVec<[&Type; 3]> = node.inputs.iter().map(|&value| graph.ty(value)).collect();
    match infer(&node.op, &operands) {
        Ok(outputs) if outputs == node.outputs => {}
        Ok(outputs) => return Err(format!("the outputs are {:?}, but inference gives {outputs:?}", node.outputs)),
        Err(error) => return Err(format!("the node does not infer: {error}")),
    }
    let edges = graph.edges_into(id);
    let same = edges.len() == node.inputs.len()
        && edges.iter().enumerate().all(|(place, edge)| *edge == (node.inputs[place].node, place as u32));
    if !same {
        return Err("the edges do not repeat the operands".into());
    }
    match &node.op {
        Op::Kernel(kernel) => check_kernel(graph, node, kernel),
        _ => Ok(()),
    }
}

fn check_kernel(graph: &Graph, node: &Node, kernel: &Kernel) -> Result<(), String> {
    let mut loaded = vec![false; node.inputs.len()];
    for region in kernel.regions() {
        check_region(graph, node, region)?;
        for operand in region.operands() {
            loaded[operand as usize] = true;
        }
    }
    if loaded.contains(&false) {
        return Err("the kernel has an operand that no region loads".into());
    }
    let (mut loads, mut mids) = (0, 0);
    let anchor: Option<(DType, Shape)> = match &kernel.anchor {
        Anchor::Map => None,
        Anchor::Reduce(reduce) => {
            let load = kernel.loads.first().ok_or("a reduction has no load region")?;
            let operand = Type::new(load.dtype(), load.extents.clone());
            let outputs = infer(&Op::Reduce(reduce.clone()), &[&operand]).map_err(|error| error.to_string())?;
            loads = 1;
            Some((outputs[0].dtype, outputs[0].shape.clone()))
        }
        Anchor::Rows(rows) => {
            check_rows(kernel, rows)?;
            loads = rows.stages.len();
            None
        }
        Anchor::Lines(lines) => {
            let mut result: Option<Type> = None;
            for (at, line) in lines.iter().enumerate() {
                let region = if at == 0 { kernel.loads.first() } else { kernel.mids.get(at - 1) };
                let region = region.ok_or("a transform has no region before it")?;
                if let Some(before) = &result {
                    check_anchor(region, Some((before.dtype, &before.shape)))?;
                }
                let fft = crate::Fft { kind: line.kind, axes: vec![line.axis] };
                let operand = Type::new(region.dtype(), region.extents.clone());
                let mut outputs = infer(&Op::Fft(fft), &[&operand]).map_err(|error| error.to_string())?;
                result = outputs.pop();
            }
            (loads, mids) = (1, lines.len().saturating_sub(1));
            result.map(|ty| (ty.dtype, ty.shape))
        }
    };
    if kernel.loads.len() != loads || kernel.mids.len() != mids || kernel.stores.is_empty() {
        return Err("the kernel's regions do not fit its anchor".into());
    }
    let is_rows = matches!(kernel.anchor, Anchor::Rows(_));
    if !is_rows && kernel.regions().any(|region| region.body.iter().any(|(inst, _)| matches!(inst, Inst::Stage(_)))) {
        return Err("a region uses a stage of no row".into());
    }
    for load in &kernel.loads {
        check_anchor(load, None)?;
    }
    for store in &kernel.stores {
        check_anchor(store, anchor.as_ref().map(|(dtype, shape)| (*dtype, shape)))?;
    }
    Ok(())
}

/// Every region lies over the space or its rows, and reads earlier stages that have a value there.
fn check_rows(kernel: &Kernel, rows: &Rows) -> Result<(), String> {
    let is_row = |extents: &Shape| rows.of_rows().contains(extents);
    let mut stages: SmallVec<[(DType, bool); 4]> = SmallVec::new();
    let check = |region: &Region, stages: &[(DType, bool)]| {
        if !rows.is_whole(&region.extents) && !is_row(&region.extents) {
            return Err(format!("a region over {} belongs to no row", region.extents));
        }
        for (inst, dtype) in &region.body {
            let Inst::Stage(stage) = inst else { continue };
            let (ty, is_whole) = stages.get(*stage as usize).ok_or("a region uses a stage that has not run")?;
            if ty != dtype || *is_whole && !rows.is_whole(&region.extents) {
                return Err(format!("a region uses stage {stage} as another type"));
            }
        }
        Ok(())
    };
    for (load, stage) in kernel.loads.iter().zip(&rows.stages) {
        check(load, &stages)?;
        stages.push(match stage {
            Stage::Each => (load.dtype(), rows.is_whole(&load.extents)),
            Stage::Reduce(kind) => {
                if !rows.is_whole(&load.extents) {
                    return Err("a reduction of rows lies over the whole space".into());
                }
                let reduce = Op::Reduce(Reduce { kind: *kind, axes: rows.axes.clone() });
                let operand = Type::new(load.dtype(), load.extents.clone());
                (infer(&reduce, &[&operand]).map_err(|error| error.to_string())?[0].dtype, false)
            }
        });
    }
    kernel.stores.iter().try_for_each(|store| check(store, &stages))
}

/// The anchor's value has the dtype and the extents of what produces it, and stands only where something does.
fn check_anchor(region: &Region, anchor: Option<(DType, &Shape)>) -> Result<(), String> {
    for (inst, dtype) in &region.body {
        match (inst, anchor) {
            (Inst::Anchor, anchor) if anchor != Some((*dtype, &region.extents)) => {
                return Err("a region uses an anchor of another type".into());
            }
            (Inst::Line { index, within, otherwise }, anchor) => {
                let Some((own, shape)) = anchor.filter(|(own, _)| own == dtype && *own == otherwise.dtype()) else {
                    return Err("a region uses an anchor of another type".into());
                };
                check_reads(region, index, within, &Type::new(own, shape.clone()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Every index that is read lies inside the value.
fn check_reads(region: &Region, index: &[Index], within: &Domain, ty: &Type) -> Result<(), String> {
    let bounds = within.iter().all(|bound| bound.index.rank() <= region.extents.rank());
    if index.len() != ty.shape.rank() || !bounds || index.iter().any(|i| i.rank() > region.extents.rank()) {
        return Err("a load has another rank than its operand".into());
    }
    // An empty space reads nothing; neither does a domain that holds nowhere.
    let reads = region.extents.elements() > 0 && within.iter().all(|bound| bound.holds(&region.extents) != Some(false));
    for (axis, index) in index.iter().enumerate().filter(|_| reads) {
        let (low, high) = index.range_within(&region.extents, within);
        if low < 0 || high >= ty.shape[axis] as i64 {
            return Err(format!("index {index} reads {low}..={high} of {ty} along axis {axis}"));
        }
    }
    Ok(())
}

fn check_region(graph: &Graph, node: &Node, region: &Region) -> Result<(), String> {
    if region.result.0 as usize >= region.body.len() {
        return Err("a region yields an instruction that does not exist".into());
    }
    for (at, (inst, dtype)) in region.body.iter().enumerate() {
        if inst.uses().iter().any(|var| var.0 as usize >= at) {
            return Err(format!("instruction {at} uses a later one"));
        }
        let of = |var: &crate::Var| region.body[var.0 as usize].1;
        let agrees = match inst {
            Inst::Anchor | Inst::Line { .. } | Inst::Stage(_) | Inst::Cast(_) => true,
            Inst::Index(index) => *dtype == DType::I64 && index.rank() <= region.extents.rank(),
            Inst::Inside(domain) => {
                *dtype == DType::Bool && domain.iter().all(|bound| bound.index.rank() <= region.extents.rank())
            }
            Inst::Literal(scalar) => scalar.dtype() == *dtype,
            Inst::Param(slot) => graph.params().get(*slot as usize) == Some(dtype),
            Inst::Unary(op, a) => unary_dtype(*op, of(a)) == Some(*dtype),
            Inst::Binary(op, a, b) => binary_dtype(*op, of(a), of(b)) == Some(*dtype),
            Inst::Select(c, a, b) => of(c) == DType::Bool && of(a) == *dtype && of(b) == *dtype,
            Inst::Load { operand, index, within, otherwise } => {
                let value =
                    *node.inputs.get(*operand as usize).ok_or("a region loads an operand that does not exist")?;
                let ty = graph.ty(value);
                check_reads(region, index, within, ty)?;
                ty.dtype == *dtype && otherwise.dtype() == *dtype
            }
        };
        if !agrees {
            return Err(format!("instruction {at} has operands of other dtypes"));
        }
    }
    Ok(())
}
