"""Data type functions, and promotion by the table of the standard."""

import itertools
import pickle

import numpy as np
import ondine
import pytest
from compare import ALL, COMPLEX, INTEGERS, REALS, SIGNED, UNSIGNED

KINDS = {
    "bool": ["bool"],
    "signed integer": SIGNED,
    "unsigned integer": UNSIGNED,
    "integral": INTEGERS,
    "real floating": REALS,
    "complex floating": COMPLEX,
    "numeric": INTEGERS + REALS + COMPLEX,
}


def named(name):
    return getattr(ondine, name)


@pytest.mark.parametrize("a, b", list(itertools.product(ALL, ALL)))
def test_promotion_is_that_of_numpy(a, b):
    want = np.result_type(a, b).name
    got = ondine.result_type(named(a), named(b))
    assert got == ondine.result_type(ondine.ones(2, dtype=named(a)), named(b))
    same_kind = any(a in names and b in names for names in ([*INTEGERS], REALS + COMPLEX, ["bool"]))
    undefined = "uint64" in (a, b) and (a in SIGNED or b in SIGNED)
    if same_kind and not undefined:
        assert got == named(want)
        assert (ondine.zeros(1, dtype=named(a)) + ondine.zeros(1, dtype=named(b))).dtype == named(want) or a == "bool"
    assert ondine.can_cast(named(a), named(b)) is (got == named(b))
    assert ondine.can_cast(ondine.ones(1, dtype=named(a)), named(b)) is (got == named(b))


def test_numbers_take_the_dtype_of_arrays():
    assert ondine.result_type(ondine.float32, 2.5, 3) == ondine.float32
    assert ondine.result_type(1j, ondine.float32) == ondine.complex64
    assert ondine.result_type(ondine.uint8, 1) == ondine.uint8
    for nothing in ((), (1, 2.0)):
        with pytest.raises(ValueError, match="no array"):
            ondine.result_type(*nothing)
    with pytest.raises(TypeError, match="no array, number or dtype"):
        ondine.result_type("float32")


@pytest.mark.parametrize("name", ALL)
def test_kinds(name):
    for kind, names in KINDS.items():
        assert ondine.isdtype(named(name), kind) is (name in names)
        assert ondine.isdtype(named(name), (kind, named(name))) is True
    assert ondine.isdtype(named(name), ()) is False
    assert ondine.isdtype(dtype=named(name), kind=named(name)) is True
    with pytest.raises(ValueError, match="is no kind of dtype"):
        ondine.isdtype(named(name), "float")
    with pytest.raises(TypeError, match="is no kind"):
        ondine.isdtype(named(name), 3)


@pytest.mark.parametrize("name", REALS + COMPLEX)
def test_limits_of_floating_dtypes(name):
    want = np.finfo(name)
    for info in (ondine.finfo(named(name)), ondine.finfo(ondine.ones(1, dtype=named(name)))):
        for field in ("eps", "max", "min", "smallest_normal"):
            assert type(getattr(info, field)) is float and getattr(info, field) == float(getattr(want, field))
        assert info.bits == want.bits and info.dtype == named(want.dtype.name)
    with pytest.raises(ValueError, match="not an integer dtype"):
        ondine.iinfo(named(name))


@pytest.mark.parametrize("name", INTEGERS)
def test_limits_of_integer_dtypes(name):
    want = np.iinfo(name)
    info = ondine.iinfo(named(name))
    assert (info.bits, info.max, info.min, info.dtype) == (want.bits, want.max, want.min, named(name))
    assert type(info.max) is int and str(info.max) in repr(info)
    with pytest.raises(ValueError, match="not a floating dtype"):
        ondine.finfo(named(name))


def test_complex_numbers_become_real_ones_where_that_is_asked_for():
    x = ondine.asarray([[1 + 2j, 3 - 4j]])
    for call in (ondine.asarray, ondine.sum, ondine.prod, ondine.linalg.trace, ondine.cumulative_sum, ondine.cumulative_prod):
        kw = {"axis": -1} if "cumulative" in call.__name__ else {}
        with pytest.warns(UserWarning, match="imaginary parts are discarded"):
            got = call(x, dtype=ondine.int16, **kw)
        assert got.dtype == ondine.int16
        np.testing.assert_array_equal(np.asarray(got), np.asarray(call(ondine.real(x), dtype=ondine.int16, **kw)))
    with pytest.raises(TypeError, match="real"):
        ondine.astype(x, ondine.int16)


@pytest.mark.parametrize("name", ALL)
def test_pickles(name):
    assert pickle.loads(pickle.dumps(named(name))) == named(name)
    x = np.ones((2, 0, 3), name), np.asarray(1, name), np.eye(3, dtype=name)
    for value in x:
        again = pickle.loads(pickle.dumps(ondine.asarray(value)))
        assert again.dtype == named(name) and again.shape == value.shape
        np.testing.assert_array_equal(np.asarray(again), value)
