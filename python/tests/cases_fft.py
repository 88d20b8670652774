"""What transforms and special functions are compared with."""

import math

import hypothesis.strategies as st
import numpy as np
from cases_elementwise import transcendental
from compare import ALL, BOOL, COMPLEX, INTEGERS, REALS, arrays, full_shapes

norms = st.sampled_from(["backward", "ortho", "forward"])


@st.composite
def lines(draw, kinds, real_result=False):
    x = draw(arrays(kinds, "small", full_shapes))
    axis = draw(st.integers(-x.ndim, x.ndim - 1))
    options = {"axis": axis, "norm": draw(norms)}
    if draw(st.booleans()) or (real_result and x.shape[axis] == 1):
        options["n"] = draw(st.integers(1, 9))
    return (x,), options


@st.composite
def planes(draw, kinds, two=False, real_result=False):
    x = draw(arrays(kinds, "small", full_shapes.filter(lambda shape: len(shape) >= (2 if two else 1))))
    count = 2 if two else draw(st.integers(1, x.ndim))
    axes = tuple(draw(st.permutations(range(x.ndim)))[:count])
    options = {"norm": draw(norms)}
    lengths = tuple(draw(st.integers(1, 7)) for _ in axes)
    if draw(st.booleans()) or (real_result and x.shape[axes[-1]] == 1):
        options |= {"axes": axes, "s": lengths}
    elif draw(st.booleans()) or real_result:
        options["axes"] = axes
        if real_result and x.shape[axes[-1]] == 1:
            options["s"] = lengths
    return (x,), options


def in_double(function):
    def reference(x, **options):
        own = x.dtype if x.dtype.kind in "fc" else np.dtype("float64")
        wide = function(x.astype("c16" if own.kind == "c" else "f8"), **options)
        single = own.itemsize == (8 if own.kind == "c" else 4)
        return wide.astype(({"c": "c8", "f": "f4"} if single else {"c": "c16", "f": "f8"})[wide.dtype.kind])

    return reference


REAL_INPUT = BOOL + INTEGERS + REALS
FFT = {
    **{name: (lines(ALL), in_double(getattr(np.fft, name)), None) for name in ("fft", "ifft")},
    **{name: (lines(REAL_INPUT), in_double(getattr(np.fft, name)), None) for name in ("rfft", "ihfft")},
    **{name: (lines(ALL, True), in_double(getattr(np.fft, name)), None) for name in ("irfft", "hfft")},
    **{name: (planes(ALL), in_double(getattr(np.fft, name)), None) for name in ("fftn", "ifftn")},
    **{name: (planes(ALL, True), in_double(getattr(np.fft, name)), None) for name in ("fft2", "ifft2")},
    "rfftn": (planes(REAL_INPUT), in_double(np.fft.rfftn), None),
    "rfft2": (planes(REAL_INPUT, True), in_double(np.fft.rfft2), None),
    "irfftn": (planes(ALL, False, True), in_double(np.fft.irfftn), None),
    "irfft2": (planes(ALL, True, True), in_double(np.fft.irfft2), None),
    **{
        name: (st.tuples(st.tuples(st.integers(1, 50)), st.fixed_dictionaries({"d": st.floats(0.1, 9)})),
               getattr(np.fft, name), 4.0)
        for name in ("fftfreq", "rfftfreq")
    },
    **{
        name: (
            arrays(shape=full_shapes).flatmap(lambda x: st.tuples(
                st.just((x,)), st.fixed_dictionaries({"axes": st.none() | st.integers(-x.ndim, x.ndim - 1)}))),
            getattr(np.fft, name), 0.0)
        for name in ("fftshift", "ifftshift")
    },
}

SPECIAL = {
    "cbrt": transcendental(np.cbrt, REALS),
    "erf": transcendental(np.vectorize(math.erf, otypes=["f8"]), REALS, "small"),
    "erfc": transcendental(np.vectorize(math.erfc, otypes=["f8"]), REALS, "small", ulps=16.0),
    "exp2": transcendental(np.exp2, REALS, "small"),
}
