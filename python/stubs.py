"""Writes the type stubs from the signatures and docstrings of the module: `python python/stubs.py`.

A test compares what lies in `package/ondine/*.pyi` with what this makes, so a new function needs its line in Rust, this script, and
an entry below only where a name means another type than elsewhere.
"""

import inspect
import pathlib

import ondine

PACKAGE = pathlib.Path(__file__).parent / "package" / "ondine"

# What a parameter is, by its name.
PARAMETERS = {
    "_exception": "Any",
    "A": "Array",
    "a": "Array",
    "api_version": "str | None",
    "arguments": "ArrayLike",
    "append": "Array | None",
    "arrays": "Array",
    "arrays_and_dtypes": "Array | Number | DType",
    "axes": "int | Sequence[int] | None",
    "axis": "int | Sequence[int] | None",
    "b": "Array | Number | None",
    "bias": "float",
    "condition": "Array",
    "copy": "bool | None",
    "correction": "float",
    "count": "int",
    "d": "float",
    "descending": "bool",
    "destination": "int | Sequence[int]",
    "device": "Device | str | None",
    "dln": "float",
    "dl_device": "tuple[Any, int] | None",
    "dtype": "DType | None",
    "endpoint": "bool",
    "fill_value": "Number | Array",
    "from_": "DType | Array",
    "function": "Callable[..., Array | Sequence[Array]]",
    "include_initial": "bool",
    "indexing": 'Literal["xy", "ij"]',
    "indices": "Array",
    "initial": "float",
    "invert": "bool",
    "k": "int",
    "keepdims": "bool",
    "kind": "DType | str | tuple[DType | str, ...]",
    "full_matrices": "bool",
    "max": "Array | Number | None",
    "max_version": "tuple[int, int] | None",
    "min": "Array | Number | None",
    "mode": 'Literal["reduced", "complete"]',
    "mu": "float",
    "n": "int | None",
    "n_cols": "int | None",
    "n_rows": "int",
    "name": "str",
    "norm": 'Literal["backward", "ortho", "forward"] | None',
    "num": "int",
    "obj": "Any",
    "offset": "float",
    "ord": "int | float",
    "orthogonalize": "bool | None",
    "overwrite_x": "bool",
    "real": "bool",
    "prepend": "Array | None",
    "repeats": "int | Array",
    "repetitions": "Sequence[int]",
    "rtol": "float | Array | None",
    "return_sign": "bool",
    "s": "Sequence[int] | None",
    "shape": "int | Sequence[int]",
    "shapes": "Sequence[int]",
    "shift": "int | Sequence[int]",
    "side": 'Literal["left", "right"]',
    "sorter": "Array | None",
    "source": "int | Sequence[int]",
    "stable": "bool",
    "start": "Number",
    "step": "Number",
    "stop": "Number | None",
    "stream": "Any",
    "target": "int",
    "type": "int",
    "workers": "int | None",
    "to": "DType",
    "upper": "bool",
    "x": "Array",
    "x1": "Array | Number",
    "x2": "Array | Number",
    "y": "Array",
}

# Where a name means something else.
EXCEPTIONS = {
    ("argsort", "axis"): "int",
    ("Array.__array__", "dtype"): "Any",
    ("Array.to_device", "device"): "Device | str",
    ("argmax", "axis"): "int | None",
    ("argmin", "axis"): "int | None",
    ("astype", "copy"): "bool",
    ("isdtype", "dtype"): "DType",
    ("diff", "axis"): "int",
    ("finfo", "type"): "DType | Array",
    ("iinfo", "type"): "DType | Array",
    ("diff", "n"): "int",
    ("from_dlpack", "x"): "Any",
    ("astype", "dtype"): "DType",
    ("concat", "arrays"): "Sequence[Array]",
    ("concat", "axis"): "int | None",
    ("cumulative_prod", "axis"): "int | None",
    ("cumulative_sum", "axis"): "int | None",
    ("expand_dims", "axis"): "int | Sequence[int]",
    ("linspace", "stop"): "Number",
    ("permute_dims", "axes"): "Sequence[int]",
    ("repeat", "axis"): "int | None",
    ("searchsorted", "x1"): "Array",
    ("sort", "axis"): "int",
    ("squeeze", "axis"): "int | Sequence[int]",
    ("stack", "arrays"): "Sequence[Array]",
    ("stack", "axis"): "int",
    ("take", "axis"): "int | None",
    ("take_along_axis", "axis"): "int",
    ("tensordot", "axes"): "int | tuple[int | Sequence[int], int | Sequence[int]]",
    ("vecdot", "axis"): "int",
    **{(name, parameter): "Array" for name in ("matmul", "tensordot", "vecdot") for parameter in ("x1", "x2")},
    ("unstack", "axis"): "int",
    ("cross", "axis"): "int",
    ("matrix_norm", "ord"): 'int | float | Literal["fro", "nuc"] | None',
    ("matrix_power", "n"): "int",
    **{(name, "offset"): "int" for name in ("diagonal", "trace")},
    **{(name, parameter): "Array" for name in ("cross", "outer", "solve") for parameter in ("x1", "x2")},
    **{(name, "axis"): "int" for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{(name, "axis"): "int" for name in ("dct", "idct", "dst", "idst")},
    ("set_workers", "workers"): "int",
    **{(name, "n"): "int" for name in ("fftfreq", "rfftfreq")},
    **{("xlogy", name): "Array | Number" for name in "xy"},
}

# Results that are not an array.
RESULTS = {
    "Array.__array__": "Any",
    "Array.__array_namespace__": "ModuleType",
    "Array.__dlpack__": "Any",
    "Array.__dlpack_device__": "tuple[int, int]",
    "Array._repr_svg_": "str | None",
    "Array.dot": "str",
    "Array.dump": "str",
    "Array.explain": "Explanation",
    "Compiled.__call__": "Any",
    "Device.release": "None",
    "Device.set_memory_limit": "None",
    "Device.set_threads": "None",
    "broadcast_arrays": "tuple[Array, ...]",
    "broadcast_shapes": "tuple[int, ...]",
    "can_cast": "bool",
    "compile": "Compiled",
    "eval_all": "None",
    "fhtoffset": "float",
    "get_workers": "int",
    "logsumexp": "Array | tuple[Array, Array]",
    "meshgrid": "tuple[Array, ...]",
    "next_fast_len": "int",
    "no_evaluation.__enter__": "None",
    "no_evaluation.__exit__": "None",
    "progress.__enter__": "None",
    "progress.__exit__": "None",
    "prev_fast_len": "int",
    "finfo": "FloatInfo",
    "iinfo": "IntInfo",
    "isdtype": "bool",
    "meshgrid": "tuple[Array, ...]",
    "nonzero": "tuple[Array, ...]",
    "result_type": "DType",
    "set_threads": "None",
    "set_workers": "AbstractContextManager[None]",
    "stats": "dict[str, int]",
    "eig": "EigResult",
    "eigh": "EighResult",
    "qr": "QRResult",
    "slogdet": "SlogdetResult",
    "svd": "SVDResult",
    "unique_all": "UniqueAllResult",
    "unique_counts": "UniqueCountsResult",
    "unique_inverse": "UniqueInverseResult",
    "unstack": "tuple[Array, ...]",
}

# What the stub of a module needs besides.
RESULTS_OF = {
    "linalg": "from ._errors import LinAlgError as LinAlgError\n"
    "from ._results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult\n",
}

PROPERTIES = {
    "T": "Array",
    "__wrapped__": "Callable[..., Any]",
    "after": "str",
    "before": "str",
    "bits": "int",
    "device": "Device",
    "dtype": "DType",
    "eps": "float",
    "is_ready": "bool",
    "itemsize": "int",
    "mT": "Array",
    "max": "float",
    "min": "float",
    "name": "str",
    "ndim": "int",
    "plan": "str",
    "shape": "tuple[int, ...]",
    "size": "int",
    "threads": "int | None",
    "smallest_normal": "float",
}

# Special methods whose signatures C does not tell.
OPERATORS = ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"]
CONVERSIONS = {"bool": "bool", "int": "int", "float": "float", "complex": "complex", "index": "int", "len": "int"}

HEADER = """\
# Written by stubs.py.
from collections.abc import Callable, Iterator, Sequence
from types import EllipsisType, ModuleType
from typing import Any, Literal, TypeAlias

"""


def signature(owner, function):
    """The annotated signature of a function, or of a method of a class."""
    name = f"{owner.__name__}.{function.__name__}" if owner else function.__name__
    kinds = inspect.Parameter
    parts, seen_keyword_only = [], False
    parameters = list(inspect.signature(function).parameters.values())
    for at, parameter in enumerate(parameters):
        if parameter.kind is kinds.KEYWORD_ONLY and not seen_keyword_only:
            if not any(other.kind is kinds.VAR_POSITIONAL for other in parameters):
                parts.append("*")
            seen_keyword_only = True
        if owner and at == 0:
            text = parameter.name
        else:
            star = "*" if parameter.kind is kinds.VAR_POSITIONAL else ""
            text = f"{star}{parameter.name}: {EXCEPTIONS.get((name, parameter.name)) or PARAMETERS[parameter.name]}"
        if parameter.default is not kinds.empty:
            text += f" = {parameter.default!r}"
        parts.append(text)
        following = parameters[at + 1].kind if at + 1 < len(parameters) else None
        if parameter.kind is kinds.POSITIONAL_ONLY and following is not kinds.POSITIONAL_ONLY:
            parts.append("/")
    result = RESULTS.get(name, "Array")
    return f"def {function.__name__}({', '.join(parts)}) -> {result}:"


def documented(text, doc, indent=""):
    if not doc:
        return f"{indent}{text} ...\n"
    return f'{indent}{text}\n{indent}    """{doc.splitlines()[0]}"""\n'


def property_type(cls, name):
    return "int" if cls.__name__ == "IntInfo" and name in ("max", "min") else PROPERTIES[name]


def class_stub(cls):
    lines = [f"class {cls.__name__}:\n", f'    """{cls.__doc__.splitlines()[0]}"""\n\n']
    if cls is ondine.Device:
        lines.append("    def __new__(cls, name: str, /) -> Device: ...\n")
    if cls is ondine.progress:
        lines.append("    def __new__(cls, callback: Callable[[int, int, str], Any] | None = None) -> progress: ...\n")
    for name, member in sorted(vars(cls).items()):
        if inspect.isgetsetdescriptor(member) and name in PROPERTIES:
            lines.append("    @property\n")
            lines.append(documented(f"def {name}(self) -> {property_type(cls, name)}:", member.__doc__, "    "))
        elif f"{cls.__name__}.{name}" == "Compiled.__call__":
            lines.append("    def __call__(self, *arguments: ArrayLike) -> Any: ...\n")
        elif inspect.ismethoddescriptor(member) and (not name.startswith("_") or f"{cls.__name__}.{name}" in RESULTS):
            lines.append(documented(signature(cls, member), member.__doc__, "    "))
    if cls is ondine.Array:
        for name in OPERATORS:
            for prefix in ("", "r", "i"):
                lines.append(f"    def __{prefix}{name}__(self, other: ArrayLike, /) -> Array: ...\n")
        for name in ("eq", "ne"):
            lines.append(f"    def __{name}__(self, other: ArrayLike, /) -> Array: ...  # type: ignore[override]\n")
        for name in ("lt", "le", "gt", "ge"):
            lines.append(f"    def __{name}__(self, other: ArrayLike, /) -> Array: ...\n")
        for name in ("neg", "pos", "abs", "invert"):
            lines.append(f"    def __{name}__(self) -> Array: ...\n")
        for name, result in CONVERSIONS.items():
            lines.append(f"    def __{name}__(self) -> {result}: ...\n")
        lines.append("    def __iter__(self) -> Iterator[Array]: ...\n")
        lines.append("    def __getitem__(self, key: Key, /) -> Array: ...\n")
        lines.append("    def __setitem__(self, key: Key, value: ArrayLike, /) -> None: ...\n")
        lines.append("    def __buffer__(self, flags: int, /) -> memoryview: ...\n")
    return "".join(lines)


def module_stub(module, names):
    return "\n".join(
        documented(signature(None, getattr(module, name)), getattr(module, name).__doc__) for name in names
    )


def stubs():
    """The text of every stub file by its name."""
    functions, classes, dtypes = [], [], []
    for name in sorted(ondine._native.__all__):
        value = getattr(ondine, name)
        if inspect.isbuiltin(value):
            functions.append(name)
        elif inspect.isclass(value):
            classes.append(value)
        elif isinstance(value, ondine.DType):
            dtypes.append(name)
    main = HEADER + "from . import fft as fft, linalg as linalg, special as special\n"
    main += "from ._info import __array_namespace_info__ as __array_namespace_info__\n"
    main += "from ._results import UniqueAllResult, UniqueCountsResult, UniqueInverseResult\n\n"
    main += "Number: TypeAlias = int | float | complex\n"
    main += "ArrayLike: TypeAlias = Any\nIndex: TypeAlias = int | slice | EllipsisType | Array | None\nKey: TypeAlias = Index | tuple[Index, ...]\n\n"
    main += "e: float\ninf: float\nnan: float\nnewaxis: None\npi: float\n__array_api_version__: str\n\n"
    main += "scipy_backend: Any\n\n"
    main += "class AxisError(ValueError, IndexError):\n" + f'    """{ondine.AxisError.__doc__}"""\n\n'
    main += "\n".join(class_stub(cls) for cls in classes) + "\n"
    main += module_stub(ondine, functions) + "\n"
    main += "".join(f"{name}: DType\n" for name in dtypes)
    files = {"__init__.pyi": builtins_apart(main)}
    for module in (ondine.fft, ondine.linalg, ondine.special):
        short = module.__name__.rpartition(".")[2]
        text = "# Written by stubs.py.\nfrom collections.abc import Sequence\n"
        text += "from contextlib import AbstractContextManager\nfrom typing import Literal, TypeAlias\n\n"
        text += "from . import Array, Device, DType\n" + RESULTS_OF.get(short, "") + "\nNumber: TypeAlias = int | float | complex\n\n" + module_stub(module, sorted(name for name in module.__all__ if inspect.isroutine(getattr(module, name))))
        files[f"{short}.pyi"] = text
    return files


def builtins_apart(text):
    """`bool`, which the module redefines, is spelled with its home in annotations."""
    lines = []
    for line in text.splitlines():
        if "def " in line or line.startswith("Number"):
            head, arrow, tail = line.partition("(")
            line = head + arrow + tail.replace("bool", "builtins.bool")
        lines.append(line)
    return "\n".join(lines).replace("from collections.abc", "import builtins\nfrom collections.abc", 1) + "\n"


if __name__ == "__main__":
    for name, text in stubs().items():
        (PACKAGE / name).write_text(text)
