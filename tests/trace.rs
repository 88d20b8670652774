//! `ONDINE_TRACE`: the file is valid JSON with a span per pass, step and evaluation, even if the process just stops.

use ondine::{Array, DType, Device};
use serde_json::Value;
use std::process::Command;

/// Not a test of its own: what the traced process does.
#[test]
#[ignore = "run by the other test, with a trace"]
fn traced_process() {
    let x = Array::from([[1.0, 2.0], [3.0, 4.0]]).named("quoted \"x\"");
    for _ in 0..3 {
        let y = ((&x * 2.5).sin() / x.sum()).named("y");
        y.eval(&Device::cpu()).unwrap();
    }
    // `exp(-k^2)` is a constant.
    let k = ondine::arange(4096).astype(DType::F64);
    let given = Array::from_vec(vec![1.0; 4096], [4096]);
    for _ in 0..3 {
        let y = (&given * (-(&k * &k)).exp()).named("filtered");
        y.eval(&Device::cpu()).unwrap();
    }
    std::process::abort();
}

#[test]
fn a_trace_has_a_span_per_pass_step_and_evaluation() {
    let path = std::env::temp_dir().join(format!("ondine-trace-{}.json", std::process::id()));
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "traced_process", "--ignored"])
        .env("ONDINE_TRACE", &path)
        .output()
        .unwrap();
    assert!(!child.status.success(), "it aborts");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let events: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of = |kind: &str| events.iter().filter(|event| event["cat"] == kind).collect::<Vec<_>>();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        assert!(event["ts"].as_f64().unwrap() >= 0.0 && event["dur"].as_f64().unwrap() >= 0.0, "{event}");
        assert!(event["pid"].is_u64() && event["tid"].is_u64(), "{event}");
    }
    let passes: Vec<&str> = of("pass").iter().map(|event| event["name"].as_str().unwrap()).collect();
    assert!(passes.contains(&"simplify") && passes.contains(&"fuse"), "{passes:?}");
    let named = |kind: &str, name: &str| of(kind).into_iter().filter(|event| event["name"] == name).collect::<Vec<_>>();
    assert_eq!(named("evaluation", "filtered").len(), 3);
    assert_eq!(named("setup", "filtered_setup").len(), 1, "the second run computes nothing of it");
    let evaluations = named("evaluation", "y");
    assert_eq!(evaluations.len(), 3);
    let until = evaluations[2]["ts"].as_f64().unwrap() + evaluations[2]["dur"].as_f64().unwrap();
    let steps: Vec<&Value> = of("step").into_iter().filter(|step| step["ts"].as_f64().unwrap() < until).collect();
    assert!(!steps.is_empty() && steps.len().is_multiple_of(3), "every evaluation runs the same steps");
    assert!(steps.iter().any(|event| event["name"].as_str().unwrap().contains("stages=[sum]")), "{steps:?}");
    assert!(steps.iter().all(|event| event["args"]["written"].as_u64().unwrap() > 0));
    let moved = |event: &Value| event["args"]["read"].as_u64().unwrap() + event["args"]["written"].as_u64().unwrap();
    assert_eq!(evaluations.iter().map(|e| moved(e)).sum::<u64>(), steps.iter().map(|e| moved(e)).sum::<u64>());
}
