"""FFTW through ctypes: the system's libfftw3 with FFTW_MEASURE and two pthreads, in double precision.

The build inside pyFFTW is older and slower.
"""

import ctypes
import ctypes.util

import numpy as np

MEASURE, FORWARD = 0, -1


def library(name):
    found = ctypes.util.find_library(name)
    if not found:
        raise OSError(f"lib{name} is not installed")
    return ctypes.CDLL(found)


base = library("fftw3")
threads = library("fftw3_threads")
threads.fftw_init_threads()
threads.fftw_plan_with_nthreads(2)
version = (ctypes.c_char * 32).in_dll(base, "fftw_version").value.decode()
base.fftw_plan_many_dft.restype = ctypes.c_void_p
base.fftw_execute.argtypes = [ctypes.c_void_p]


def transform(x, axes):
    """A function that transforms `x` along its last axes, `axes` many, out of place into the same memory every time."""
    extents = x.shape[x.ndim - axes :]
    count, distance = x.size // int(np.prod(extents)), int(np.prod(extents))
    lengths = (ctypes.c_int * axes)(*extents)
    # Planning overwrites, so it gets memory of its own.
    source, target = np.empty_like(x), np.empty_like(x)
    point = lambda array: array.ctypes.data_as(ctypes.c_void_p)
    plan = base.fftw_plan_many_dft(
        axes, lengths, count,
        point(source), None, 1, distance,
        point(target), None, 1, distance,
        FORWARD, MEASURE,
    )  # fmt: skip
    source[...] = x

    def run(source=source):
        # The plan knows addresses alone; the default argument keeps the memory.
        base.fftw_execute(plan)
        return target

    return run
