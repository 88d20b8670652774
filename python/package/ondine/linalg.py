"""Linear algebra: the extension `linalg` of the array API standard."""

from . import _native
from ._errors import LinAlgError
from ._native import matmul, matrix_transpose, tensordot, vecdot

_linalg = _native.linalg

__all__ = [*_linalg.__all__, "LinAlgError", "matmul", "matrix_transpose", "tensordot", "vecdot"]
globals().update({name: getattr(_linalg, name) for name in _linalg.__all__})
