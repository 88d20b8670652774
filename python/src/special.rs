//! Special functions, under SciPy's names.

use crate::functions::functions;
use crate::operand::Input;

functions! {
    /// Cube root of real numbers.
    cbrt(x, /) |x: Input| x.cbrt();

    /// Error function of real numbers.
    erf(x, /) |x: Input| x.erf();

    /// Complementary error function of real numbers.
    erfc(x, /) |x: Input| x.erfc();

    /// 2 to the power `x`.
    exp2(x, /) |x: Input| x.exp2();
}
