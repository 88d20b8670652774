//! What people are shown: stories of compilations, and the files that `ONDINE_DUMP` asks for.

use ondine::{Array, DType, Device, fft};
use std::process::Command;

fn job() -> Array {
    let x = Array::from([1.0, 2.0, 3.0, 4.0]).named("signal");
    fft::ifftshift(&(fft::fftshift(&x) * 2.5)).named("job")
}

#[test]
fn a_story_shows_the_graph_before_and_after_and_the_plan() {
    let story = job().explain(&Device::cpu()).unwrap();
    assert!(story.before().starts_with("graph job(%signal: f64[4], $0: f64) {"), "{story}");
    assert!(story.before().contains("roll"), "{story}");
    assert!(!story.after().contains("roll"), "{story}");
    assert!(story.plan().starts_with("plan job: 1 step"), "{story}");
    let text = story.to_string();
    assert!(text.starts_with("input\n") && text.ends_with(story.plan()), "{text}");
    assert!(job().explain(&Device::reference()).unwrap().plan().contains("one op at a time"));
}

#[test]
fn every_stage_is_written_as_a_numbered_file() {
    const NAME: &str = "every_stage_is_written_as_a_numbered_file";
    if std::env::var_os("ONDINE_TEST_CHILD").is_some() {
        job().eval(&Device::cpu()).unwrap();
        job().eval(&Device::reference()).unwrap();
        return;
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("dumps");
    let _ = std::fs::remove_dir_all(&path);
    let run = |dump: &std::path::Path| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture"]).env("ONDINE_TEST_CHILD", "1").env("ONDINE_DUMP", dump);
        command.output().unwrap()
    };
    assert!(run(&path).status.success());
    let read = |file: &str| std::fs::read_to_string(path.join(file)).unwrap();
    assert!(read("0001-job/00-input.txt").contains("graph job("));
    assert!(read("0001-job/01-simplify.txt").starts_with("simplify"));
    assert!(read("0001-job/plan.txt").starts_with("plan job"));
    let code = read("0001-job/code.txt");
    assert!(code.contains("nest [4]") && code.contains("mul(t0, t1)"), "{code}");
    assert!(!path.join("0002-job/code.txt").exists(), "the reference makes no code");
    assert!(read("0002-job/00-input.txt").contains("graph job("));
    // A place that cannot be written is reported once and harms nothing.
    let nowhere = run(&path.join("0001-job/plan.txt"));
    assert!(nowhere.status.success());
    let complaints = String::from_utf8_lossy(&nowhere.stderr).matches("ONDINE_DUMP").count();
    assert_eq!(complaints, 1);
}

/// Large values that only sweeps read have rows of whole cache lines: 33 bins become 36. Planes of 64 of them, 36 KiB, are one
/// cache line further apart, or their rows would share cache sets.
#[test]
fn large_values_are_padded() {
    let plan = |extent: usize| {
        let x = ondine::arange((extent * extent * extent) as i64).astype(DType::F64).reshape([extent; 3]);
        let y = fft::irfftn(&(fft::rfftn(&x.eval(&Device::cpu()).unwrap()) * 0.5));
        y.explain(&Device::cpu()).unwrap().plan().to_string()
    };
    let large = plan(64);
    assert!(large.contains("strides [2308, 36, 1]"), "{large}");
    let small = plan(32);
    assert!(!small.contains("20, 1]"), "{small}");
}
