//! The headline job through every pass: the whole trace and the plan.

mod common;

use ondine_compiler::{Options, Target, compile};
use ondine_ir::DType;

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
