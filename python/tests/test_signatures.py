"""Signatures as the array API standard 2025.12 writes them; docstrings; stubs; how long an import takes."""

import inspect
import pathlib
import subprocess
import sys

import ondine
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import stubs  # noqa: E402

UNARY = """abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite isinf isnan log
    log1p log2 log10 logical_not negative positive real reciprocal round sign signbit sin sinh square sqrt tan tanh trunc
    matrix_transpose""".split()
BINARY = """add subtract multiply divide pow equal not_equal atan2 copysign floor_divide greater greater_equal hypot less
    less_equal logaddexp maximum minimum nextafter remainder bitwise_and bitwise_or bitwise_xor bitwise_left_shift
    bitwise_right_shift logical_and logical_or logical_xor""".split()
OVER_AXES = "(x, /, *, axis=None, keepdims=False)"
LIKE = "(x, /, *, dtype=None, device=None)"
OF_SHAPE = "(shape, *, dtype=None, device=None)"
ACCUMULATED = "(x, /, *, axis=None, dtype=None, keepdims=False)"
CORRECTED = "(x, /, *, axis=None, correction=0.0, keepdims=False)"
RUNNING = "(x, /, *, axis=None, dtype=None, include_initial=False)"
STANDARD = {
    **dict.fromkeys(UNARY, "(x, /)"),
    **dict.fromkeys(BINARY, "(x1, x2, /)"),
    **dict.fromkeys(["all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min"], OVER_AXES),
    **dict.fromkeys(["empty", "ones", "zeros"], OF_SHAPE),
    **dict.fromkeys(["empty_like", "ones_like", "zeros_like"], LIKE),
    **dict.fromkeys(["prod", "sum"], ACCUMULATED),
    **dict.fromkeys(["std", "var"], CORRECTED),
    **dict.fromkeys(["cumulative_prod", "cumulative_sum"], RUNNING),
    **dict.fromkeys(["argsort", "sort"], "(x, /, *, axis=-1, descending=False, stable=True)"),
    **dict.fromkeys(["finfo", "iinfo"], "(type, /)"),
    **dict.fromkeys(["nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"], "(x, /)"),
    **dict.fromkeys(["tril", "triu"], "(x, /, *, k=0)"),
    "arange": "(start, /, stop=None, step=1, *, dtype=None, device=None)",
    "asarray": "(obj, /, *, dtype=None, device=None, copy=None)",
    "astype": "(x, dtype, /, *, copy=True, device=None)",
    "broadcast_arrays": "(*arrays)",
    "broadcast_shapes": "(*shapes)",
    "broadcast_to": "(x, /, shape)",
    "can_cast": "(from_, to, /)",
    "clip": "(x, /, min=None, max=None)",
    "concat": "(arrays, /, *, axis=0)",
    "diff": "(x, /, *, axis=-1, n=1, prepend=None, append=None)",
    "expand_dims": "(x, /, axis)",
    "eye": "(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)",
    "flip": "(x, /, *, axis=None)",
    "from_dlpack": "(x, /, *, device=None, copy=None)",
    "full": "(shape, fill_value, *, dtype=None, device=None)",
    "full_like": "(x, /, fill_value, *, dtype=None, device=None)",
    "isdtype": "(dtype, kind)",
    "isin": "(x1, x2, /, *, invert=False)",
    "linspace": "(start, stop, /, num, *, dtype=None, device=None, endpoint=True)",
    "matmul": "(x1, x2, /)",
    "meshgrid": "(*arrays, indexing='xy')",
    "moveaxis": "(x, source, destination, /)",
    "permute_dims": "(x, /, axes)",
    "repeat": "(x, repeats, /, *, axis=None)",
    "reshape": "(x, /, shape, *, copy=None)",
    "result_type": "(*arrays_and_dtypes)",
    "roll": "(x, /, shift, *, axis=None)",
    "searchsorted": "(x1, x2, /, *, side='left', sorter=None)",
    "squeeze": "(x, /, axis)",
    "stack": "(arrays, /, *, axis=0)",
    "take": "(x, indices, /, *, axis=None)",
    "take_along_axis": "(x, indices, /, *, axis=-1)",
    "tensordot": "(x1, x2, /, *, axes=2)",
    "tile": "(x, repetitions, /)",
    "unstack": "(x, /, *, axis=0)",
    "vecdot": "(x1, x2, /, *, axis=-1)",
    "where": "(condition, x1, x2, /)",
}
# Beyond the standard.
OWN = {
    "argwhere": "(x, /)",
    "compile": "(function, /, *, device=None)",
    "eval_all": "(*arrays, device=None)",
    "set_threads": "(count, /)",
    "stats": "()",
}
METHODS = {
    "__array_namespace__": "(self, /, *, api_version=None)",
    "__dlpack__": "(self, /, *, stream=None, max_version=None, dl_device=None, copy=None)",
    "__dlpack_device__": "(self, /)",
    "to_device": "(self, device, /, *, stream=None)",
}
BINARY_OPERATORS = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
SPECIAL_METHODS = [
    *"abs neg pos invert bool int float complex index getitem setitem lt le gt ge eq ne".split(),
    *(prefix + name for name in BINARY_OPERATORS for prefix in ("", "r", "i")),
]
ATTRIBUTES = "dtype device mT ndim shape size T".split()
INSPECTION = {
    "capabilities": "(self)",
    "default_device": "(self)",
    "default_dtypes": "(self, *, device=None)",
    "devices": "(self)",
    "dtypes": "(self, *, device=None, kind=None)",
}
LINE = "(x, /, *, n=None, axis=-1, norm='backward')"
LINES = "(x, /, *, s=None, axes=None, norm='backward')"
FFT = {
    **dict.fromkeys(["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"], LINE),
    **dict.fromkeys(["fftn", "ifftn", "rfftn", "irfftn"], LINES),
    **dict.fromkeys(["fft2", "ifft2", "rfft2", "irfft2"], LINES.replace("axes=None", "axes=(-2, -1)")),
    **dict.fromkeys(["fftfreq", "rfftfreq"], "(n, /, *, d=1.0, dtype=None, device=None)"),
    **dict.fromkeys(["fftshift", "ifftshift"], "(x, /, *, axes=None)"),
}
LINALG = {
    **dict.fromkeys("det eig eigh eigvals eigvalsh inv matrix_transpose slogdet svdvals".split(), "(x, /)"),
    **dict.fromkeys(["matmul", "outer", "solve"], "(x1, x2, /)"),
    **dict.fromkeys(["cross", "vecdot"], "(x1, x2, /, *, axis=-1)"),
    **dict.fromkeys(["matrix_rank", "pinv"], "(x, /, *, rtol=None)"),
    "cholesky": "(x, /, *, upper=False)",
    "diagonal": "(x, /, *, offset=0)",
    "matrix_norm": "(x, /, *, keepdims=False, ord='fro')",
    "matrix_power": "(x, n, /)",
    "qr": "(x, /, *, mode='reduced')",
    "svd": "(x, /, *, full_matrices=True)",
    "tensordot": "(x1, x2, /, *, axes=2)",
    "trace": "(x, /, *, offset=0, dtype=None)",
    "vector_norm": "(x, /, *, axis=None, keepdims=False, ord=2)",
}
# What SciPy has beyond it; test_scipy compares signatures and values with SciPy's.
SCIPY_FFT = """dct idct dst idst dctn idctn dstn idstn hfft2 ihfft2 hfftn ihfftn fht ifht fhtoffset next_fast_len prev_fast_len
    get_workers set_workers""".split()
SCIPY_SPECIAL = """digamma entr erfinv exp10 expit gammaln i0 i0e i1 i1e j0 j1 log_softmax logit logsumexp psi sinc softmax
    xlogy""".split()


def signatures(module):
    functions = {name: getattr(module, name) for name in module.__all__}
    return {name: str(inspect.signature(value)) for name, value in functions.items() if inspect.isbuiltin(value)}


def test_signatures_are_those_of_the_standard():
    assert signatures(ondine) == STANDARD | OWN
    assert signatures(ondine.linalg) == LINALG
    transforms, special = signatures(ondine.fft), signatures(ondine.special)
    assert {name: transforms[name] for name in transforms if name not in SCIPY_FFT} == FFT
    assert {special[name] for name in special if name not in SCIPY_SPECIAL} == {"(x, /)"}


def test_the_array_has_the_methods_of_the_standard():
    for name, signature in METHODS.items():
        assert str(inspect.signature(getattr(ondine.Array, name))) == signature
    for name in ATTRIBUTES:
        assert inspect.isgetsetdescriptor(vars(ondine.Array)[name])
    missing = [name for name in SPECIAL_METHODS if f"__{name}__" not in vars(ondine.Array)]
    assert not missing


def test_inspection_is_that_of_the_standard():
    info = ondine.__array_namespace_info__()
    for name, signature in INSPECTION.items():
        assert str(inspect.signature(getattr(type(info), name))) == signature
    assert info.capabilities() == {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": None}
    assert info.default_device() == ondine.zeros(1).device
    assert type(info.devices()) is tuple and info.default_device() in info.devices()
    for device in info.devices():
        assert ondine.ones(2, device=device).device == device
        assert info.dtypes(device=device) == info.dtypes() and len(info.dtypes()) == 13
    assert info.default_dtypes() == {
        "real floating": ondine.float64,
        "complex floating": ondine.complex128,
        "integral": ondine.int64,
        "indexing": ondine.int64,
    }
    assert list(info.dtypes(kind=("bool", "complex floating"))) == ["bool", "complex64", "complex128"]
    assert list(info.dtypes(kind="unsigned integer")) == ["uint8", "uint16", "uint32", "uint64"]
    with pytest.raises(ValueError, match="is no kind of dtype"):
        info.dtypes(kind="text")
    with pytest.raises(ValueError):
        info.dtypes(device="nowhere")


@pytest.mark.parametrize("module", [ondine, ondine.fft, ondine.special])
def test_everything_is_documented(module):
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isbuiltin(value) or inspect.isclass(value):
            assert value.__doc__ and value.__doc__.strip(), name


def test_stubs_are_up_to_date():
    for name, text in stubs.stubs().items():
        assert (stubs.PACKAGE / name).read_text() == text, f"{name} is stale: run python python/stubs.py"


def test_every_function_is_tested_and_the_table_says_where():
    import standard

    assert [function for function, files in standard.places().items() if not files] == []
    assert standard.TABLE.read_text() == standard.table(), "standard.md is stale: run python python/tests/standard.py"


def test_namespace():
    assert ondine.__array_api_version__ == "2025.12" and ondine.newaxis is None
    assert abs(ondine.pi - 3.141592653589793) == 0 and ondine.inf > 1e308 and ondine.nan != ondine.nan
    x = ondine.zeros(2)
    assert x.__array_namespace__() is ondine and x.__array_namespace__(api_version="2025.12") is ondine
    assert x.__array_namespace__(api_version="2022.12") is ondine
    with pytest.raises(ValueError, match="2020.01"):
        x.__array_namespace__(api_version="2020.01")
    dtypes = [value for value in vars(ondine).values() if isinstance(value, ondine.DType)]
    assert len(dtypes) == 13 and len(set(dtypes)) == 13
    assert repr(ondine.float32) == "ondine.float32" and ondine.float32.name == "float32" != ondine.float32
    assert ondine.complex64.itemsize == 8


def test_an_import_is_quick_and_needs_no_numpy():
    program = """
import sys, time
start = time.perf_counter()
import ondine
took = time.perf_counter() - start
float(ondine.sum(ondine.arange(3)))
assert "numpy" not in sys.modules
print(took)
"""
    def import_time():
        return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)

    assert min(import_time() for _ in range(3)) < 0.1


def test_the_compiled_module_is_small():
    assert pathlib.Path(ondine._native.__file__).stat().st_size < 25e6
