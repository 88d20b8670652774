"""Discrete Fourier transforms: the extension `fft` of the array API standard, and the two-dimensional forms."""

from ._native import fft as _fft

__all__ = list(_fft.__all__)
globals().update({name: getattr(_fft, name) for name in __all__})
