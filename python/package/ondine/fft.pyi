# Written by stubs.py.
from collections.abc import Sequence
from typing import Literal

from . import Array, Device, DType

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

def hfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Real spectrum of a signal with Hermitian symmetry, of which half is given."""

def ifft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fft`."""

def ifft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fft2`."""

def ifftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `fftn`."""

def ifftshift(x: Array, /, *, axes: int | Sequence[int] | None = None) -> Array:
    """Inverse of `fftshift`."""

def ihfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `hfft`."""

def irfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfft`, with `n = 2 * (m - 1)` unless given."""

def irfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfft2`."""

def irfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Inverse of `rfftn`."""

def rfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """Transform of real input: the bins `0` to `n // 2`."""

def rfft2(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = (-2, -1), norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`rfft` along the last of two axes, then `fft` along the other."""

def rfftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Frequencies of the bins of `rfft` in cycles per unit of `d`, the distance of samples."""

def rfftn(x: Array, /, *, s: Sequence[int] | None = None, axes: int | Sequence[int] | None = None, norm: Literal["backward", "ortho", "forward"] | None = 'backward') -> Array:
    """`rfft` along the last of the axes, then `fft` along the others."""
