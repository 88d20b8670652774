"""Random operands, and comparison with NumPy: shapes, dtypes, and values to a few units in the last place."""

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np

import ondine

BOOL = ["bool"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
REALS = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
NUMERIC = INTEGERS + REALS + COMPLEX
ALL = BOOL + NUMERIC

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -2.5, 1e-30, 1e30])

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
full_shapes = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)
seeds = st.integers(0, 2**32 - 1)


def values(dtype, shape, seed, domain="any"):
    """Values of a dtype; `domain` keeps them where a function is defined and NumPy agrees with the standard."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.asarray(rng.integers(0, 2, shape) != 0)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, high = {"small": (max(info.min, -8), 9), "count": (0, 7), "nonzero": (1, 100)}.get(
            domain, (info.min, info.max)
        )
        x = rng.integers(low, high, shape, dtype=dtype, endpoint=domain == "any")
        if domain == "nonzero" and dtype.kind == "i":
            x = x * rng.choice(np.array([-1, 1], dtype), shape)
        return np.asarray(x, dtype)
    if dtype.kind == "c":
        part = {"any": "finite", "special": "finite"}.get(domain, domain)
        return np.asarray(
            values("float64", shape, seed, part) + 1j * values("float64", shape, seed ^ 1, part), dtype
        )
    x = {
        "unit": lambda: rng.uniform(-1, 1, shape),
        "above": lambda: rng.uniform(1, 20, shape),
        "positive": lambda: rng.exponential(3.0, shape),
        "small": lambda: rng.normal(0, 4, shape),
        "nonzero": lambda: rng.choice([-1, 1], shape) * rng.uniform(0.1, 9, shape),
        "count": lambda: rng.uniform(0, 7, shape),
    }.get(domain, lambda: rng.normal(0, 1, shape) * 10.0 ** rng.integers(-3, 3, shape))()
    x = np.asarray(x, dtype)
    if domain in ("any", "special"):
        x = np.where(rng.random(shape) < 0.3, rng.choice(SPECIAL, shape), x).astype(dtype)
    return x


@st.composite
def arrays(draw, dtypes=tuple(ALL), domain="any", shape=shapes):
    return values(draw(st.sampled_from(dtypes)), draw(shape), draw(seeds), domain)


def to_ondine(x):
    """The same argument for Ondine: arrays, dtypes, and lists of either."""
    if isinstance(x, np.ndarray):
        return ondine.asarray(x)
    if isinstance(x, (list, tuple)):
        return type(x)(to_ondine(item) for item in x)
    if isinstance(x, np.dtype):
        return getattr(ondine, x.name)
    return x


def check(got, want, ulps=0.0, scale=None):
    """`got` has the type of `want` and its values: equal, or within `ulps` of the larger of the two moduli (or `scale`)."""
    if isinstance(want, (list, tuple)):
        assert type(got) is tuple and len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            check(one, other, ulps, scale)
        return
    want = np.asarray(want)
    assert isinstance(got, ondine.Array)
    assert got.dtype == getattr(ondine, want.dtype.name), (got.dtype, want.dtype)
    assert got.shape == want.shape
    assert got.ndim == want.ndim and got.size == want.size
    value = np.asarray(got)
    assert value.dtype == want.dtype
    if ulps == 0:
        np.testing.assert_array_equal(value, want)
        return
    eps = np.finfo(want.dtype).eps
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(want), np.abs(value)) if scale is None else scale
        close = np.abs(value - want) <= ulps * eps * size + ulps * np.finfo(want.dtype).smallest_subnormal
    same = close | (value == want) | (np.isnan(value) & np.isnan(want))
    np.testing.assert_array_equal(np.where(same, 0, value), np.where(same, 0, want))
