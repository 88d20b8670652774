//! The headline job through every pass: the whole trace and the plan.

mod common;

use ondine_compiler::{Licences, Options, Program, Target, Work, compile};
use ondine_ir::{Anchor, DType, Op};

#[test]
fn both_shifts_are_gone_and_three_sweeps_remain() {
    let mut trace = String::new();
    let program = compile(&common::smooth(DType::U8), &Target::CPU, &Options::default(), &mut |stage| {
        let applied: Vec<String> = stage.applied.iter().map(|applied| applied.to_string()).collect();
        trace.push_str(&format!("== {} {}\n", stage.name, applied.join(", ")));
        trace.push_str(&if stage.changed { stage.graph.to_string() } else { "(unchanged)\n".to_string() });
        for remark in stage.remarks {
            trace.push_str(&format!("# {remark}\n"));
        }
    })
    .expect("the job compiles");
    insta::assert_snapshot!("trace", trace);
    insta::assert_snapshot!("plan", program.main);
    assert_eq!(program.main.kernels_over(768 * 1024), 2);
    assert!(!program.main.graph.to_string().contains("roll"));
}

fn compiled(dtype: DType, licences: Licences) -> (Program, Work) {
    let mut work = Work::default();
    let program =
        compile(&common::smooth(dtype), &Target::CPU, &Options { licences, ..Options::default() }, &mut |stage| {
            work = stage.work
        })
        .expect("the job compiles");
    (program, work)
}

/// How many lines are transformed along each axis, in the order of the steps.
fn lines(program: &Program) -> Vec<(usize, usize)> {
    let graph = &program.main.graph;
    let kernels = program.main.steps.iter().filter_map(|step| match &graph.node(step.node).op {
        Op::Kernel(kernel) => Some(kernel),
        _ => None,
    });
    let mut lines = Vec::new();
    for kernel in kernels {
        let Anchor::Lines(transforms) = &kernel.anchor else { continue };
        for (line, region) in transforms.iter().zip(kernel.loads.iter().chain(&kernel.mids)) {
            lines.push((line.axis.axis, region.extents.without(&[line.axis.axis]).elements()));
        }
    }
    lines
}

#[test]
fn the_window_is_all_that_is_transformed() {
    let (program, work) = compiled(DType::F64, Licences::default());
    // Rows of the real picture, columns of half the window, columns of the window, rows of the result.
    let mut counted = lines(&program);
    counted.sort_unstable();
    assert_eq!(counted, [(0, 31), (0, 50), (1, 768), (1, 768)]);
    assert_eq!(work.lines, 31 + 50 + 768 + 768);
    // The picture, 31 bins of each row, 61 by 31, 768 by 50, the result, and what lies between read again.
    let passed = 16 * (768 * 31 + 61 * 31 + 768 * 50);
    assert_eq!(work.bytes as usize, 768 * 1024 * (8 + 16) + 2 * passed);
    let per_element = work.bytes / (768.0 * 1024.0);
    assert!(per_element < 27.0, "{per_element}");
    // The guard reads the picture once more.
    let guard: usize = program.main.steps.iter().map(|step| program.main.bytes_moved(step).0).sum();
    assert!(guard <= 768 * 1024 * 16 + passed + 16, "{guard}");
    let (exact, all) = compiled(DType::F64, Licences::EXACT);
    assert_eq!(lines(&exact), [(1, 768), (0, 1024), (1, 768), (0, 1024)].map(|line| line));
    assert_eq!(all.lines, 2 * (768 + 1024));
}
