"""What elementwise functions are compared with: NumPy's, on operands of the dtype that the standard computes in."""

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
from compare import ALL, BOOL, COMPLEX, INTEGERS, NUMERIC, REALS, arrays, seeds, values


def floating(dtype):
    return dtype if dtype.kind in "fc" else np.dtype("float64")


def unary(function, dtypes=tuple(ALL), domain="any", ulps=0.0, to=None):
    """A case: `to` converts the dtype to that of the computation."""

    @st.composite
    def arguments(draw):
        return (draw(arrays(dtypes, domain)),), {}

    def reference(x):
        return function(x.astype(to(x.dtype)) if to else x)

    return arguments(), reference, ulps


def transcendental(function, dtypes=tuple(ALL), domain="any", ulps=4.0):
    def wide(x):
        # Single precision is computed in double and rounded.
        result = function(x.astype({"f": "f8", "F": "c16"}.get(x.dtype.char, x.dtype)))
        return result.astype(x.dtype)

    return unary(wide, dtypes, domain, ulps, floating)


@st.composite
def pairs(draw, dtypes, domain, second, python_numbers):
    """Two operands that broadcast; sometimes one is a Python number."""
    dtypes = st.sampled_from(dtypes)
    one, two = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4, min_side=0), None
    one, two = draw(one).input_shapes
    a = values(draw(dtypes), one, draw(seeds), domain)
    b = values(draw(dtypes), two, draw(seeds), second or domain)
    if python_numbers:
        which = draw(st.sampled_from(["arrays", "arrays", "left", "right"]))
        number = lambda x: values(x.dtype, (), draw(seeds), "count" if x.dtype.kind in "iu" else second or domain).item()
        if which == "left":
            a = number(b)
        if which == "right":
            b = number(a)
    return (a, b), {}


def binary(function, dtypes=tuple(ALL), domain="any", second=None, ulps=0.0, to=None, python_numbers=True):
    def reference(a, b):
        common = np.result_type(a, b)
        if to:
            common = to(common)
        return function(np.asarray(a, common), np.asarray(b, common))

    return pairs(list(dtypes), domain, second, python_numbers), reference, ulps


def in_double(function):
    def wide(a, b):
        double = {"f": "f8", "F": "c16"}.get(a.dtype.char, a.dtype)
        return function(a.astype(double), b.astype(double)).astype(a.dtype)

    return wide


@st.composite
def clips(draw):
    x = draw(arrays(INTEGERS + REALS, "small"))
    low, high = sorted(draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
    low, high = draw(st.sampled_from([(low, high), (None, high), (low, None)]))
    if draw(st.booleans()) and low is not None:
        low = np.asarray(low, x.dtype)
    return (x,), {"min": low, "max": high}


def clip(x, min, max):
    return x.copy() if min is None and max is None else np.clip(x, min, max).astype(x.dtype)


@st.composite
def casts(draw):
    x = draw(arrays(ALL, "small"))
    kinds = ALL if x.dtype.kind != "c" else COMPLEX
    return (x, np.dtype(draw(st.sampled_from(kinds)))), {}


def cast(x, dtype):
    if x.dtype.kind == "f" and dtype.kind in "iu":
        # Out of range saturates.
        info = np.iinfo(dtype)
        x = np.clip(np.trunc(x), max(info.min, -1000), min(info.max, 1000))
    return x.astype(dtype)


CASES = {
    "abs": unary(lambda x: np.abs(x), NUMERIC, ulps=2.0),
    "acos": transcendental(np.arccos, REALS + COMPLEX, "unit"),
    "acosh": transcendental(np.arccosh, REALS + COMPLEX, "above"),
    "add": binary(np.add),
    "asin": transcendental(np.arcsin, REALS + COMPLEX, "unit"),
    "asinh": transcendental(np.arcsinh, ALL, "small"),
    "astype": (casts(), cast, 0.0),
    "atan": transcendental(np.arctan, ALL, "small"),
    "atan2": binary(in_double(np.arctan2), INTEGERS + REALS, to=floating, ulps=4.0),
    "atanh": transcendental(np.arctanh, REALS + COMPLEX, "unit"),
    "bitwise_and": binary(np.bitwise_and, BOOL + INTEGERS[:7]),
    "bitwise_invert": unary(np.bitwise_invert, BOOL + INTEGERS),
    "bitwise_left_shift": binary(np.left_shift, INTEGERS[:4], second="count"),
    "bitwise_or": binary(np.bitwise_or, BOOL + INTEGERS[:7]),
    "bitwise_right_shift": binary(np.right_shift, INTEGERS[:4], second="count"),
    "bitwise_xor": binary(np.bitwise_xor, BOOL + INTEGERS[:7]),
    "ceil": unary(np.ceil, INTEGERS + REALS),
    "clip": (clips(), clip, 0.0),
    "conj": unary(np.conj, NUMERIC),
    "copysign": binary(np.copysign, INTEGERS + REALS, to=floating),
    "cos": transcendental(np.cos),
    "cosh": transcendental(np.cosh, ALL, "small"),
    "divide": binary(np.divide, ALL, domain="small", second="nonzero", to=floating, ulps=6.0),
    "equal": binary(np.equal, domain="count"),
    "exp": transcendental(np.exp, ALL, "small"),
    "expm1": transcendental(np.expm1, BOOL + INTEGERS + REALS, "small"),
    "floor": unary(np.floor, INTEGERS + REALS),
    "floor_divide": binary(np.floor_divide, INTEGERS + REALS, domain="small", second="nonzero"),
    "greater": binary(np.greater, BOOL + INTEGERS + REALS),
    "greater_equal": binary(np.greater_equal, BOOL + INTEGERS + REALS),
    "hypot": binary(in_double(np.hypot), INTEGERS + REALS, to=floating, ulps=4.0),
    "imag": unary(np.imag, NUMERIC),
    "isfinite": unary(np.isfinite),
    "isinf": unary(np.isinf),
    "isnan": unary(np.isnan),
    "less": binary(np.less, BOOL + INTEGERS + REALS),
    "less_equal": binary(np.less_equal, BOOL + INTEGERS + REALS),
    "log": transcendental(np.log),
    "log10": transcendental(np.log10),
    "log1p": transcendental(np.log1p, BOOL + INTEGERS + REALS, "positive"),
    "log2": transcendental(np.log2),
    "logaddexp": binary(in_double(np.logaddexp), INTEGERS[:2] + REALS, domain="small", to=floating, ulps=8.0),
    "logical_and": binary(np.logical_and),
    "logical_not": unary(np.logical_not),
    "logical_or": binary(np.logical_or),
    "logical_xor": binary(np.logical_xor),
    "maximum": binary(np.maximum, BOOL + INTEGERS + REALS),
    "minimum": binary(np.minimum, BOOL + INTEGERS + REALS),
    "multiply": binary(np.multiply, domain="small", ulps=6.0, dtypes=REALS + COMPLEX),
    "negative": unary(np.negative, NUMERIC),
    "nextafter": binary(np.nextafter, REALS),
    "not_equal": binary(np.not_equal, domain="count"),
    "positive": unary(np.positive, NUMERIC),
    "pow": binary(in_double(np.power), REALS + COMPLEX, domain="above", second="small", ulps=400.0),
    "real": unary(np.real, NUMERIC),
    "reciprocal": unary(lambda x: 1 / x, NUMERIC, "nonzero", 6.0, floating),
    "remainder": binary(np.remainder, INTEGERS + REALS, domain="small", second="nonzero"),
    "round": unary(np.round, NUMERIC),
    "sign": unary(np.sign, NUMERIC, "nonzero", 6.0),
    "signbit": unary(np.signbit, INTEGERS + REALS),
    "sin": transcendental(np.sin),
    "sinh": transcendental(np.sinh, ALL, "small"),
    "sqrt": transcendental(np.sqrt),
    "square": unary(np.square, NUMERIC, "small", 6.0),
    "subtract": binary(np.subtract, NUMERIC),
    "tan": transcendental(np.tan, ALL, "small"),
    "tanh": transcendental(np.tanh, ALL, "small"),
    "trunc": unary(np.trunc, INTEGERS + REALS),
}
