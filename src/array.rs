//! `Array`: a handle on a lazy node, or on the error that kept it from being built.

use crate::error::{Error, ErrorKind, Failure, Result, here};
use crate::evaluate::evaluate;
use crate::lazy::{Built, Lazy};
use crate::{DType, Device, Element, Options};
use ondine_ir::{Shape, Type};
use ondine_runtime::Buffer;
use std::sync::Arc;

/// A lazy array of any dtype and rank.
///
/// An array is a cheap handle: cloning it shares the node behind it. It is *pending* until it is evaluated, then *ready*;
/// *unplaced* until it meets a device, then *placed* there. An array that could not be built is *failed*: it carries the
/// error, with the place of the call, and so does everything computed from it.
///
/// ```
/// use ondine::{Array, Device};
/// let x = Array::from([1.0, 2.0, 3.0]);
/// let y = (&x * 2.0 + 1.0).sqrt();
/// let values: Vec<f64> = y.eval(&Device::reference())?.to_vec()?;
/// assert_eq!(values[0], 3f64.sqrt());
/// # Ok::<(), ondine::Error>(())
/// ```
#[derive(Clone)]
pub struct Array(pub(crate) Repr);

#[derive(Clone)]
pub(crate) enum Repr {
    Live(Lazy),
    Failed(Error),
}

impl Array {
    /// An array from what was built, or from why it was not.
    #[track_caller]
    pub(crate) fn settle(built: Built) -> Array {
        match built {
            Ok(lazy) => lazy.into(),
            Err(failure) => Array(Repr::Failed(Error::here(failure))),
        }
    }

    /// What a function builds from this array's node; a failed array stays what it is.
    #[track_caller]
    pub(crate) fn then(&self, build: impl FnOnce(&Lazy) -> Built) -> Array {
        match &self.0 {
            Repr::Live(lazy) => Array::settle(build(lazy)),
            Repr::Failed(_) => self.clone(),
        }
    }

    pub(crate) fn lazy(&self) -> Result<&Lazy> {
        match &self.0 {
            Repr::Live(lazy) => Ok(lazy),
            Repr::Failed(error) => Err(error.clone()),
        }
    }

    /// An array of the given shape from its elements in row-major order. The vector is adopted, not copied.
    ///
    /// - result: dtype of `T`, shape as given, unplaced, ready
    ///
    /// ```
    /// let x = ondine::Array::from_vec(vec![1u8, 2, 3, 4, 5, 6], [2, 3]);
    /// assert_eq!(x.shape()?, [2, 3].into());
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// Carried by the result: `Argument` if the number of elements is not that of the shape.
    #[track_caller]
    pub fn from_vec<T: Element>(values: Vec<T>, shape: impl Into<Shape>) -> Array {
        let ty = Type::new(T::DTYPE, shape);
        if !ty.is_addressable() || ty.shape.elements() != values.len() {
            let what = format!("{} elements do not fill {ty}", values.len());
            return Array::settle(Err(crate::error::argument("from_vec", what)));
        }
        Lazy::host(Buffer::host(ty, Arc::new(T::adopt(values)))).into()
    }

    /// The error of a failed array.
    ///
    /// ```
    /// let sum = ondine::zeros([3]) + ondine::zeros([4]);
    /// assert!(sum.check().is_err());
    /// ```
    pub fn check(&self) -> Result<()> {
        self.lazy().map(|_| ())
    }

    /// The extents, outermost axis first. Evaluates nothing.
    ///
    /// # Errors
    /// That of a failed array.
    pub fn shape(&self) -> Result<Shape> {
        Ok(self.lazy()?.shape().clone())
    }

    /// The element type. Evaluates nothing.
    ///
    /// # Errors
    /// That of a failed array.
    pub fn dtype(&self) -> Result<DType> {
        Ok(self.lazy()?.ty().dtype)
    }

    /// The number of axes. Evaluates nothing.
    ///
    /// # Errors
    /// That of a failed array.
    pub fn ndim(&self) -> Result<usize> {
        Ok(self.lazy()?.rank())
    }

    /// The number of elements. Evaluates nothing.
    ///
    /// # Errors
    /// That of a failed array.
    pub fn size(&self) -> Result<usize> {
        Ok(self.lazy()?.shape().elements())
    }

    /// The device that the array is placed on, `None` while any would do.
    ///
    /// # Errors
    /// That of a failed array.
    pub fn device(&self) -> Result<Option<Device>> {
        Ok(self.lazy()?.placed().cloned())
    }

    /// True if the value is there, so that reading it computes nothing.
    pub fn is_ready(&self) -> bool {
        self.lazy().is_ok_and(Lazy::is_ready)
    }

    /// Labels the array: data takes the name in dumps, a result gives it to its graph.
    ///
    /// All handles on the array see the name. It changes no value.
    ///
    /// ```
    /// let image = ondine::Array::from([1.0, 2.0]).named("image");
    /// assert!((&image + &image).dump()?.contains("add(%image, %image)"));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    pub fn named(&self, name: &str) -> Array {
        if let Repr::Live(lazy) = &self.0 {
            lazy.set_label(name);
        }
        self.clone()
    }

    /// Evaluates the array on a device: makes it ready and places it there, and returns it.
    ///
    /// Everything it depends on is computed as one graph; host data is uploaded once per device. A second evaluation costs
    /// nothing. What was computed on the way is not kept: evaluate several results of one computation with
    /// [`eval_all`](crate::eval_all), or evaluate the shared part first. Computations of more than 65,536 ops run in
    /// several parts. Many threads that evaluate one array compute it once.
    ///
    /// ```
    /// let x = ondine::arange(4).eval(&ondine::Device::reference())?;
    /// assert_eq!(x.to_vec::<i64>()?, [0, 1, 2, 3]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// That of a failed array; `Placement` if the array, or data it needs, is on another device; `Traced` inside
    /// [`compile`](crate::compile); `Device` if the device fails. The array stays pending then and can be evaluated again.
    #[track_caller]
    pub fn eval(&self, device: &Device) -> Result<Array> {
        let lazy = self.lazy()?;
        here(evaluate(std::slice::from_ref(lazy), Some(device), &Options::default()))?;
        Ok(self.clone())
    }

    /// [`Array::eval`] with a choice of what rewrites may assume: `Licences::EXACT` leaves the graph the bits of its ops run
    /// one by one.
    ///
    /// ```
    /// use ondine::{Array, Complex64, Device, Licences, Options, fft};
    /// let exact = Options { licences: Licences::EXACT, ..Options::default() };
    /// let spectrum = fft::fft(&Array::from([1.0, 2.0])).eval_with(&Device::cpu(), &exact)?;
    /// assert_eq!(spectrum.real().to_vec::<f64>()?, [3.0, -1.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Array::eval`].
    #[track_caller]
    pub fn eval_with(&self, device: &Device, options: &Options) -> Result<Array> {
        let lazy = self.lazy()?;
        here(evaluate(std::slice::from_ref(lazy), Some(device), options))?;
        Ok(self.clone())
    }

    /// The array on another device: the only way from one to another. The array itself where it is there already.
    ///
    /// - lazy: graphs are cut here; the copy is made when something that needs it is evaluated
    ///
    /// ```
    /// let x = ondine::zeros([2]).to(&ondine::Device::reference());
    /// assert_eq!(x.device()?, Some(ondine::Device::reference()));
    /// # Ok::<(), ondine::Error>(())
    /// ```
    #[track_caller]
    pub fn to(&self, device: &Device) -> Array {
        self.then(|x| match x.placed() == Some(device) {
            true => Ok(x.clone()),
            false => Ok(x.clone().transfer(device)),
        })
    }

    /// The elements in row-major order. Evaluates the array, if it is pending, on its device, else on
    /// [`Device::default`].
    ///
    /// ```
    /// assert_eq!((ondine::ones([2]) + 1.0).to_vec::<f64>()?, [2.0, 2.0]);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`eval`](Array::eval); `Element` if `T` is not the array's dtype.
    #[track_caller]
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        here(self.read("to_vec"))
    }

    /// The only element. Evaluates as [`to_vec`](Array::to_vec) does.
    ///
    /// ```
    /// assert_eq!(ondine::arange(5).sum().item::<i64>()?, 10);
    /// # Ok::<(), ondine::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_vec`](Array::to_vec); `Item` if there is not exactly one element.
    #[track_caller]
    pub fn item<T: Element>(&self) -> Result<T> {
        let operand = self.lazy()?.ty();
        if operand.shape.elements() != 1 {
            return Err(Error::here(ErrorKind::Item { operand: operand.clone() }));
        }
        let values = here(self.read("item"))?;
        Ok(*values.first().expect("an array of one element has a first"))
    }

    fn read<T: Element>(&self, op: &'static str) -> Result<Vec<T>, Failure> {
        let lazy = self.lazy()?;
        if T::DTYPE != lazy.ty().dtype {
            return Err(ErrorKind::Element { op, operand: lazy.ty().clone(), asked: T::DTYPE }.into());
        }
        Ok(T::read(self.value()?.bytes()))
    }
}

impl From<Lazy> for Array {
    fn from(lazy: Lazy) -> Array {
        Array(Repr::Live(lazy))
    }
}

/// Evaluates several arrays on a device as one graph, so that what they share is computed once.
///
/// ```
/// use ondine::{Array, Device};
/// let x = Array::from([3.0, 4.0]);
/// let square = x.square();
/// let (total, largest) = (square.sum(), square.max());
/// ondine::eval_all(&[&total, &largest], &Device::reference())?;
/// assert_eq!(total.item::<f64>()?, 25.0);
/// # Ok::<(), ondine::Error>(())
/// ```
///
/// # Errors
/// As [`Array::eval`]; then none of the arrays that were pending is ready.
#[track_caller]
pub fn eval_all(arrays: &[&Array], device: &Device) -> Result<()> {
    let roots = arrays.iter().map(|array| array.lazy().cloned()).collect::<Result<Vec<Lazy>>>()?;
    here(evaluate(&roots, Some(device), &Options::default()))
}
