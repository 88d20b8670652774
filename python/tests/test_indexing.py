"""Brackets against NumPy's, to read and to write."""

import hypothesis.extra.numpy as hnp
import numpy as np
import ondine
import pytest
from compare import ALL, arrays, check, full_shapes, seeds, to_ondine, values
from hypothesis import given, strategies as st


@st.composite
def keys(draw):
    x = draw(arrays(domain="small"))
    return x, draw(hnp.basic_indices(x.shape, allow_newaxis=True, allow_ellipsis=True))


@given(keys())
def test_selections_agree_with_numpy(case):
    x, key = case
    check(to_ondine(x)[key], np.asarray(x[key]))


@given(keys(), seeds, st.booleans())
def test_assignments_agree_with_numpy(case, seed, number):
    x, key = case
    value = values(x.dtype, () if number else np.asarray(x[key]).shape, seed, "small")
    value = value.item() if number and seed % 2 else value
    y = to_ondine(x)
    same, before = y, ondine.asarray(y, copy=True)
    y[key] = to_ondine(value)
    want = x.copy()
    want[key] = value
    check(same, want)
    check(before, x)


@given(arrays(shape=full_shapes), st.data())
def test_arrays_of_positions_select_along_the_first_axis(x, data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=2, max_side=4))
    places = data.draw(hnp.arrays("int64", shape, elements=st.integers(-len(x), len(x) - 1)))
    check(to_ondine(x)[to_ondine(places)], x[places])
    check(to_ondine(x)[places], x[places])


@given(arrays(domain="small"), seeds)
def test_masks_select_what_is_overwritten(x, seed):
    mask = values("bool", x.shape, seed)
    y, value = to_ondine(x), x.dtype.type(1)
    y[to_ondine(mask)] = value.item()
    want = x.copy()
    want[mask] = value
    check(y, want)


def test_single_elements_and_rows():
    x = ondine.asarray(np.arange(6).reshape(2, 3))
    assert int(x[1, -1]) == 5 and int(x[np.int64(1), ondine.asarray(0)]) == 3
    assert len(x) == 2 and [row.shape for row in x] == [(3,), (3,)]
    assert [int(e) for e in x[0]] == [0, 1, 2]
    with pytest.raises(TypeError, match="without axes"):
        len(x[0, 0])
    with pytest.raises(TypeError, match="without axes"):
        iter(x[0, 0])
    check(x[-(10**30) : 10**30], np.arange(6).reshape(2, 3))


@pytest.mark.parametrize(
    "key, text",
    [
        (2, "index 2 is out of range for axis 0 of i64\\[2, 3\\]"),
        ((0, 0, 0), "3 indices for"),
        ("a", "stands in no tuple"),
        (1.0, "stands in no tuple"),
        (np.zeros(2), "f64 is no index"),
        (np.array([True, False]), "only to write"),
    ],
)
def test_what_is_no_key_is_an_error(key, text):
    with pytest.raises(IndexError, match=text):
        ondine.asarray(np.arange(6).reshape(2, 3))[key]


def test_errors_of_assignments_leave_the_array_as_it_is():
    x = ondine.zeros((2, 3))
    for key, value, error in [
        (0, ondine.zeros(2), ValueError),
        (9, 1.0, IndexError),
        (0, 1j, TypeError),
        (np.zeros(2) > 0, 1.0, IndexError),
        (np.array([0]), 1.0, IndexError),
        ((slice(None, None, 0),), 1.0, ValueError),
    ]:
        with pytest.raises(error):
            x[key] = value
    check(x, np.zeros((2, 3)))
