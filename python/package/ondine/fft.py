"""Discrete Fourier transforms: the extension `fft` of the array API standard, and all of `scipy.fft`."""

import contextlib as _contextlib
import os as _os

from . import _native

_fft = _native.fft

__all__ = [*_fft.__all__, "get_workers", "set_workers"]
globals().update({name: getattr(_fft, name) for name in _fft.__all__})


def get_workers():
    """How many threads of the default device work on one graph."""
    return _native.zeros(0).device.threads or 1


@_contextlib.contextmanager
def set_workers(workers):
    """A scope in which so many threads of the default device work on one graph, for the whole process; -1 for all."""
    count = workers if workers > 0 else (_os.cpu_count() or 1) + 1 + workers
    if workers == 0 or count < 1:
        raise ValueError(f"set_workers: workers is {workers}, which means no thread")
    device = _native.zeros(0).device
    before = device.threads
    device.set_threads(count)
    try:
        yield
    finally:
        device.set_threads(before)
