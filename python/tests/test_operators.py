"""Operators against NumPy's, with arrays and numbers on both sides, and in place."""

import operator

import numpy as np
import ondine
import pytest
from cases_elementwise import pairs
from compare import ALL, BOOL, COMPLEX, INTEGERS, NUMERIC, REALS, check, to_ondine, values
from hypothesis import given, strategies as st

OPERATORS = {
    "+": (operator.add, ALL, "any", None),
    "-": (operator.sub, NUMERIC, "any", None),
    "*": (operator.mul, ALL, "small", None),
    "/": (operator.truediv, ALL, "small", "nonzero"),
    "//": (operator.floordiv, INTEGERS + REALS, "small", "nonzero"),
    "%": (operator.mod, INTEGERS + REALS, "small", "nonzero"),
    "**": (operator.pow, REALS, "above", "small"),
    "&": (operator.and_, BOOL + INTEGERS[:7], "any", None),
    "|": (operator.or_, BOOL + INTEGERS[:7], "any", None),
    "^": (operator.xor, BOOL + INTEGERS[:7], "any", None),
    "<<": (operator.lshift, INTEGERS[:4], "small", "count"),
    ">>": (operator.rshift, INTEGERS[:4], "any", "count"),
    "==": (operator.eq, ALL, "count", None),
    "!=": (operator.ne, ALL, "count", None),
    "<": (operator.lt, BOOL + INTEGERS + REALS, "small", None),
    "<=": (operator.le, BOOL + INTEGERS + REALS, "small", None),
    ">": (operator.gt, BOOL + INTEGERS + REALS, "small", None),
    ">=": (operator.ge, BOOL + INTEGERS + REALS, "small", None),
}


def close(got, want, sign):
    inexact = np.asarray(want).dtype.kind in "fc" and sign in ("/", "*", "**")
    check(got, want, 300.0 if sign == "**" else 8.0 if inexact else 0.0)


def expected(function, a, b, sign):
    """NumPy's result; where it computes narrow integers in half or single precision, that of double precision."""
    both = [np.asarray(x).dtype for x in (a, b) if isinstance(x, np.ndarray)]
    if sign == "/" and all(dtype.kind in "biu" for dtype in both):
        a, b = (np.asarray(x, "float64") if isinstance(x, np.ndarray) else x for x in (a, b))
    return function(a, b)


@pytest.mark.parametrize("sign", OPERATORS)
def test_operators_agree_with_numpy(sign):
    function, dtypes, domain, second = OPERATORS[sign]

    @given(pairs(dtypes, domain, second, True))
    def run(arguments):
        (a, b), _ = arguments
        with np.errstate(all="ignore"):
            want = expected(function, a, b, sign)
        close(function(to_ondine(a), to_ondine(b)), want, sign)

    run()


@pytest.mark.parametrize("sign", ["-", "abs", "~", "+"])
@given(seed=st.integers(0, 999), dtype=st.sampled_from(NUMERIC))
def test_signs_agree_with_numpy(sign, seed, dtype):
    if sign == "~" and dtype not in INTEGERS:
        return
    x = values(dtype, (2, 3), seed)
    function = {"-": operator.neg, "abs": abs, "~": operator.invert, "+": operator.pos}[sign]
    with np.errstate(all="ignore"):
        want = function(x)
    check(function(to_ondine(x)), want, 2.0 if want.dtype.kind == "f" else 0.0)


@given(st.sampled_from(["float32", "float64", "complex64", "complex128"]), st.floats(-5, 5))
def test_python_numbers_do_not_widen(dtype, number):
    x = values(dtype, (4,), 3, "small")
    check(to_ondine(x) + number, x + np.asarray(number, dtype), 2.0)
    check(number - to_ondine(x), np.asarray(number, dtype) - x, 2.0)
    assert (to_ondine(x) * 1j).dtype == (ondine.complex64 if dtype in ("float32", "complex64") else ondine.complex128)


def test_bool_with_a_number_and_integers_with_floats():
    assert (ondine.asarray([True]) + 1).dtype == ondine.int64
    assert (ondine.asarray([1], dtype=ondine.int8) * 2.5).dtype == ondine.float64
    assert (ondine.asarray([1], dtype=ondine.uint8) + 1).dtype == ondine.uint8
    assert (ondine.asarray([True]) & True).dtype == ondine.bool
    with pytest.raises(OverflowError, match="300 does not fit u8"):
        ondine.asarray([1], dtype=ondine.uint8) + 300


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "//", "%", "**", "&", "|", "^", "<<", ">>"])
def test_in_place_operators_rebind_every_name_of_the_handle(sign):
    function, dtypes, _, _ = OPERATORS[sign]
    dtype = "float64" if "float64" in dtypes else "int32"
    a, b = values(dtype, (3,), 1, "count") + 1, values(dtype, (3,), 2, "count") + 1
    x = to_ondine(a)
    same, before = x, x + 0
    in_place = {
        "+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "//": operator.ifloordiv,
        "%": operator.imod, "**": operator.ipow, "&": operator.iand, "|": operator.ior, "^": operator.ixor,
        "<<": operator.ilshift, ">>": operator.irshift,
    }[sign]  # fmt: skip
    x = in_place(x, to_ondine(b))
    assert x is same
    close(same, function(a, b), sign)
    check(before, a)


def test_in_place_operators_keep_dtype_and_shape():
    x = ondine.zeros(3, dtype=ondine.int32)
    with pytest.raises(TypeError, match="the result is float64, and int32 stays"):
        x += 0.5
    with pytest.raises(ValueError, match="the result has shape \\[2, 3\\], and \\[3\\] stays"):
        x += ondine.zeros((2, 3), dtype=ondine.int32)
    with pytest.raises(TypeError, match="no operand"):
        x += "a"
    check(x, np.zeros(3, "int32"))


def test_numpy_leaves_operators_to_ondine():
    x, y = np.arange(3.0), ondine.ones(3)
    for result in (x + y, y + x, np.float64(2) * y, np.float32(2) * y, x[0] - y, y == x):
        assert isinstance(result, ondine.Array)
    check(x + y, np.arange(3.0) + 1)


def test_strangers_are_no_operands():
    x = ondine.zeros(2)
    for bad in ("a", None, [1, 2], object()):
        with pytest.raises(TypeError):
            x + bad
        with pytest.raises(TypeError):
            bad + x
    assert (x == "a") is False and (x != "a") is True
    with pytest.raises(TypeError, match="modulus"):
        pow(x, 2, 3)


@given(st.sampled_from(COMPLEX), st.sampled_from([operator.lt, operator.ge]))
def test_complex_numbers_have_no_order(dtype, function):
    with pytest.raises(TypeError, match="complex|c64|c128"):
        function(to_ondine(values(dtype, (2,), 0)), 1)
