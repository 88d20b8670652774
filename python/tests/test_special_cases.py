"""Special cases that the standard lists beyond IEEE 754, signs of zeros included, on short arrays and on long ones."""

import math

import numpy as np
import ondine
import pytest

inf, nan, pi = math.inf, math.nan, math.pi
# Large arrays run compiled code, small ones are interpreted.
SIZES = [1, 5000]

REAL = {
    "floor_divide": [
        (1, 0, inf), (1, -0.0, -inf), (-1, 0, -inf), (0, 0, nan), (inf, 2, inf), (inf, -2, -inf), (-inf, 2, -inf),
        (inf, inf, nan), (2, inf, 0), (2, -inf, -0.0), (-2, inf, -0.0), (-2, -inf, 0), (0, 2, 0), (0, -2, -0.0),
        (-0.0, 2, -0.0), (-0.0, -2, 0), (0, inf, 0), (-0.0, inf, -0.0), (nan, 1, nan), (1, nan, nan), (-0.0, -inf, 0),
        (0, -inf, -0.0), (inf, 0, inf), (inf, -0.0, -inf), (-inf, 0, -inf),
    ],
    "remainder": [
        (0, -3, -0.0), (-0.0, 3, 0), (2, inf, 2), (2, -inf, -inf), (-2, inf, inf), (-2, -inf, -2), (inf, 1, nan),
        (1, 0, nan), (1, -0.0, nan), (0, inf, 0), (-3, 3, 0), (3, -3, -0.0), (nan, 1, nan),
    ],
    "pow": [
        (nan, 0, 1), (nan, -0.0, 1), (1, inf, 1), (-1, inf, 1), (-1, -inf, 1), (-inf, 3, -inf), (-inf, 2, inf),
        (-inf, -3, -0.0), (-inf, -2, 0), (-0.0, 3, -0.0), (-0.0, -3, -inf), (-0.0, -2, inf), (-0.0, 2.5, 0),
        (-2, 0.5, nan), (2, inf, inf), (0.5, inf, 0), (0.5, -inf, inf), (inf, -1, 0), (0, -1, inf), (2, nan, nan),
    ],
    "nextafter": [(0, -0.0, -0.0), (-0.0, 0, 0), (nan, 1, nan)],
    "logaddexp": [(-inf, -inf, -inf), (inf, 1, inf), (inf, inf, inf), (nan, inf, nan), (-inf, 1, 1)],
    "hypot": [(inf, nan, inf), (nan, -inf, inf), (nan, 1, nan), (0, -0.0, 0)],
    "maximum": [(nan, 1, nan), (1, nan, nan), (inf, nan, nan)],
    "minimum": [(nan, 1, nan), (1, nan, nan), (-inf, nan, nan)],
    "atan2": [(0, -0.0, pi), (-0.0, -0.0, -pi), (0, 0, 0), (-0.0, 0, -0.0), (inf, -inf, 3 * pi / 4), (1, inf, 0)],
    "copysign": [(1, -0.0, -1), (nan, 1, nan), (inf, -1, -inf)],
}
KEEP_ZERO = "sin asin sinh asinh tan atan tanh atanh expm1 log1p sqrt floor ceil trunc round".split()

# For b >= 0; the rest follows from f(conj z) = conj f(z). A string is a part whose sign is free.
COMPLEX = {
    "sqrt": [
        (0, 0, 0, 0), (-0.0, 0, 0, 0), (5, inf, inf, inf), (nan, inf, inf, inf), (inf, inf, inf, inf), (-inf, inf, inf, inf),
        (1, nan, nan, nan), (-inf, 2, 0, inf), (inf, 2, inf, 0), (-inf, nan, nan, "inf"), (inf, nan, inf, nan), (nan, 1, nan, nan),
    ],
    "exp": [
        (0, 0, 1, 0), (-0.0, 0, 1, 0), (1, inf, nan, nan), (1, nan, nan, nan), (inf, 0, inf, 0), (-inf, 2, -0.0, 0),
        (inf, 2, -inf, inf), (-inf, inf, "0", "0"), (-inf, nan, "0", "0"), (inf, inf, "inf", nan), (inf, nan, "inf", nan),
        (nan, 0, nan, 0), (nan, 1, nan, nan),
    ],
    "expm1": [
        (0, 0, 0, 0), (-0.0, 0, "0", 0), (1, inf, nan, nan), (1, nan, nan, nan), (inf, 0, inf, 0), (-inf, 2, -1, 0),
        (inf, 2, -inf, inf), (-inf, inf, -1, "0"), (-inf, nan, -1, "0"), (inf, inf, "inf", nan), (inf, nan, "inf", nan),
        (nan, 0, nan, 0), (nan, 1, nan, nan),
    ],
    "log": [
        (-0.0, 0, -inf, pi), (0, 0, -inf, 0), (1, inf, inf, pi / 2), (1, nan, nan, nan), (-inf, 1, inf, pi), (inf, 1, inf, 0),
        (-inf, inf, inf, 3 * pi / 4), (inf, inf, inf, pi / 4), (inf, nan, inf, nan), (-inf, nan, inf, nan), (nan, 1, nan, nan),
        (nan, inf, inf, nan), (nan, nan, nan, nan),
    ],
    "log1p": [
        (-1, 0, -inf, 0), (1, inf, inf, pi / 2), (1, nan, nan, nan), (-inf, 1, inf, pi), (inf, 1, inf, 0),
        (-inf, inf, inf, 3 * pi / 4), (inf, inf, inf, pi / 4), (inf, nan, inf, nan), (nan, 1, nan, nan), (nan, inf, inf, nan),
    ],
    "acos": [
        (0, 0, pi / 2, -0.0), (-0.0, 0, pi / 2, -0.0), (0, nan, pi / 2, nan), (1, inf, pi / 2, -inf), (1, nan, nan, nan),
        (-inf, 1, pi, -inf), (inf, 1, 0, -inf), (-inf, inf, 3 * pi / 4, -inf), (inf, inf, pi / 4, -inf), (inf, nan, nan, "inf"),
        (-inf, nan, nan, "inf"), (nan, 1, nan, nan), (nan, inf, nan, -inf),
    ],
    "acosh": [
        (0, 0, 0, pi / 2), (-0.0, 0, 0, pi / 2), (1, inf, inf, pi / 2), (0, nan, nan, "half"), (1, nan, nan, nan), (-inf, 1, inf, pi),
        (inf, 1, inf, 0), (-inf, inf, inf, 3 * pi / 4), (inf, inf, inf, pi / 4), (inf, nan, inf, nan), (-inf, nan, inf, nan),
        (nan, 1, nan, nan), (nan, inf, inf, nan),
    ],
    "asinh": [
        (0, 0, 0, 0), (1, inf, inf, pi / 2), (1, nan, nan, nan), (inf, 1, inf, 0), (inf, inf, inf, pi / 4), (inf, nan, inf, nan),
        (nan, 0, nan, 0), (nan, 1, nan, nan), (nan, inf, "inf", nan),
    ],
    "atanh": [
        (0, 0, 0, 0), (0, nan, 0, nan), (1, 0, inf, 0), (1, inf, 0, pi / 2), (1, nan, nan, nan), (inf, 1, 0, pi / 2),
        (inf, inf, 0, pi / 2), (inf, nan, 0, nan), (nan, 1, nan, nan), (nan, inf, "0", pi / 2),
    ],
    "sinh": [
        (0, 0, 0, 0), (0, inf, "0", nan), (0, nan, "0", nan), (1, inf, nan, nan), (1, nan, nan, nan), (inf, 0, inf, 0),
        (inf, 2, -inf, inf), (inf, inf, "inf", nan), (inf, nan, "inf", nan), (nan, 0, nan, 0), (nan, 1, nan, nan),
    ],
    "cosh": [
        (0, 0, 1, 0), (0, inf, nan, "0"), (0, nan, nan, "0"), (1, inf, nan, nan), (1, nan, nan, nan), (inf, 0, inf, 0),
        (inf, 2, -inf, inf), (inf, inf, "inf", nan), (inf, nan, inf, nan), (nan, 0, nan, "0"), (nan, 1, nan, nan),
    ],
    "tanh": [
        (0, 0, 0, 0), (0, inf, 0, nan), (0, nan, 0, nan), (1, inf, nan, nan), (1, nan, nan, nan), (inf, 1, 1, 0), (inf, 2, 1, 0),
        (inf, 3, 1, 0), (inf, 5, 1, 0), (inf, inf, 1, "0"), (inf, nan, 1, "0"), (nan, 0, nan, 0), (nan, 1, nan, nan),
    ],
}
# Odd functions f with g(z) = -j f(jz).
ROTATED = {"asin": "asinh", "atan": "atanh", "sin": "sinh", "tan": "tanh"}


def same(got, want, eps):
    if isinstance(want, str):
        size = {"0": 0.0, "inf": inf, "half": pi / 2}[want]
        return abs(got) == size or abs(abs(got) - size) <= 4 * eps * size
    if math.isnan(want):
        return math.isnan(got)
    if want == 0 or math.isinf(want):
        return got == want and math.copysign(1, got) == math.copysign(1, want)
    return abs(got - want) <= 4 * eps * abs(want)


def evaluated(name, *operands):
    return np.asarray(getattr(ondine, name)(*map(ondine.asarray, operands)))[-1]


def complex_operand(dtype, size, re, im):
    z = np.empty(size, dtype)
    z.real, z.imag = re, im
    return z


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", REAL)
def test_pairs_of_real_numbers(name, dtype, size):
    for a, b, want in REAL[name]:
        got = evaluated(name, np.full(size, a, dtype), np.full(size, b, dtype))
        assert same(float(got), float(want), np.finfo(dtype).eps), (a, b, got, want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", KEEP_ZERO)
def test_the_sign_of_zero_is_kept(name, dtype):
    for size in SIZES:
        got = evaluated(name, np.full(size, -0.0, dtype))
        assert got == 0 and np.signbit(got)
        assert not np.signbit(evaluated(name, np.full(size, 0.0, dtype)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", COMPLEX)
def test_complex_numbers(name, dtype, size):
    eps = float(np.finfo(dtype).eps)
    for re, im, want_re, want_im in COMPLEX[name]:
        for sign in (1.0, -1.0):
            got = evaluated(name, complex_operand(dtype, size, re, sign * im))
            want = want_im if isinstance(want_im, str) else sign * want_im
            assert same(float(got.real), want_re, eps) and same(float(got.imag), want, eps), (re, sign * im, got)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", ROTATED)
def test_trigonometric_functions_are_hyperbolic_ones_rotated(name, dtype):
    eps = float(np.finfo(dtype).eps)
    for a, b, want_re, want_im in COMPLEX[ROTATED[name]]:
        # z = b - aj makes jz = a + bj, and -j (u + vj) = v - uj.
        got = evaluated(name, complex_operand(dtype, 1, float(b), -float(a)))
        want = want_re if isinstance(want_re, str) else -float(want_re)
        assert same(float(got.real), want_im, eps) and same(float(got.imag), want, eps), (b, -a, got)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_sign_of_complex_numbers(dtype):
    for re, im, want in [(0.0, 0.0, 0), (-0.0, 0.0, 0), (0.0, -0.0, 0), (-0.0, -0.0, 0), (3, 4, 0.6 + 0.8j), (0, -2, -1j)]:
        got = evaluated("sign", complex_operand(dtype, 1, re, im))
        assert abs(got - want) <= 2 * np.finfo(dtype).eps
    for re, im in [(nan, 1), (1, nan), (nan, nan)]:
        got = evaluated("sign", complex_operand(dtype, 1, re, im))
        assert np.isnan(got.real) and np.isnan(got.imag)
