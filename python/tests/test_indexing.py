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
        (np.array([True, False, True]), "does not fit"),
        (np.ones((2, 3, 1), bool), "does not fit"),
        ((np.array([0]), True), "stands alone"),
        ((np.array([0]), 3), "out of range for axis 1"),
        ((np.array([0, 1]), np.array([0, 1, 2])), "do not broadcast"),
        ((np.array([0]), ..., ...), "more than one ellipsis"),
        ((np.array([0]), 0, 0), "3 indices for"),
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
        (np.zeros(3) > 0, 1.0, IndexError),
        ((slice(None, None, 0),), 1.0, ValueError),
    ]:
        with pytest.raises(error):
            x[key] = value
    check(x, np.zeros((2, 3)))


@st.composite
def mixed_keys(draw):
    """Integers, slices, new axes and an ellipsis around arrays of integers and masks."""
    x = draw(arrays(domain="small", shape=full_shapes))
    rng = np.random.default_rng(draw(seeds))
    common = draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
    count = draw(st.integers(1, x.ndim))
    key, has_array = [], False
    for extent in x.shape[:count]:
        kind = draw(st.sampled_from(["array", "array", "integer", "slice", "mask"]))
        if kind == "mask" and has_array:
            kind = "array"
        if kind == "array":
            shape = [draw(st.sampled_from([1, size])) for size in common]
            key.append(rng.integers(-extent, extent, shape, "int64" if draw(st.booleans()) else "int16"))
        elif kind == "mask" and not any(isinstance(other, np.ndarray) for other in key):
            key.append(rng.random(extent) < 0.5)
            common = (int(key[-1].sum()),) if key[-1].sum() else (0,)
            has_array = True
        elif kind == "integer":
            key.append(int(rng.integers(-extent, extent)))
        else:
            key.append(draw(st.slices(extent)))
        if draw(st.integers(0, 5)) == 0:
            key.append(None)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(key)))
        key.insert(at, ...)
        rest = x.ndim - count
        assert rest >= 0
        tail = [entry for entry in key[at + 1 :] if entry is not None]
        lead = [entry for entry in key[:at] if entry is not None]
        # Positions were drawn for the leading axes: those behind the ellipsis index others.
        for place, entry in enumerate(key[at + 1 :], at + 1):
            if entry is None or isinstance(entry, slice):
                continue
            key[place] = slice(None)
        assert len(lead) + len(tail) == count
    return x, tuple(key)


@given(mixed_keys(), seeds, st.booleans())
def test_arrays_next_to_other_indices_agree_with_numpy(case, seed, number):
    x, key = case
    theirs = tuple(ondine.asarray(entry) if isinstance(entry, np.ndarray) else entry for entry in key)
    try:
        want = np.asarray(x[key])
    except IndexError:
        with pytest.raises(IndexError):
            to_ondine(x)[theirs]
        return
    check(to_ondine(x)[theirs], want)
    written, y = x.copy(), to_ondine(x)
    value = values(x.dtype, () if number else want.shape, seed, "small")
    written[key], y[theirs] = value, to_ondine(value)
    check(y, written)


@given(arrays(domain="small", shape=full_shapes), seeds, st.data())
def test_masks_read_and_write(x, seed, data):
    mask = values("bool", x.shape[: data.draw(st.integers(0, x.ndim))], seed)
    check(to_ondine(x)[to_ondine(mask)], x[mask])
    y, want = to_ondine(x), x.copy()
    value = values(x.dtype, want[mask].shape, seed, "small")
    y[to_ondine(mask)], want[mask] = to_ondine(value), value
    check(y, want)


def test_masks_without_elements_select_nothing():
    x = ondine.asarray(np.arange(6).reshape(2, 3))
    assert x[ondine.zeros((0,), dtype=ondine.bool)].shape == (0, 3)
    assert x[ondine.zeros((2, 0), dtype=ondine.bool)].shape == (0,)
    assert x[ondine.zeros((0, 3), dtype=ondine.bool)].shape == (0,)
    for shape in ((0, 1), (1, 0), (2, 2), (1, 3), (0, 0, 0)):
        with pytest.raises(IndexError, match="mask: one of shape"):
            x[ondine.zeros(shape, dtype=ondine.bool)]


def test_positions_out_of_range_raise_when_read():
    with pytest.raises(IndexError):
        np.asarray(ondine.asarray([1, 2])[ondine.asarray([0, 2])])
