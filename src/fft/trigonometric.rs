//! Cosine and sine transforms of the kinds 1 to 4.

use super::Norm;
use super::cosine::Cosine;
use super::lines::lines_of;
use crate::Array;
use crate::lazy::{Built, Lazy, axis_of};

/// The kind of a cosine or sine transform: where the symmetric extension has its centres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DctKind {
    /// At the end points, for sines one before and behind them.
    I,
    /// Halfway before and behind the end points.
    #[default]
    II,
    /// The transposed of [`DctKind::II`].
    III,
    /// Halfway on both sides, in both domains.
    IV,
}

impl DctKind {
    /// The kind that undoes this one.
    pub(super) fn partner(self) -> DctKind {
        match self {
            DctKind::II => DctKind::III,
            DctKind::III => DctKind::II,
            own => own,
        }
    }
}

/// Options of cosine and sine transforms along one axis.
#[derive(Clone, Copy, Debug)]
pub struct DctOptions {
    /// The kind.
    pub kind: DctKind,
    /// Length of the transform; that of the axis by default.
    pub n: Option<usize>,
    /// The axis; the last by default.
    pub axis: i64,
    /// The scaling, with the logical length `L` for `N`: `2 (n - 1)` for [`dct()`] of kind 1, `2 (n + 1)` for [`dst()`] of kind
    /// 1, `2 n` else.
    pub norm: Norm,
    /// Whether end points are weighted by `sqrt(2)`, so that the matrix is orthogonal up to its scale. By default they are
    /// under [`Norm::Ortho`].
    pub orthogonalize: Option<bool>,
}

impl Default for DctOptions {
    fn default() -> DctOptions {
        DctOptions { kind: DctKind::II, n: None, axis: -1, norm: Norm::Backward, orthogonalize: None }
    }
}

impl From<DctKind> for DctOptions {
    fn from(kind: DctKind) -> DctOptions {
        DctOptions { kind, ..DctOptions::default() }
    }
}

/// Options of cosine and sine transforms along several axes.
#[derive(Clone, Debug, Default)]
pub struct DctnOptions {
    /// The kind.
    pub kind: DctKind,
    /// Lengths of the transforms, -1 for that of the axis. Without `axes` they belong to the last axes.
    pub s: Option<Vec<i64>>,
    /// The axes; all by default.
    pub axes: Option<Vec<i64>>,
    /// The scaling, as in [`DctOptions`].
    pub norm: Norm,
    /// As in [`DctOptions`].
    pub orthogonalize: Option<bool>,
}

impl From<DctKind> for DctnOptions {
    fn from(kind: DctKind) -> DctnOptions {
        DctnOptions { kind, ..DctnOptions::default() }
    }
}

/// Which of the four families a function belongs to.
#[derive(Clone, Copy)]
struct Family {
    op: &'static str,
    sine: bool,
    inverse: bool,
}

impl Family {
    fn along_one(self, x: &Lazy, options: &DctOptions) -> Built {
        let axis = axis_of(self.op, options.axis, x.ty())?;
        let len = options.n.unwrap_or(x.shape()[axis]);
        let &DctOptions { kind, norm, orthogonalize, .. } = options;
        Cosine::new(kind, self.sine, self.inverse, norm, orthogonalize, len).along(self.op, x, axis, len)
    }

    fn along_several(self, x: &Lazy, options: &DctnOptions) -> Built {
        let mut lines = lines_of(self.op, x, options.s.as_deref(), options.axes.as_deref(), false)?;
        // An inverse begins with the axis that the transform before it ended with, so that the two share a sweep.
        if !self.inverse {
            lines.reverse();
        }
        let &DctnOptions { kind, norm, orthogonalize, .. } = options;
        lines.iter().try_fold(x.clone(), |x, &(axis, len)| {
            Cosine::new(kind, self.sine, self.inverse, norm, orthogonalize, len).along(self.op, &x, axis, len)
        })
    }
}

macro_rules! family {
    ($options:ident $along:ident; $($name:ident $with:ident $sine:literal $inverse:literal $doc:literal $example:literal;)*) => {$(
        #[doc = $doc]
        ///
        #[doc = concat!("Kind 2, not the others: [`", stringify!($with), "`] takes the kind, other lengths, axes and scalings.")]
        ///
        /// - `x`: real `[.., N]`; the parts of complex numbers are transformed one by one; integers and bool in `f64`
        /// - result: same shape and floating dtype
        /// - lazy: adds nodes, evaluates nothing
        ///
        /// ```
        /// use ondine::{Array, fft};
        #[doc = concat!("let y = fft::", stringify!($name), "(&Array::from(", $example, ";")]
        /// # Ok::<(), ondine::Error>(())
        /// ```
        ///
        /// # Errors
        /// Carried by the result: `Axis` if an axis does not exist; `Argument` if a line is empty.
        ///
        #[doc = concat!("Source: `scipy.fft.", stringify!($name), "`.")]
        #[track_caller]
        pub fn $name(x: &Array) -> Array {
            $with(x, $options::default())
        }

        #[doc = concat!("[`", stringify!($name), "`] of another kind, with other lengths, axes or scaling; a [`DctKind`] is options too.")]
        ///
        /// ```
        #[doc = concat!("use ondine::fft::{", stringify!($with), ", DctKind, Norm, ", stringify!($options), "};")]
        /// let x = ondine::ones([4, 4]);
        #[doc = concat!(stringify!($with), "(&x, DctKind::IV).check()?;")]
        #[doc = concat!("let options = ", stringify!($options), " { norm: Norm::Ortho, ..DctKind::I.into() };")]
        #[doc = concat!(stringify!($with), "(&x, options).check()?;")]
        /// # Ok::<(), ondine::Error>(())
        /// ```
        ///
        /// # Errors
        #[doc = concat!("As [`", stringify!($name), "`]; `RepeatedAxis`; `Argument` if lengths and axes differ in number, or for one point of a cosine transform of kind 1.")]
        #[track_caller]
        pub fn $with(x: &Array, options: impl Into<$options>) -> Array {
            let family = Family { op: stringify!($name), sine: $sine, inverse: $inverse };
            let options = options.into();
            x.then(|x| family.$along(x, &options))
        }
    )*};
}

family! { DctOptions along_one;
    dct dct_with false false "Discrete cosine transform: `y[k] = 2 sum over j of x[j] cos(pi k (2j + 1) / 2N)`."
        "[1.0, 1.0])); assert_eq!(y.round().to_vec::<f64>()?, [4.0, 0.0])";
    idct idct_with false true "Inverse of [`dct()`]: `x[j] = (y[0] + 2 sum over k of y[k] cos(pi k (2j + 1) / 2N)) / 2N`."
        "[4.0, 0.0])); assert_eq!(y.round().to_vec::<f64>()?, [1.0, 1.0])";
    dst dst_with true false "Discrete sine transform: `y[k] = 2 sum over j of x[j] sin(pi (k + 1) (2j + 1) / 2N)`."
        "[1.0, -1.0])); assert_eq!(y.round().to_vec::<f64>()?, [0.0, 4.0])";
    idst idst_with true true "Inverse of [`dst()`]: `x[j] = ((-1)^j y[N-1] + 2 sum over k of y[k] sin(pi (k + 1) (2j + 1) / 2N)) / 2N`."
        "[0.0, 4.0])); assert_eq!(y.round().to_vec::<f64>()?, [1.0, -1.0])";
}

family! { DctnOptions along_several;
    dctn dctn_with false false "[`dct()`] along every axis."
        "[[1.0, 1.0], [1.0, 1.0]])); assert_eq!(y.round().to_vec::<f64>()?, [16.0, 0.0, 0.0, 0.0])";
    idctn idctn_with false true "[`idct()`] along every axis."
        "[[16.0, 0.0], [0.0, 0.0]])); assert_eq!(y.round().to_vec::<f64>()?, [1.0; 4])";
    dstn dstn_with true false "[`dst()`] along every axis."
        "[[1.0, -1.0], [-1.0, 1.0]])); assert_eq!(y.round().to_vec::<f64>()?, [0.0, 0.0, 0.0, 16.0])";
    idstn idstn_with true true "[`idst()`] along every axis."
        "[[0.0, 0.0], [0.0, 16.0]])); assert_eq!(y.round().to_vec::<f64>()?, [1.0, -1.0, -1.0, 1.0])";
}
