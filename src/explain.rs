//! What people look at: dumps, the story of a compilation, files of all stages, and counters.

use crate::capture::{Capture, Walk};
use crate::error::{Failure, Result, here};
use crate::lazy::Lazy;
use crate::program::known;
use crate::{Array, Device, Options};
use ondine_ir::Graph;
use ondine_runtime::{Executable, Stage};
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What the process has done so far; see [`stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Graphs compiled. A graph of a structure that was compiled before, with other data or other numbers, is not.
    pub compilations: u64,
    /// Graphs run.
    pub evaluations: u64,
    /// Host data handed to a device.
    pub uploads: u64,
    /// Values read back from a device.
    pub downloads: u64,
    /// Values copied from one device to another.
    pub transfers: u64,
    /// Nodes computed on the way to a result that had been computed, and not kept, before. To save that work evaluate
    /// results together ([`eval_all`](crate::eval_all)) or evaluate what they share first.
    pub recomputed_nodes: u64,
}

/// Counters over all threads since the process started.
///
/// ```
/// let before = ondine::stats();
/// let x = ondine::arange(10) * 2;
/// assert_eq!(ondine::stats().evaluations, before.evaluations);
/// ```
pub fn stats() -> Stats {
    use counters::*;
    let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Stats {
        compilations: get(&COMPILATIONS),
        evaluations: get(&EVALUATIONS),
        uploads: get(&UPLOADS),
        downloads: get(&DOWNLOADS),
        transfers: get(&TRANSFERS),
        recomputed_nodes: get(&RECOMPUTED),
    }
}

pub(crate) mod counters {
    use super::{AtomicU64, Ordering};

    pub(crate) static COMPILATIONS: AtomicU64 = AtomicU64::new(0);
    pub(crate) static EVALUATIONS: AtomicU64 = AtomicU64::new(0);
    pub(crate) static UPLOADS: AtomicU64 = AtomicU64::new(0);
    pub(crate) static DOWNLOADS: AtomicU64 = AtomicU64::new(0);
    pub(crate) static TRANSFERS: AtomicU64 = AtomicU64::new(0);
    pub(crate) static RECOMPUTED: AtomicU64 = AtomicU64::new(0);

    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

fn capture(lazy: &Lazy) -> Result<Capture, Failure> {
    let walk = Walk::from(std::slice::from_ref(lazy), false);
    let mut capture = Capture::new(&lazy.label().unwrap_or_default());
    capture.extend(&walk.order)?;
    capture.finish(std::slice::from_ref(lazy))?;
    Ok(capture)
}

impl Array {
    /// The graph of what is pending, as built, in text. Below it one line per number given to it: `$0 = 2.5`.
    ///
    /// Ready arrays, and arrays that [`to`](Array::to) brings from another device, are inputs. Evaluates nothing.
    ///
    /// ```
    /// let x = ondine::Array::from([1.0, 2.0]).named("x");
    /// assert_eq!(
    ///     (x * 2.5).named("scaled").dump()?,
    ///     "graph scaled(%x: f64[2], $0: f64) {\n  %0: f64[2] = mul(%x, $0)\n  return %0\n}\n$0 = 2.5\n"
    /// );
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// That of a failed array.
    #[track_caller]
    pub fn dump(&self) -> Result<String> {
        let capture = here(capture(self.lazy()?))?;
        let mut text = capture.graph.to_string();
        for (slot, value) in capture.params.iter().enumerate() {
            let _ = writeln!(text, "${slot} = {value}");
        }
        Ok(text)
    }

    /// The graph of what is pending in Graphviz's language: `dot -Tsvg` draws it. Evaluates nothing.
    ///
    /// ```
    /// assert!(ondine::arange(3).dot()?.starts_with("digraph"));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// That of a failed array.
    #[track_caller]
    pub fn dot(&self) -> Result<String> {
        Ok(here(capture(self.lazy()?))?.graph.to_dot())
    }

    /// A picture of the graph of what is pending, in SVG. Evaluates nothing.
    ///
    /// ```
    /// assert!(ondine::arange(3).svg()?.starts_with("<svg"));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// That of a failed array.
    #[track_caller]
    pub fn svg(&self) -> Result<String> {
        Ok(here(capture(self.lazy()?))?.graph.to_svg())
    }

    /// What a device makes of the pending graph. Compiles, but evaluates nothing.
    ///
    /// ```
    /// let story = (ondine::zeros([4]) + 1.0).explain(&ondine::Device::cpu())?;
    /// println!("{story}");
    /// assert!(story.before().contains("add"));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// That of a failed array; `Device` if the device cannot compile it.
    #[track_caller]
    pub fn explain(&self, device: &Device) -> Result<Explanation> {
        self.explain_with(device, &Options::default())
    }

    /// [`Array::explain`] under other licences.
    ///
    /// ```
    /// use ondine::{Device, Licences, Options, fft};
    /// let exact = Options { licences: Licences::EXACT, ..Options::default() };
    /// let story = fft::fft(&ondine::ones([8])).explain_with(&Device::cpu(), &exact)?;
    /// assert!(!story.to_string().contains(" fft 1"));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Array::explain`].
    #[track_caller]
    pub fn explain_with(&self, device: &Device, options: &Options) -> Result<Explanation> {
        here(explain(self.lazy()?, device, options))
    }
}

/// The story of a compilation. It prints as a whole: the graph as built; for every pass the rules it applied and the graph
/// after it, or `(unchanged)`; remarks, such as why neighbours were not fused; the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    stages: String,
    before: String,
    after: String,
    plan: String,
}

impl Explanation {
    /// The graph as built.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// The graph after the last pass.
    pub fn after(&self) -> &str {
        &self.after
    }

    /// The plan: steps, buffers, bytes moved, predicted peak; below it what the device's libraries took over.
    pub fn plan(&self) -> &str {
        &self.plan
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}{}", self.stages, self.plan)
    }
}

fn explain(lazy: &Lazy, device: &Device, options: &Options) -> Result<Explanation, Failure> {
    let capture = capture(lazy)?;
    let before = capture.graph.to_string();
    let (mut stages, mut after) = (String::new(), before.clone());
    let executable = device.backend().compile(&capture.graph, options, &mut |stage| {
        stages.push_str(&stage_text(stage));
        stages.push('\n');
        if stage.changed {
            after = stage.graph.to_string();
        }
    })?;
    counters::add(&counters::COMPILATIONS, 1);
    if stages.is_empty() {
        stages = format!("input\n{before}\n");
    }
    // A device may have made a program that runs often once more: then that is what will run.
    let known = known(lazy, device, options).filter(|known| known.notes() != executable.notes());
    let plan = plan_text(&**known.as_ref().unwrap_or(&executable))
        .unwrap_or_else(|| format!("no plan: {device} runs the graph as built, one op at a time\n"));
    Ok(Explanation { stages, before, after, plan })
}

/// The plan, and below it what the device's libraries took over.
fn plan_text(executable: &dyn Executable) -> Option<String> {
    let mut text = executable.plan()?.to_string();
    for note in executable.notes() {
        let _ = writeln!(text, "- {note}");
    }
    Some(text)
}

fn stage_text(stage: &Stage) -> String {
    let mut text = stage.name.to_string();
    if stage.name != "input" && !stage.changed {
        text.push_str(" (unchanged)");
    }
    let applied: Vec<String> = stage.applied.iter().map(ToString::to_string).collect();
    if !applied.is_empty() {
        let _ = write!(text, ": {}", applied.join(", "));
    }
    text.push('\n');
    if stage.name == "input" || stage.changed {
        text.push_str(&stage.graph.to_string());
    }
    if stage.work != stage.work_before {
        let (from, to) = (stage.work_before, stage.work);
        let _ = writeln!(
            text,
            "- transforms: {} lines become {}, {:.2} million operations {:.2}, {:.2} MB touched {:.2}",
            from.lines,
            to.lines,
            from.operations / 1e6,
            to.operations / 1e6,
            from.bytes / 1e6,
            to.bytes / 1e6,
        );
    }
    for remark in stage.remarks {
        let _ = writeln!(text, "- {remark}");
    }
    text
}

/// The directory that `ONDINE_DUMP` names: every compilation writes its stages there as numbered text files.
pub(crate) struct DumpDirectory {
    path: PathBuf,
    compilations: AtomicU64,
    complained: AtomicBool,
}

pub(crate) fn dump_directory() -> Option<&'static DumpDirectory> {
    static DIRECTORY: OnceLock<Option<DumpDirectory>> = OnceLock::new();
    let open = || {
        let path = std::env::var_os("ONDINE_DUMP").filter(|path| !path.is_empty())?;
        Some(DumpDirectory { path: path.into(), compilations: AtomicU64::new(0), complained: AtomicBool::new(false) })
    };
    DIRECTORY.get_or_init(open).as_ref()
}

impl DumpDirectory {
    pub(crate) fn compilation(&'static self, name: &str) -> DumpWriter {
        let number = self.compilations.fetch_add(1, Ordering::Relaxed) + 1;
        DumpWriter { directory: self, path: self.path.join(format!("{number:04}-{name}")), stages: 0 }
    }

    fn write(&self, path: &Path, name: &str, text: &str) {
        let result = std::fs::create_dir_all(path).and_then(|()| std::fs::write(path.join(name), text));
        if let Err(error) = result
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            eprintln!("ondine: ONDINE_DUMP: {}: {error}", path.display());
        }
    }
}

/// Writes the stages of one compilation.
pub(crate) struct DumpWriter {
    directory: &'static DumpDirectory,
    path: PathBuf,
    stages: usize,
}

impl DumpWriter {
    /// The graph of a device that compiles nothing.
    pub(crate) fn graph(&mut self, graph: &Graph) {
        if self.stages == 0 {
            self.directory.write(&self.path, "00-input.txt", &graph.to_string());
        }
    }

    pub(crate) fn stage(&mut self, stage: &Stage) {
        let name = format!("{:02}-{}.txt", self.stages, stage.name);
        self.directory.write(&self.path, &name, &stage_text(stage));
        self.stages += 1;
    }

    /// What the kernels are compiled from, and to.
    pub(crate) fn code(&self, code: Option<String>) {
        if let Some(code) = code {
            self.directory.write(&self.path, "code.txt", &code);
        }
    }

    pub(crate) fn plan(&self, executable: &dyn Executable) {
        if let Some(text) = plan_text(executable) {
            self.directory.write(&self.path, "plan.txt", &text);
        }
    }
}
