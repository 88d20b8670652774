# Written by stubs.py.
import builtins
from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType, ModuleType
from typing import Any, Literal, TypeAlias

from . import fft as fft, linalg as linalg, special as special
from ._info import __array_namespace_info__ as __array_namespace_info__
from ._results import UniqueAllResult, UniqueCountsResult, UniqueInverseResult

Number: TypeAlias = int | float | complex
ArrayLike: TypeAlias = Any
Index: TypeAlias = int | slice | EllipsisType | Array | None
Key: TypeAlias = Index | tuple[Index, ...]

e: float
inf: float
nan: float
newaxis: None
pi: float
__array_api_version__: str

scipy_backend: Any

class AxisError(ValueError, IndexError):
    """An axis that an array does not have, or one given twice."""

class Array:
    """A lazy array of any dtype and shape."""

    @property
    def T(self) -> Array:
        """The transpose of a matrix."""
    def __array__(self, /, dtype: Any = None, copy: builtins.bool | None = None) -> Any:
        """NumPy's view of the value: read only, not copied unless that is asked for."""
    def __array_namespace__(self, /, *, api_version: str | None = None) -> ModuleType: ...
    def __dlpack__(self, /, *, stream: Any = None, max_version: tuple[int, int] | None = None, dl_device: tuple[Any, int] | None = None, copy: builtins.bool | None = None) -> Any:
        """A capsule over the value, which is evaluated: not copied where it is in host memory and the consumer knows of memory"""
    def __dlpack_device__(self, /) -> tuple[int, int]:
        """DLPack's kind and number of the device: 1 for host memory, 2 for CUDA."""
    def _repr_svg_(self, /) -> str | None:
        """A picture of what is pending, for notebooks; none of a value."""
    @property
    def device(self) -> Device:
        """The device that holds the elements, or that will compute them."""
    def dot(self, /) -> str:
        """The graph of what is pending in Graphviz's language. Evaluates nothing."""
    @property
    def dtype(self) -> DType:
        """Data type of the elements."""
    def dump(self, /) -> str:
        """The graph of what is pending, as built, in text. Evaluates nothing."""
    def eval(self, /, device: Device | str | None = None) -> Array:
        """Evaluates the array, on its device or the one given, and returns it. Other threads run meanwhile."""
    def explain(self, /, device: Device | str | None = None) -> Explanation:
        """What a device makes of the pending graph. Compiles, but evaluates nothing."""
    @property
    def is_ready(self) -> builtins.bool:
        """True if the value is there, so that reading it computes nothing."""
    @property
    def mT(self) -> Array:
        """The array with its last two axes swapped."""
    def named(self, name: str, /) -> Array:
        """Labels the array in dumps and pictures, and returns it."""
    @property
    def ndim(self) -> int:
        """Number of axes."""
    @property
    def shape(self) -> tuple[int, ...]:
        """Extents of the axes."""
    @property
    def size(self) -> int:
        """Number of elements."""
    def to_device(self, device: Device | str, /, *, stream: Any = None) -> Array:
        """The array on another device: the only way from one to another."""
    def __add__(self, other: ArrayLike, /) -> Array: ...
    def __radd__(self, other: ArrayLike, /) -> Array: ...
    def __iadd__(self, other: ArrayLike, /) -> Array: ...
    def __sub__(self, other: ArrayLike, /) -> Array: ...
    def __rsub__(self, other: ArrayLike, /) -> Array: ...
    def __isub__(self, other: ArrayLike, /) -> Array: ...
    def __mul__(self, other: ArrayLike, /) -> Array: ...
    def __rmul__(self, other: ArrayLike, /) -> Array: ...
    def __imul__(self, other: ArrayLike, /) -> Array: ...
    def __matmul__(self, other: ArrayLike, /) -> Array: ...
    def __rmatmul__(self, other: ArrayLike, /) -> Array: ...
    def __imatmul__(self, other: ArrayLike, /) -> Array: ...
    def __truediv__(self, other: ArrayLike, /) -> Array: ...
    def __rtruediv__(self, other: ArrayLike, /) -> Array: ...
    def __itruediv__(self, other: ArrayLike, /) -> Array: ...
    def __floordiv__(self, other: ArrayLike, /) -> Array: ...
    def __rfloordiv__(self, other: ArrayLike, /) -> Array: ...
    def __ifloordiv__(self, other: ArrayLike, /) -> Array: ...
    def __mod__(self, other: ArrayLike, /) -> Array: ...
    def __rmod__(self, other: ArrayLike, /) -> Array: ...
    def __imod__(self, other: ArrayLike, /) -> Array: ...
    def __pow__(self, other: ArrayLike, /) -> Array: ...
    def __rpow__(self, other: ArrayLike, /) -> Array: ...
    def __ipow__(self, other: ArrayLike, /) -> Array: ...
    def __and__(self, other: ArrayLike, /) -> Array: ...
    def __rand__(self, other: ArrayLike, /) -> Array: ...
    def __iand__(self, other: ArrayLike, /) -> Array: ...
    def __or__(self, other: ArrayLike, /) -> Array: ...
    def __ror__(self, other: ArrayLike, /) -> Array: ...
    def __ior__(self, other: ArrayLike, /) -> Array: ...
    def __xor__(self, other: ArrayLike, /) -> Array: ...
    def __rxor__(self, other: ArrayLike, /) -> Array: ...
    def __ixor__(self, other: ArrayLike, /) -> Array: ...
    def __lshift__(self, other: ArrayLike, /) -> Array: ...
    def __rlshift__(self, other: ArrayLike, /) -> Array: ...
    def __ilshift__(self, other: ArrayLike, /) -> Array: ...
    def __rshift__(self, other: ArrayLike, /) -> Array: ...
    def __rrshift__(self, other: ArrayLike, /) -> Array: ...
    def __irshift__(self, other: ArrayLike, /) -> Array: ...
    def __eq__(self, other: ArrayLike, /) -> Array: ...  # type: ignore[override]
    def __ne__(self, other: ArrayLike, /) -> Array: ...  # type: ignore[override]
    def __lt__(self, other: ArrayLike, /) -> Array: ...
    def __le__(self, other: ArrayLike, /) -> Array: ...
    def __gt__(self, other: ArrayLike, /) -> Array: ...
    def __ge__(self, other: ArrayLike, /) -> Array: ...
    def __neg__(self) -> Array: ...
    def __pos__(self) -> Array: ...
    def __abs__(self) -> Array: ...
    def __invert__(self) -> Array: ...
    def __bool__(self) -> builtins.bool: ...
    def __int__(self) -> int: ...
    def __float__(self) -> float: ...
    def __complex__(self) -> complex: ...
    def __index__(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Array]: ...
    def __getitem__(self, key: Key, /) -> Array: ...
    def __setitem__(self, key: Key, value: ArrayLike, /) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

class Compiled:
    """A function of arrays that is compiled once per dtypes and shapes of its arguments; made by `ondine.compile`."""

    def __call__(self, *arguments: ArrayLike) -> Any: ...
    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function as it was."""

class DType:
    """A data type of arrays, such as `ondine.float64`."""

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
    @property
    def name(self) -> str:
        """The name, as in the array API standard."""

class Device:
    """A device that computes: `ondine.Device("cpu")`, `ondine.Device("reference")`."""

    def __new__(cls, name: str, /) -> Device: ...
    @property
    def name(self) -> str:
        """Its name."""
    def release(self, /) -> None:
        """Gives memory that is kept for later runs back to the system."""
    def set_memory_limit(self, count: int, /) -> None:
        """Sets how many bytes may be in use while a graph runs; a graph that would need more is refused before it runs."""
    def set_threads(self, count: int, /) -> None:
        """Sets how many threads work on one graph, the caller included. Results do not depend on it."""
    @property
    def threads(self) -> int | None:
        """How many threads work on one graph, the caller included; `None` if the device has no choice of its own."""

class Explanation:
    """The story of a compilation; prints as text."""

    @property
    def after(self) -> str:
        """The graph after the last pass."""
    @property
    def before(self) -> str:
        """The graph as built."""
    @property
    def plan(self) -> str:
        """The plan: steps, buffers, bytes moved, predicted peak."""

class FloatInfo:
    """Limits of a floating dtype; of the component of a complex one."""

    @property
    def bits(self) -> int:
        """Bits of one number."""
    @property
    def dtype(self) -> DType:
        """The real dtype."""
    @property
    def eps(self) -> float:
        """The distance from 1 to the next number."""
    @property
    def max(self) -> float:
        """The largest finite number."""
    @property
    def min(self) -> float:
        """The smallest finite number."""
    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of full precision."""

class IntInfo:
    """Limits of an integer dtype."""

    @property
    def bits(self) -> int:
        """Bits of one number."""
    @property
    def dtype(self) -> DType:
        """The dtype."""
    @property
    def max(self) -> int:
        """The largest number."""
    @property
    def min(self) -> int:
        """The smallest number."""

class no_evaluation:
    """A scope in which this thread may evaluate nothing: `with ondine.no_evaluation(): ..`. What forces a value there raises."""

    def __enter__(self, /) -> None: ...
    def __exit__(self, /, *_exception: Any) -> None: ...

class progress:
    """A scope in which evaluations on this thread report how far they are: `with ondine.progress(): ..` draws a bar by tqdm."""

    def __new__(cls, callback: Callable[[int, int, str], Any] | None = None) -> progress: ...
    def __enter__(self, /) -> None: ...
    def __exit__(self, /, *_exception: Any) -> None: ...

def abs(x: Array, /) -> Array:
    """Absolute value; the modulus of complex numbers."""

def acos(x: Array, /) -> Array:
    """Inverse cosine in radians."""

def acosh(x: Array, /) -> Array:
    """Inverse hyperbolic cosine."""

def add(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Sum."""

def all(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """True if no element is 0; true of nothing."""

def any(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """True if some element is not 0; false of nothing."""

def arange(start: Number, /, stop: Number | None = None, step: Number = 1, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """`start, start + step, ..` below `stop`; with one number that is `stop`."""

def argmax(x: Array, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Array:
    """Position of the first largest element, among all elements or along an axis; the first NaN wins."""

def argmin(x: Array, /, *, axis: int | None = None, keepdims: builtins.bool = False) -> Array:
    """Position of the first smallest element, among all elements or along an axis; the first NaN wins."""

def argsort(x: Array, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Array:
    """Positions that put the elements in order along an axis. Equal elements keep their order, NaN counts as the largest."""

def argwhere(x: Array, /) -> Array:
    """Positions of the elements that are not 0, one row each. Evaluates its operand."""

def asarray(obj: Any, /, *, dtype: DType | None = None, device: Device | str | None = None, copy: builtins.bool | None = None) -> Array:
    """An array from an array, a number, nested sequences, or whatever shows its memory. `copy=False` uses the memory"""

def asin(x: Array, /) -> Array:
    """Inverse sine in radians."""

def asinh(x: Array, /) -> Array:
    """Inverse hyperbolic sine."""

def astype(x: Array, dtype: DType, /, *, copy: builtins.bool = True, device: Device | str | None = None) -> Array:
    """The elements in another dtype, whatever that loses; only complex numbers do not become real."""

def atan(x: Array, /) -> Array:
    """Inverse tangent in radians."""

def atan2(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Angle in radians of the points (`x2`, `x1`) from the positive x axis."""

def atanh(x: Array, /) -> Array:
    """Inverse hyperbolic tangent."""

def bitwise_and(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Bitwise and; logical and of bool."""

def bitwise_invert(x: Array, /) -> Array:
    """Every bit flipped; logical not of bool."""

def bitwise_left_shift(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Bits shifted to the left."""

def bitwise_or(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Bitwise or; logical or of bool."""

def bitwise_right_shift(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Bits shifted to the right, with the sign."""

def bitwise_xor(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Bitwise exclusive or."""

def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """The arrays repeated to their common shape."""

def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The common shape of shapes."""

def broadcast_to(x: Array, /, shape: int | Sequence[int]) -> Array:
    """The array repeated to a shape."""

def can_cast(from_: DType | Array, to: DType, /) -> builtins.bool:
    """True if promotion takes one dtype, or that of an array, to another."""

def ceil(x: Array, /) -> Array:
    """Smallest integer not below `x`."""

def clip(x: Array, /, min: Array | Number | None = None, max: Array | Number | None = None) -> Array:
    """The elements limited to `min` to `max`, either of which may be left out. NaN anywhere gives NaN."""

def compile(function: Callable[..., Array | Sequence[Array]], /, *, device: Device | str | None = None) -> Compiled:
    """Fixes a function of arrays, to be called many times without building its graph again; also a decorator."""

def concat(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
    """The arrays one after the other along an axis; `None` takes them as one axis each."""

def conj(x: Array, /) -> Array:
    """Complex conjugate."""

def copysign(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The magnitude of `x1` with the sign of `x2`."""

def cos(x: Array, /) -> Array:
    """Cosine of an angle in radians."""

def cosh(x: Array, /) -> Array:
    """Hyperbolic cosine."""

def count_nonzero(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """Number of elements that are not 0."""

def cumulative_prod(x: Array, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: builtins.bool = False) -> Array:
    """Running products along an axis."""

def cumulative_sum(x: Array, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: builtins.bool = False) -> Array:
    """Running sums along an axis."""

def diff(x: Array, /, *, axis: int = -1, n: int = 1, prepend: Array | None = None, append: Array | None = None) -> Array:
    """Differences of neighbours along an axis, `n` times over."""

def divide(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Quotient; `float64` for integers."""

def empty(shape: int | Sequence[int], *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """An array whose values do not matter."""

def empty_like(x: Array, /, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """An array whose values do not matter, with the shape and dtype of another."""

def equal(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where both are equal; NaN equals nothing."""

def eval_all(*arrays: Array, device: Device | str | None = None) -> None:
    """Evaluates arrays as one graph, so that what they share is computed once."""

def exp(x: Array, /) -> Array:
    """`e` to the power `x`."""

def expand_dims(x: Array, /, axis: int | Sequence[int]) -> Array:
    """Axes of extent 1 inserted at positions of the result."""

def expm1(x: Array, /) -> Array:
    """`exp(x) - 1`, accurate near 0."""

def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Ones where column minus row is `k`, else zeros."""

def finfo(type: DType | Array, /) -> FloatInfo:
    """Limits of a floating dtype, or of that of an array."""

def flip(x: Array, /, *, axis: int | Sequence[int] | None = None) -> Array:
    """The elements backwards along some axes, or all."""

def floor(x: Array, /) -> Array:
    """Largest integer not above `x`."""

def floor_divide(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Quotient rounded towards minus infinity."""

def from_dlpack(x: Any, /, *, device: Device | str | None = None, copy: builtins.bool | None = None) -> Array:
    """An array over the memory of another library's, which nobody may write to as long as it is used. `copy=True` copies;"""

def full(shape: int | Sequence[int], fill_value: Number | Array, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """An array filled with one number."""

def full_like(x: Array, /, fill_value: Number | Array, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """One number with the shape and dtype of another array."""

def greater(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where `x1` is greater."""

def greater_equal(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where `x1` is greater or equal."""

def hypot(x1: Array | Number, x2: Array | Number, /) -> Array:
    """`sqrt(x1**2 + x2**2)` without overflow inside."""

def iinfo(type: DType | Array, /) -> IntInfo:
    """Limits of an integer dtype, or of that of an array."""

def imag(x: Array, /) -> Array:
    """Imaginary part; zeros for real arrays."""

def isdtype(dtype: DType, kind: DType | str | tuple[DType | str, ...]) -> builtins.bool:
    """True if a dtype is of a kind: one of the standard's names, a dtype, or a tuple of them."""

def isfinite(x: Array, /) -> Array:
    """True where neither NaN nor infinite."""

def isin(x1: Array | Number, x2: Array | Number, /, *, invert: builtins.bool = False) -> Array:
    """True where an element of `x1` is among those of `x2`; NaN never is."""

def isinf(x: Array, /) -> Array:
    """True at the infinities."""

def isnan(x: Array, /) -> Array:
    """True at NaN."""

def less(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where `x1` is less."""

def less_equal(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where `x1` is less or equal."""

def linspace(start: Number, stop: Number, /, num: int, *, dtype: DType | None = None, device: Device | str | None = None, endpoint: builtins.bool = True) -> Array:
    """`num` numbers at equal distances from `start` to `stop`."""

def log(x: Array, /) -> Array:
    """Natural logarithm."""

def log10(x: Array, /) -> Array:
    """Logarithm to base 10."""

def log1p(x: Array, /) -> Array:
    """`log(1 + x)`, accurate near 0."""

def log2(x: Array, /) -> Array:
    """Logarithm to base 2."""

def logaddexp(x1: Array | Number, x2: Array | Number, /) -> Array:
    """`log(exp(x1) + exp(x2))` without overflow inside."""

def logical_and(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where both are true. Numbers count as true unless they are 0."""

def logical_not(x: Array, /) -> Array:
    """True where the element is false; numbers count as true unless they are 0."""

def logical_or(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where at least one is true. Numbers count as true unless they are 0."""

def logical_xor(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where exactly one is true. Numbers count as true unless they are 0."""

def matmul(x1: Array, x2: Array, /) -> Array:
    """Product of matrices, batched over the leading axes; vectors count as a row on the left and a column on the right."""

def matrix_transpose(x: Array, /) -> Array:
    """The last two axes swapped."""

def max(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """Largest element; NaN wins."""

def maximum(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The larger of both; NaN wins."""

def mean(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """Mean; NaN of nothing."""

def meshgrid(*arrays: Array, indexing: Literal["xy", "ij"] = 'xy') -> tuple[Array, ...]:
    """Coordinates of a grid, from the coordinates along its axes."""

def min(x: Array, /, *, axis: int | Sequence[int] | None = None, keepdims: builtins.bool = False) -> Array:
    """Smallest element; NaN wins."""

def minimum(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The smaller of both; NaN wins."""

def moveaxis(x: Array, source: int | Sequence[int], destination: int | Sequence[int], /) -> Array:
    """Axes at other positions; the rest keep their order."""

def multiply(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Product."""

def negative(x: Array, /) -> Array:
    """`-x`."""

def nextafter(x1: Array | Number, x2: Array | Number, /) -> Array:
    """The next representable number after `x1` towards `x2`."""

def nonzero(x: Array, /) -> tuple[Array, ...]:
    """Positions of the elements that are not 0 in row-major order, one array per axis. Evaluates its operand."""

def not_equal(x1: Array | Number, x2: Array | Number, /) -> Array:
    """True where both differ."""

def ones(shape: int | Sequence[int], *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """An array of ones."""

def ones_like(x: Array, /, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Ones with the shape and dtype of another array."""

def permute_dims(x: Array, /, axes: Sequence[int]) -> Array:
    """The axes in another order: axis `k` of the result is axis `axes[k]`."""

def positive(x: Array, /) -> Array:
    """`x` itself."""

def pow(x1: Array | Number, x2: Array | Number, /) -> Array:
    """`x1` to the power `x2`."""

def prod(x: Array, /, *, axis: int | Sequence[int] | None = None, dtype: DType | None = None, keepdims: builtins.bool = False) -> Array:
    """Product; 1 of nothing. Integers widen to 64 bits."""

def real(x: Array, /) -> Array:
    """Real part."""

def reciprocal(x: Array, /) -> Array:
    """`1 / x`."""

def remainder(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Remainder with the sign of `x2`."""

def repeat(x: Array, repeats: int | Array, /, *, axis: int | None = None) -> Array:
    """Every element several times in a row along an axis; `None` takes the array as one axis. An array of counts has one for"""

def reshape(x: Array, /, shape: int | Sequence[int], *, copy: builtins.bool | None = None) -> Array:
    """The same elements in row-major order under another shape; one extent may be -1 and follows from the others."""

def result_type(*arrays_and_dtypes: Array | Number | DType) -> DType:
    """The dtype that arrays, dtypes and numbers have in common."""

def roll(x: Array, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> Array:
    """A cyclic shift along some axes; `None` shifts the array as if it had one axis."""

def round(x: Array, /) -> Array:
    """Nearest integer, ties to even, componentwise."""

def searchsorted(x1: Array, x2: Array | Number, /, *, side: Literal["left", "right"] = 'left', sorter: Array | None = None) -> Array:
    """Where elements would be inserted into the sorted array `x1` to keep it sorted."""

def set_threads(count: int, /) -> None:
    """Sets how many threads of the default device work on one graph, the caller included. Results do not depend on it."""

def sign(x: Array, /) -> Array:
    """`x / |x|`, 0 at 0."""

def signbit(x: Array, /) -> Array:
    """True where the sign bit is set."""

def sin(x: Array, /) -> Array:
    """Sine of an angle in radians."""

def sinh(x: Array, /) -> Array:
    """Hyperbolic sine."""

def sort(x: Array, /, *, axis: int = -1, descending: builtins.bool = False, stable: builtins.bool = True) -> Array:
    """The elements in order along an axis. Equal elements keep their order, NaN counts as the largest."""

def sqrt(x: Array, /) -> Array:
    """Square root; NaN for negative real numbers."""

def square(x: Array, /) -> Array:
    """`x * x`."""

def squeeze(x: Array, /, axis: int | Sequence[int]) -> Array:
    """The array without some axes of extent 1."""

def stack(arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
    """Arrays of one shape along a new axis."""

def stats() -> dict[str, int]:
    """What the process has done so far: graphs compiled and run, copies between devices, nodes computed more than once."""

def std(x: Array, /, *, axis: int | Sequence[int] | None = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Array:
    """Standard deviation; the divisor is the number of elements minus `correction`."""

def subtract(x1: Array | Number, x2: Array | Number, /) -> Array:
    """Difference."""

def sum(x: Array, /, *, axis: int | Sequence[int] | None = None, dtype: DType | None = None, keepdims: builtins.bool = False) -> Array:
    """Sum; 0 of nothing. Integers widen to 64 bits."""

def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """Elements along an axis at positions, which count from the end where negative."""

def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """Elements along an axis at positions given for every line of it; other axes broadcast."""

def tan(x: Array, /) -> Array:
    """Tangent of an angle in radians."""

def tanh(x: Array, /) -> Array:
    """Hyperbolic tangent."""

def tensordot(x1: Array, x2: Array, /, *, axes: int | tuple[int | Sequence[int], int | Sequence[int]] = 2) -> Array:
    """Sum of products over some axes of both arrays: a number of adjoining ones, or two sequences."""

def tile(x: Array, repetitions: Sequence[int], /) -> Array:
    """The array repeated along its axes; counts are aligned at the last axis."""

def tril(x: Array, /, *, k: int = 0) -> Array:
    """The matrices with zeros above diagonal `k`."""

def triu(x: Array, /, *, k: int = 0) -> Array:
    """The matrices with zeros below diagonal `k`."""

def trunc(x: Array, /) -> Array:
    """Nearest integer towards zero."""

def unique_all(x: Array, /) -> UniqueAllResult:
    """The distinct values in ascending order, where each is first, which one every element is, and how often each occurs."""

def unique_counts(x: Array, /) -> UniqueCountsResult:
    """The distinct values in ascending order, and how often each occurs. Evaluates its operand."""

def unique_inverse(x: Array, /) -> UniqueInverseResult:
    """The distinct values in ascending order, and which one every element is. Evaluates its operand."""

def unique_values(x: Array, /) -> Array:
    """The distinct values in ascending order; every NaN is one. Evaluates its operand."""

def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The parts of the array along an axis, without it."""

def var(x: Array, /, *, axis: int | Sequence[int] | None = None, correction: float = 0.0, keepdims: builtins.bool = False) -> Array:
    """Variance; the divisor is the number of elements minus `correction`."""

def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Sum of products along an axis; the first array is conjugated."""

def where(condition: Array, x1: Array | Number, x2: Array | Number, /) -> Array:
    """`x1` where the condition is true, `x2` elsewhere."""

def zeros(shape: int | Sequence[int], *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """An array of zeros."""

def zeros_like(x: Array, /, *, dtype: DType | None = None, device: Device | str | None = None) -> Array:
    """Zeros with the shape and dtype of another array."""

bool: DType
complex128: DType
complex64: DType
float32: DType
float64: DType
int16: DType
int32: DType
int64: DType
int8: DType
uint16: DType
uint32: DType
uint64: DType
uint8: DType
