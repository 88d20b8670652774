# Written by stubs.py.
from collections.abc import Sequence
from typing import Literal

from . import Array, Device, DType

def cbrt(x: Array, /) -> Array:
    """Cube root of real numbers."""

def erf(x: Array, /) -> Array:
    """Error function of real numbers."""

def erfc(x: Array, /) -> Array:
    """Complementary error function of real numbers."""

def exp2(x: Array, /) -> Array:
    """2 to the power `x`."""
