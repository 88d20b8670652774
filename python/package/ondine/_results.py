"""What some functions return, and how what was pickled comes back."""

from typing import NamedTuple

from . import _native
from ._native import Array


class UniqueAllResult(NamedTuple):
    """Distinct values, where each is first, which one every element is, and how often each occurs."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """Distinct values, and how often each occurs."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """Distinct values, and which one every element is."""

    values: Array
    inverse_indices: Array


class EigResult(NamedTuple):
    """Eigenvalues, and eigenvectors in columns."""

    eigenvalues: Array
    eigenvectors: Array


class EighResult(NamedTuple):
    """Eigenvalues of a Hermitian matrix, ascending, and eigenvectors in columns."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """Orthonormal columns, and a triangular matrix."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """Sign of a determinant, and the logarithm of its absolute value."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """Singular vectors in columns, singular values, and singular vectors in rows, conjugated."""

    U: Array
    S: Array
    Vh: Array


def restored(data, dtype, shape):
    """The array that `Array.__reduce__` took apart."""
    return Array._restored(data, dtype, shape)


def dtype(name):
    """The dtype of a name."""
    return getattr(_native, name)
