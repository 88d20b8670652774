//! Functions of arrays that are built and compiled once and called many times.
//!
//! A call with new dtypes, shapes or device runs the function on placeholders and compiles what it builds; every other call
//! only runs. Arrays that the function captures become hidden inputs.

use crate::capture::Walk;
use crate::error::{ErrorKind, Failure, argument, here};
use crate::evaluate::{check_placement, complete_transfers, evaluate, input_buffers, run_executable, scalar_buffer};
use crate::lazy::{Body, Lazy};
use crate::program::with_program;
use crate::{Array, Device, Result, progress};
use ondine_ir::{Scalar, Type};
use ondine_runtime::{Buffer, Executable, Meter, Options};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

/// What a compiled function returns: an array, `[Array; M]` or `Vec<Array>`.
pub trait Results {
    #[doc(hidden)]
    fn into_arrays(self) -> Vec<Array>;
    #[doc(hidden)]
    fn from_arrays(arrays: Vec<Array>) -> Self;
}

impl Results for Array {
    fn into_arrays(self) -> Vec<Array> {
        vec![self]
    }
    fn from_arrays(mut arrays: Vec<Array>) -> Array {
        arrays.pop().expect("one array went in")
    }
}

impl<const M: usize> Results for [Array; M] {
    fn into_arrays(self) -> Vec<Array> {
        self.into()
    }
    fn from_arrays(arrays: Vec<Array>) -> [Array; M] {
        arrays.try_into().unwrap_or_else(|_| unreachable!("as many arrays went in"))
    }
}

impl Results for Vec<Array> {
    fn into_arrays(self) -> Vec<Array> {
        self
    }
    fn from_arrays(arrays: Vec<Array>) -> Vec<Array> {
        arrays
    }
}

/// A function of `N` arrays that is compiled once per dtypes, shapes and device of its arguments; see [`compile`].
pub struct Compiled<const N: usize, R, F> {
    function: F,
    options: Options,
    /// Searched from the end; a function meets few types.
    programs: RwLock<Vec<(Key, Arc<Slot>)>>,
    result: PhantomData<fn() -> R>,
}

struct Key {
    arguments: Vec<Type>,
    device: Device,
}

impl Key {
    fn is(&self, arguments: &[Lazy], device: &Device) -> bool {
        self.device == *device && self.arguments.iter().eq(arguments.iter().map(Lazy::ty))
    }
}

#[derive(Default)]
struct Slot {
    program: OnceLock<Arc<Program>>,
    /// Held while the program is made.
    making: Mutex<()>,
}

struct Program {
    executable: Arc<dyn Executable>,
    /// What the function captured.
    inputs: Vec<Lazy>,
    params: Vec<Scalar>,
}

/// Fixes a function of arrays, to be called many times without building its graph again.
///
/// The function runs once per dtypes, shapes and device of its arguments, on placeholders without values. Evaluating
/// those is an error. Ready arrays that it captures are hidden inputs, numbers keep the values they had then. A function
/// that depends on anything else than its arguments keeps what it saw.
///
/// ```
/// use ondine::{Array, Device, compile};
/// let norm = compile(|[x, y]| (x.square() + y.square()).sqrt());
/// let (x, y) = (Array::from([3.0, 5.0]), Array::from([4.0, 12.0]));
/// assert_eq!(norm.call([&x, &y], &Device::reference())?.to_vec::<f64>()?, [5.0, 13.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
pub fn compile<const N: usize, R, F>(function: F) -> Compiled<N, R, F>
where
    R: Results,
    F: Fn([Array; N]) -> R,
{
    compile_with(function, Options::default())
}

/// [`compile`] with a choice of what rewrites may assume.
///
/// ```
/// use ondine::{Array, Device, Licences, Options, compile_with, fft};
/// let exact = Options { licences: Licences::EXACT, ..Options::default() };
/// let power = compile_with(|[x]: [Array; 1]| fft::fft(&x).abs().square(), exact);
/// let x = Array::from([3.0, 4.0]);
/// assert_eq!(power.call([&x], &Device::reference())?.to_vec::<f64>()?, [49.0, 1.0]);
/// # Ok::<(), ondine::Error>(())
/// ```
pub fn compile_with<const N: usize, R, F>(function: F, options: Options) -> Compiled<N, R, F>
where
    R: Results,
    F: Fn([Array; N]) -> R,
{
    Compiled { function, options, programs: RwLock::default(), result: PhantomData }
}

impl<const N: usize, R: Results, F: Fn([Array; N]) -> R> Compiled<N, R, F> {
    /// Runs the function on a device; pending arguments are evaluated there first.
    ///
    /// - result: ready arrays, placed on the device
    ///
    /// # Errors
    /// Those of failed arguments and of what the function builds; `Placement` if an argument is on another device; `Traced`
    /// if the function evaluates its arguments; `Device` if the device fails.
    #[track_caller]
    pub fn call(&self, arguments: [&Array; N], device: &Device) -> Result<R> {
        here(self.run(arguments, device))
    }

    fn run(&self, arguments: [&Array; N], device: &Device) -> Result<R, Failure> {
        let arguments = arguments.iter().map(|array| array.lazy().cloned()).collect::<Result<Vec<Lazy>>>()?;
        let results = self.program(&arguments, device)?.run(&arguments, device)?;
        Ok(R::from_arrays(results.into_iter().map(Array::from).collect()))
    }

    /// The program for these arguments; threads that need the same one compile it once.
    fn program(&self, arguments: &[Lazy], device: &Device) -> Result<Arc<Program>, Failure> {
        let slot = self.slot(arguments, device);
        if let Some(program) = slot.program.get() {
            return Ok(program.clone());
        }
        let _making = slot.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = slot.program.get() {
            return Ok(program.clone());
        }
        let program = Arc::new(self.trace(arguments, device)?);
        Ok(slot.program.get_or_init(|| program).clone())
    }

    fn slot(&self, arguments: &[Lazy], device: &Device) -> Arc<Slot> {
        let find = |slots: &[(Key, Arc<Slot>)]| {
            slots.iter().rev().find(|(key, _)| key.is(arguments, device)).map(|(_, slot)| slot.clone())
        };
        if let Some(slot) = find(&self.programs.read().unwrap_or_else(PoisonError::into_inner)) {
            return slot;
        }
        let mut slots = self.programs.write().unwrap_or_else(PoisonError::into_inner);
        find(&slots).unwrap_or_else(|| {
            let arguments = arguments.iter().map(|argument| argument.ty().clone()).collect();
            slots.push((Key { arguments, device: device.clone() }, Arc::default()));
            slots[slots.len() - 1].1.clone()
        })
    }

    fn trace(&self, arguments: &[Lazy], device: &Device) -> Result<Program, Failure> {
        let placeholders = placeholders(arguments, device);
        let built = (self.function)(std::array::from_fn(|at| placeholders[at].clone().into())).into_arrays();
        Program::new(arguments, &placeholders, &built, device, &self.options)
    }
}

/// A function of arrays that is compiled for the dtypes, shapes and device of some arguments; see [`compile_for`].
pub struct Fixed {
    key: Key,
    program: Program,
}

/// Fixes a function for the dtypes, shapes and device of some arguments, however many, at once: what [`compile`] does at
/// the first call. For callers that keep what they compiled themselves, such as other languages.
///
/// The function runs once, on placeholders; what it returns as an error is passed on.
///
/// ```
/// use ondine::{Array, Device, Options, compile_for};
/// let (x, y) = (Array::from([3.0]), Array::from([4.0]));
/// let device = Device::reference();
/// let sum = compile_for(&[&x, &y], &device, Options::default(), |a| Ok::<_, ondine::Error>(vec![&a[0] + &a[1]]))?;
/// assert!(sum.fits(&[&y, &x], &device));
/// assert_eq!(sum.call(&[&y, &x])?[0].item::<f64>()?, 7.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// Those of [`Compiled::call`], and the function's own.
#[track_caller]
pub fn compile_for<E: From<crate::Error>>(
    arguments: &[&Array],
    device: &Device,
    options: Options,
    function: impl FnOnce(Vec<Array>) -> Result<Vec<Array>, E>,
) -> Result<Fixed, E> {
    let arguments = arguments.iter().map(|array| array.lazy().cloned()).collect::<Result<Vec<Lazy>>>()?;
    let placeholders = placeholders(&arguments, device);
    let built = function(placeholders.iter().cloned().map(Array::from).collect())?;
    let program = here(Program::new(&arguments, &placeholders, &built, device, &options))?;
    let arguments = arguments.iter().map(|argument| argument.ty().clone()).collect();
    Ok(Fixed { key: Key { arguments, device: device.clone() }, program })
}

impl Fixed {
    /// True for arguments of the dtypes and shapes that the function was compiled for, and the same device.
    pub fn fits(&self, arguments: &[&Array], device: &Device) -> bool {
        let types = arguments.iter().map(|array| array.lazy().ok().map(Lazy::ty));
        self.key.device == *device && self.key.arguments.iter().map(Some).eq(types)
    }

    /// Runs the function; pending arguments are evaluated first.
    ///
    /// # Errors
    /// Those of [`Compiled::call`]; `Argument` if the arguments have not the dtypes and shapes that it was compiled for.
    #[track_caller]
    pub fn call(&self, arguments: &[&Array]) -> Result<Vec<Array>> {
        here(self.run(arguments))
    }

    fn run(&self, arguments: &[&Array]) -> Result<Vec<Array>, Failure> {
        let arguments = arguments.iter().map(|array| array.lazy().cloned()).collect::<Result<Vec<Lazy>>>()?;
        if !self.key.is(&arguments, &self.key.device) {
            let given: Vec<String> = arguments.iter().map(|argument| argument.ty().to_string()).collect();
            let wanted: Vec<String> = self.key.arguments.iter().map(Type::to_string).collect();
            let what = format!("({}) are given to a function of ({})", given.join(", "), wanted.join(", "));
            return Err(argument("call", what));
        }
        let results = self.program.run(&arguments, &self.key.device)?;
        Ok(results.into_iter().map(Array::from).collect())
    }
}

/// Stand-ins for arguments, which have no values.
fn placeholders(arguments: &[Lazy], device: &Device) -> Vec<Lazy> {
    arguments.iter().map(|argument| Lazy::placeholder(argument.ty().clone(), Some(device.clone()))).collect()
}

impl Program {
    /// Compiles what a function built from placeholders for these arguments.
    fn new(
        arguments: &[Lazy],
        placeholders: &[Lazy],
        built: &[Array],
        device: &Device,
        options: &Options,
    ) -> Result<Program, Failure> {
        let results = built.iter().map(|array| array.lazy().cloned()).collect::<Result<Vec<Lazy>>>()?;
        progress::over(|| complete_transfers(&results))?;
        for result in &results {
            check_placement(result, device)?;
        }
        for (placeholder, label) in placeholders.iter().zip(arguments.iter().map(Lazy::label)) {
            placeholder.set_label(&label.unwrap_or_default());
        }
        let order = Walk::from(&results, false).order;
        with_program(
            || "main".to_string(),
            placeholders,
            &order,
            &results,
            device,
            options,
            |executable, linear| {
                let (inputs, params) = (linear.inputs.clone(), linear.params.clone());
                if let Some(stranger) = inputs.iter().find(|input| !input.is_ready()) {
                    return Err(ErrorKind::Traced { op: "compile", operand: stranger.ty().clone() }.into());
                }
                Ok(Program { executable: executable.clone(), inputs, params })
            },
        )
    }

    fn run(&self, arguments: &[Lazy], device: &Device) -> Result<Vec<Lazy>, Failure> {
        let mut buffers = argument_buffers(arguments, device)?;
        buffers.extend(input_buffers(&self.inputs, device)?);
        let name = || "compiled".to_string();
        let run = |meter: &mut Meter| run_executable(&*self.executable, &buffers, &self.params, meter, name);
        let results = progress::over(|| progress::heard(0, name, run))?;
        Ok(results.into_iter().map(|buffer| Lazy::ready(buffer, device)).collect())
    }
}

fn argument_buffers(arguments: &[Lazy], device: &Device) -> Result<Vec<Buffer>, Failure> {
    for argument in arguments {
        check_placement(argument, device)?;
    }
    // The usual case: everything is there already.
    let ready: Option<Vec<Result<Buffer, Failure>>> =
        arguments.iter().map(|argument| argument.buffer_on(device)).collect();
    if let Some(buffers) = ready {
        return buffers.into_iter().collect();
    }
    let is_pending = |lazy: &&Lazy| lazy.read(|body| !matches!(body, Body::Ready(_) | Body::Scalar(_)));
    let pending: Vec<Lazy> = arguments.iter().filter(is_pending).cloned().collect();
    if !pending.is_empty() {
        evaluate(&pending, Some(device), &Options::default())?;
    }
    let buffer = |argument: &Lazy| {
        let scalar = argument.read(|body| match body {
            Body::Scalar(scalar) => Some(*scalar),
            _ => None,
        });
        match (scalar, argument.buffer_on(device)) {
            (Some(scalar), _) => Ok(device.backend().upload(&scalar_buffer(scalar)?)?),
            (None, Some(buffer)) => buffer,
            (None, None) => Err(ErrorKind::Traced { op: "call", operand: argument.ty().clone() }.into()),
        }
    };
    arguments.iter().map(buffer).collect()
}
