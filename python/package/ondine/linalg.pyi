# Written by stubs.py.
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

from . import Array, Device, DType
from ._errors import LinAlgError as LinAlgError
from ._results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult

Number: TypeAlias = int | float | complex

def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The triangular factor of Hermitian, positive definite matrices: `L` with `L L^H`, or `U` with `U^H U`."""

def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The vector product of vectors of three components along an axis."""

def det(x: Array, /) -> Array:
    """The determinants of square matrices."""

def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """The diagonals of matrices as a new last axis; positive offsets lie above the main one."""

def eig(x: Array, /) -> EigResult:
    """Eigenvalues, in no order, and eigenvectors, in columns, of square matrices; both complex."""

def eigh(x: Array, /) -> EighResult:
    """Eigenvalues, ascending, and eigenvectors, in columns, of Hermitian matrices."""

def eigvals(x: Array, /) -> Array:
    """Eigenvalues of square matrices, complex and in no order."""

def eigvalsh(x: Array, /) -> Array:
    """Eigenvalues of Hermitian matrices, ascending."""

def inv(x: Array, /) -> Array:
    """The inverses of square matrices."""

def matmul(x1: Array, x2: Array, /) -> Array:
    """Product of matrices, batched over the leading axes; vectors count as a row on the left and a column on the right."""

def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: int | float | Literal["fro", "nuc"] | None = 'fro') -> Array:
    """A norm of matrices: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf."""

def matrix_power(x: Array, n: int, /) -> Array:
    """Square matrices to an integer power."""

def matrix_rank(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """The number of singular values above `rtol` times the largest."""

def matrix_transpose(x: Array, /) -> Array:
    """The last two axes swapped."""

def outer(x1: Array, x2: Array, /) -> Array:
    """Products of all pairs of the elements of two vectors."""

def pinv(x: Array, /, *, rtol: float | Array | None = None) -> Array:
    """The pseudo-inverses of matrices, over the singular values above `rtol` times the largest."""

def qr(x: Array, /, *, mode: Literal["reduced", "complete"] = 'reduced') -> QRResult:
    """Orthonormal columns and a triangular matrix whose product is `x`; the diagonal of `R` is real and not negative."""

def slogdet(x: Array, /) -> SlogdetResult:
    """Sign and logarithm of the absolute value of the determinants of square matrices."""

def solve(x1: Array, x2: Array, /) -> Array:
    """`X` with `x1 X = x2`; `x2` is a vector if it has one axis, else matrices."""

def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """Singular vectors in columns, singular values, descending, and singular vectors in rows, conjugated."""

def svdvals(x: Array, /) -> Array:
    """Singular values, descending."""

def tensordot(x1: Array, x2: Array, /, *, axes: int | tuple[int | Sequence[int], int | Sequence[int]] = 2) -> Array:
    """Sum of products over some axes of both arrays: a number of adjoining ones, or two sequences."""

def trace(x: Array, /, *, offset: int = 0, dtype: DType | None = None) -> Array:
    """The sums of diagonals of matrices."""

def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Sum of products along an axis; the first array is conjugated."""

def vector_norm(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False, ord: int | float = 2) -> Array:
    """The `ord`-norm of vectors over some axes, all by default."""
