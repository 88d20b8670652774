//! The inverse of the error function.

use super::tables::{ERFINV_CENTRE, ERFINV_FAR, ERFINV_TAIL};
use super::{chebyshev, number, real};
use crate::Array;

real! {
    erfinv "Inverse of the error function; infinite at -1 and 1, NaN outside." "8 eps" "0.5" "0.4769362762044699"
        |x| inverse(x);
}

fn inverse(x: &Array) -> Array {
    let size = x.abs();
    let square = (x * x).minimum(0.5625);
    let centre = x * chebyshev(&(square * number(2.0 / 0.5625) - number(1.0)), &ERFINV_CENTRE);
    // 1 - |x| is exact where this is used.
    let rest = number(1.0) - &size;
    let depth = (-rest.maximum(f64::MIN_POSITIVE).log()).sqrt();
    let tail = chebyshev(&((depth.minimum(3.0) - number(1.177)) * number(2.0 / 1.823) - number(1.0)), &ERFINV_TAIL);
    let far =
        chebyshev(&((depth.maximum(3.0).minimum(6.2) - number(3.0)) * number(2.0 / 3.2) - number(1.0)), &ERFINV_FAR);
    let outer = depth.less(3.0).where_(&tail, &far).copysign(x);
    let edge = number(f64::INFINITY).copysign(x);
    let outside = size.greater(1.0).where_(f64::NAN, size.equal(1.0).where_(&edge, &outer));
    size.less(0.75).logical_or(x.isnan()).where_(&centre, &outside)
}
