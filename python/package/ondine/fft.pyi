# Written by stubs.py.
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

from . import Array, Device, DType

Number: TypeAlias = int | float | complex

def dct(x: Array, type: int = 2, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Discrete cosine transform of type 1 to 4 along an axis. `overwrite_x` and `workers` are hints without an effect."""

def dctn(x: Array, type: int = 2, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, *, orthogonalize: bool | None = None) -> Array:
    """`dct` along several axes, by default all."""

def dst(x: Array, type: int = 2, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Discrete sine transform of type 1 to 4 along an axis. `overwrite_x` and `workers` are hints without an effect."""

def dstn(x: Array, type: int = 2, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """`dst` along several axes, by default all."""

def fft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Discrete Fourier transform along an axis, of length `n`."""

def fft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`fft` along two axes."""

def fftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Frequencies of the bins of `fft` in cycles per unit of `d`, the distance of samples."""

def fftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`fft` along several axes, by default all."""

def fftshift(x: Array, /, *, axes: int | Sequence[int] | None = None) -> Array:
    """The zero frequency moved to the middle of some axes, or all."""

def fht(a: Array, dln: float, mu: float, offset: float = 0.0, bias: float = 0.0) -> Array:
    """Fast Hankel transform along the last axis, on logarithmic grids with points `dln` apart, of order `mu`."""

def fhtoffset(dln: float, mu: float, initial: float = 0.0, bias: float = 0.0) -> float:
    """The offset nearest to `initial` under which a Hankel transform rings least."""

def get_workers() -> int:
    """How many threads of the default device work on one graph."""

def hfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Real spectrum of a signal with Hermitian symmetry, of which half is given."""

def hfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`hfftn` along two axes."""

def hfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Real spectrum of a signal with Hermitian symmetry along several axes, of which half is given."""

def idct(x: Array, type: int = 2, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Inverse of `dct`."""

def idctn(x: Array, type: int = 2, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Inverse of `dctn`."""

def idst(x: Array, type: int = 2, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Inverse of `dst`."""

def idstn(x: Array, type: int = 2, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = None, overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None) -> Array:
    """Inverse of `dstn`."""

def ifft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fft`."""

def ifft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fft2`."""

def ifftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fftn`."""

def ifftshift(x: Array, /, *, axes: int | Sequence[int] | None = None) -> Array:
    """Inverse of `fftshift`."""

def ifht(A: Array, dln: float, mu: float, offset: float = 0.0, bias: float = 0.0) -> Array:
    """Inverse of `fht`."""

def ihfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `hfft`."""

def ihfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `hfft2`."""

def ihfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `hfftn`."""

def irfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfft`, with `n = 2 * (m - 1)` unless given."""

def irfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfft2`."""

def irfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfftn`."""

def next_fast_len(target: int, real: bool = False) -> int:
    """The smallest length not below `target` without prime factors above 11, or 5 for real transforms."""

def prev_fast_len(target: int, real: bool = False) -> int:
    """The largest length not above `target` without prime factors above 11, or 5 for real transforms."""

def rfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Transform of real input: the bins `0` to `n // 2`."""

def rfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`rfft` along the last of two axes, then `fft` along the other."""

def rfftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Frequencies of the bins of `rfft` in cycles per unit of `d`, the distance of samples."""

def rfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`rfft` along the last of the axes, then `fft` along the others."""

def set_workers(workers: int) -> AbstractContextManager[None]:
    """A scope in which so many threads of the default device work on one graph, for the whole process; -1 for all."""
