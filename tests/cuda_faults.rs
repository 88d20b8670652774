//! What can go wrong on the `cuda` device, with the text of every error: libraries that are missing or refuse, memory that
//! cannot be had, programs that do not compile, a device that is lost. Other devices, and the next run, are not affected.

mod common;

use common::device::{buffer, on_the_device, on_the_emulator, real, transform, unary};
use common::{difference, elements, emulator, run};
use ondine_ir::*;
use ondine_runtime::cuda::{Compile, Cuda, Nvrtc};
use ondine_runtime::{Buffer, Device, Error, Executable, Options};
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn compiled(device: &Device, graph: &Graph) -> Result<Arc<dyn Executable>, Error> {
    device.backend().compile(graph, &Options::default(), &mut |_| {})
}

/// A real transform that runs on the device as on the CPU, and a buffer for it.
fn works(device: &Device, executable: &Arc<dyn Executable>, graph: &Graph, input: &Buffer) {
    let want = run(graph, &Device::cpu(), std::slice::from_ref(input), &[]).expect("the cpu runs");
    let got = executable.run(std::slice::from_ref(input), &[]).expect("it is queued");
    let got = device.backend().download(&got[0]).expect("it ran");
    for (got, want) in elements(&got).iter().zip(elements(&want[0])) {
        let (got, want) = (got.to_complex(), want.to_complex());
        assert!((got - want).norm() <= 1e-9 * (1.0 + want.norm()), "{got} instead of {want}");
    }
}

/// Runs a test of this file in a process of its own, whose cuFFT is another; what it prints behind `found: `.
fn with_cufft(which: &str, test: &str) -> String {
    let output = Command::new(std::env::current_exe().expect("a test has a file"))
        .args([test, "--exact", "--nocapture"])
        .env(emulator::CUFFT, which)
        .env_remove("ONDINE_CUDA_LIBS")
        .env_remove("CUDA_HOME")
        .env_remove("CUDA_PATH")
        .env_remove("VIRTUAL_ENV")
        .output()
        .expect("a test can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.split_once("found: "));
    line.map_or_else(|| panic!("it says nothing: {text}"), |(_, found)| found.to_string())
}

/// True in the process that [`with_cufft`] starts: transforms are refused there, all else runs.
fn is_refused_in_this_process() -> bool {
    if std::env::var_os(emulator::CUFFT).is_none() {
        return false;
    }
    on_the_emulator(|device| {
        let input = buffer(DType::F64, &[6], real(|at| at as f64));
        let graph = transform(FftKind::RealForward, input.ty().clone());
        println!("found: {}", compiled(device, &graph).err().expect("transforms are refused"));
        let graph = unary(Unary::Neg, input.ty().clone());
        let got = run(&graph, device, std::slice::from_ref(&input), &[]).expect("all else runs");
        let want = run(&graph, &Device::cpu(), std::slice::from_ref(&input), &[]).expect("the cpu runs");
        assert_eq!(difference(&got[0], &want[0]), None);
    });
    true
}

#[test]
fn without_cufft_transforms_alone_are_refused() {
    if is_refused_in_this_process() || emulator::device().is_none() || emulator::is_gpu() {
        return;
    }
    // SAFETY: the initialisers of cuFFT touch nothing of ours.
    let is_installed = |name: &str| unsafe { libloading::Library::new(name) }.is_ok();
    if is_installed("libcufft.so.11") || std::path::Path::new("/usr/local/cuda/lib64").is_dir() {
        eprintln!("skipped: this machine has a cuFFT of its own");
        return;
    }
    assert_eq!(
        with_cufft("none", "without_cufft_transforms_alone_are_refused"),
        "cuda:0 is not available: transforms need cuFFT, and none was found (libcufft.so.12 or .11; pip install \
         nvidia-cufft, or set ONDINE_CUDA_LIBS to the folder it is in)"
    );
}

#[test]
fn a_cufft_without_a_function_is_named() {
    if is_refused_in_this_process() || emulator::device().is_none() || emulator::is_gpu() {
        return;
    }
    assert_eq!(
        with_cufft("old", "a_cufft_without_a_function_is_named"),
        "cuda:0 is not available: transforms need cuFFT of CUDA 12 or 13, and the one that was found lacks the function \
         cufftXtExec"
    );
}

#[test]
fn a_plan_that_is_refused_is_an_error_and_the_next_one_works() {
    on_the_emulator(|device| {
        let input = buffer(DType::F64, &[3, 21], real(|at| (at * at % 17) as f64));
        let graph = transform(FftKind::RealForward, input.ty().clone());
        emulator::fail("cufftXtMakePlanMany", 8, 1);
        let refused = compiled(device, &graph).err().expect("there is no plan");
        assert_eq!(
            refused.to_string(),
            "cuda:0: cufftXtMakePlanMany gave error 8: the length is not one it takes; for 3 real forward transforms of \
             length 21 in f64"
        );
        let executable = compiled(device, &graph).expect("the next one works");
        emulator::fail("cufftXtExec", 6, 1);
        let refused = executable.run(std::slice::from_ref(&input), &[]).expect_err("it does not run");
        assert_eq!(
            refused.to_string(),
            "cuda:0: cufftXtExec gave error 6: it could not run on the device; for 3 real forward transforms of length \
             21 in f64"
        );
        works(device, &executable, &graph, &input);
    });
}

#[test]
fn a_plan_without_memory_is_tried_again_when_what_is_kept_was_given_back() {
    on_the_emulator(|device| {
        let input = buffer(DType::F64, &[2, 22], real(|at| (at * at % 19) as f64));
        let graph = transform(FftKind::RealForward, input.ty().clone());
        // A plan, and memory, that nobody needs any more.
        drop(compiled(device, &transform(FftKind::RealForward, Type::new(DType::F64, [2, 23]))));
        drop(run(&unary(Unary::Neg, input.ty().clone()), device, std::slice::from_ref(&input), &[]));
        assert!(emulator::pooled() > 0);
        let kept = emulator::plan_bytes();
        emulator::fail("cufftXtMakePlanMany", 2, 1);
        let executable = compiled(device, &graph).expect("the second try works");
        assert_eq!(emulator::pooled(), 0, "the pool was given back");
        assert!(emulator::plan_bytes() < kept + 22 * 16, "plans were given back");
        works(device, &executable, &graph, &input);

        let graph = transform(FftKind::RealForward, Type::new(DType::F64, [2, 25]));
        let input = buffer(DType::F64, &[2, 25], real(|at| (at * at % 19) as f64));
        device.release();
        emulator::set_memory(emulator::in_use() + 1000);
        emulator::fail("cufftXtMakePlanMany", 2, 2);
        let refused = compiled(device, &graph).err().expect("it is tried twice");
        emulator::set_memory(8 << 30);
        assert_eq!(
            refused.to_string(),
            "cuda:0 with 1000 bytes free: 65936 bytes could not be allocated for a plan of cuFFT, by estimate"
        );
        works(device, &compiled(device, &graph).expect("the next one works"), &graph, &input);
    });
}

#[test]
fn too_little_memory_is_an_error_and_the_next_run_works() {
    on_the_emulator(|device| {
        let input = buffer(DType::F64, &[1 << 12, 16], real(|at| (at % 1000) as f64));
        let graph = transform(FftKind::RealForward, input.ty().clone());
        let executable = compiled(device, &graph).expect("it compiles");
        device.release();
        let before = emulator::in_use();
        // The input fits, its bins do not.
        emulator::set_memory(before + (700 << 10));
        let refused = executable.run(std::slice::from_ref(&input), &[]);
        emulator::set_memory(8 << 30);
        assert_eq!(
            refused.expect_err("it does not run").to_string(),
            "cuda:0 with 192255 bytes free: 589824 bytes could not be allocated for a graph"
        );
        assert_eq!(emulator::in_use(), before, "a failed run keeps nothing");
        works(device, &executable, &graph, &input);
        // What the pool keeps is in the way of a block of another size, until it is given back.
        let larger = buffer(DType::F64, &[1 << 13, 16], real(|at| (at % 1000) as f64));
        let negative = unary(Unary::Neg, larger.ty().clone());
        let negative = compiled(device, &negative).expect("it compiles");
        let pooled = emulator::pooled();
        assert!(pooled > 1 << 19);
        emulator::set_memory(emulator::in_use() + (5 << 19));
        let results = negative.run(std::slice::from_ref(&larger), &[]);
        emulator::set_memory(8 << 30);
        assert!(results.is_ok(), "{:?}", results.err());
        assert!(emulator::pooled() < pooled, "the pool was given back");
    });
}

#[test]
fn a_lost_device_is_one_clear_error() {
    on_the_emulator(|device| {
        let input = buffer(DType::F64, &[2, 10], real(|at| (at * at) as f64));
        let graph = transform(FftKind::RealForward, input.ty().clone());
        let executable = compiled(device, &graph).expect("it compiles");
        let there = device.backend().upload(&input).expect("there is memory");
        let results = executable.run(std::slice::from_ref(&there), &[]).expect("it is queued");
        let lost = |code: i32, what: &str| {
            emulator::set_fault(code);
            let read = device.backend().download(&results[0]).map(|_| ());
            let again = executable.run(std::slice::from_ref(&there), &[]).map(|_| ());
            let compiled = compiled(device, &transform(FftKind::Forward, Type::new(DType::C64, [code as usize])));
            // A plan that cannot be made because the device is lost says that the device is lost.
            emulator::fail("cufftXtMakePlanMany", 5, 1);
            let planned = device.backend().compile(
                &transform(FftKind::Forward, Type::new(DType::C128, [code as usize])),
                &Options::default(),
                &mut |_| {},
            );
            let elsewhere = run(&graph, &Device::cpu(), std::slice::from_ref(&input), &[]);
            emulator::fail("", 0, 0);
            emulator::set_fault(0);
            let expected = |call: &str| format!("cuda:0 failed: {call} gave error {code}: {what}");
            let read = read.expect_err("it is lost");
            assert!(matches!(read, Error::Fault { .. }));
            assert_eq!(read.to_string(), expected("cuMemcpyDtoHAsync"));
            assert_eq!(again.expect_err("it is lost").to_string(), expected("cuMemAllocAsync"));
            assert_eq!(planned.err().expect("it is lost").to_string(), expected("cuStreamSynchronize"));
            assert!(compiled.is_ok(), "a plan alone needs no device here");
            assert!(elsewhere.is_ok());
        };
        lost(700, "a kernel read or wrote outside its memory");
        lost(46, "the device is not available");
        works(device, &executable, &graph, &input);
    });
}

#[test]
fn a_limit_is_kept_before_anything_runs() {
    on_the_device(|device| {
        let graph = unary(Unary::Neg, Type::new(DType::F64, [1000]));
        let input = buffer(DType::F64, &[1000], real(|at| at as f64));
        let executable = device.backend().compile(&graph, &Options::default(), &mut |_| {}).expect("it compiles");
        device.set_memory_limit(1000).expect("the device has a limit");
        let refused = executable.run(std::slice::from_ref(&input), &[]);
        device.set_memory_limit(usize::MAX).expect("the device has a limit");
        assert!(matches!(refused, Err(Error::MemoryLimit { wanted: 8000, .. })), "{refused:?}");
    });
}

#[test]
fn a_program_that_does_not_compile_is_an_error_with_log_and_source() {
    struct Refuses;
    impl Compile for Refuses {
        fn identity(&self) -> String {
            "refuses".to_string()
        }
        fn compile(&self, _: &ondine_codegen::cuda::Program) -> Result<Vec<u8>, String> {
            Err("line 1: no".to_string())
        }
    }
    on_the_emulator(|_| {
        let device = Device::new(Cuda::with_compiler(0, Box::new(Refuses)).expect("the emulator has a device"));
        let graph = unary(Unary::Neg, Type::new(DType::F64, [3]));
        let refused = device.backend().compile(&graph, &Options::default(), &mut |_| {}).map(|_| ());
        let text = refused.expect_err("it does not compile").to_string();
        assert!(text.contains("line 1: no") && text.contains("k0_element"), "{text}");
    });
}

/// The host's compiler, whose programs nobody else has kept, and how often it was asked.
struct Counted {
    host: emulator::Host,
    count: Arc<AtomicUsize>,
}

impl Compile for Counted {
    fn identity(&self) -> String {
        format!("counted {} {:p}", std::process::id(), Arc::as_ptr(&self.count))
    }
    fn compile(&self, program: &ondine_codegen::cuda::Program) -> Result<Vec<u8>, String> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.host.compile(program)
    }
}

#[test]
fn what_is_kept_on_disk_is_compiled_again_where_it_is_of_no_use() {
    on_the_emulator(|_| {
        let folder = std::env::var_os("ONDINE_CACHE").expect("the emulator has a folder for programs");
        let files = || -> HashSet<PathBuf> {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let count = Arc::new(AtomicUsize::new(0));
        let input = buffer(DType::F64, &[7], real(|at| at as f64));
        let graph = unary(Unary::Neg, input.ty().clone());
        let want = run(&graph, &Device::cpu(), std::slice::from_ref(&input), &[]).expect("the cpu runs");
        // Every device is a process of its own, as far as it knows.
        let try_it = || {
            let compiler = Counted { host: emulator::host().expect("it was built"), count: count.clone() };
            let device = Device::new(Cuda::with_compiler(0, Box::new(compiler)).expect("the emulator has a device"));
            let got = run(&graph, &device, std::slice::from_ref(&input), &[])?;
            assert_eq!(difference(&got[0], &want[0]), None);
            Ok::<usize, Error>(count.load(Ordering::Relaxed))
        };
        let before = files();
        assert_eq!(try_it(), Ok(1));
        let new = files();
        let kept: Vec<&PathBuf> = new.difference(&before).collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(try_it(), Ok(1), "it was kept");
        let whole = std::fs::read(kept[0]).expect("it can be read");
        std::fs::write(kept[0], &whole[..whole.len() / 2]).expect("it can be written");
        assert_eq!(try_it(), Ok(2), "half of it is of no use");
        assert_eq!(try_it(), Ok(2), "it was kept again");
        emulator::refuse_images(1);
        assert_eq!(try_it(), Ok(3), "another driver wants another one");
        emulator::refuse_images(2);
        assert_eq!(
            try_it().expect_err("the new one is refused too").to_string(),
            "cuda:0 failed: cuModuleLoadData gave error 200: the program is for another device"
        );
        assert_eq!(try_it(), Ok(4));
        let _ = std::fs::remove_file(kept[0]);
    });
}

#[test]
fn a_device_that_is_not_there_is_one_line() {
    on_the_emulator(|_| {
        let host = Box::new(emulator::host().expect("it was built"));
        let error = Cuda::with_compiler(7, host).err().expect("there is no such device");
        assert_eq!(error.to_string(), "cuda:7 is not available: there are 1 devices, numbered from 0");
    });
}

#[test]
fn without_a_compiler_there_is_a_line_that_says_so() {
    if std::env::var_os("ONDINE_CUDA_LIBS").is_some() {
        return;
    }
    if let Err(why) = Nvrtc::new(90) {
        assert!(why.starts_with("no NVRTC was found") && !why.contains('\n'), "{why}");
    }
}
