"""Set functions: named tuples, every NaN apart, both zeros as one."""

import numpy as np
import ondine
import pytest
from compare import ALL, arrays, check, to_ondine
from hypothesis import given


@given(arrays(ALL, "special"))
def test_distinct_values_agree_with_numpy(x):
    values, indices, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    found = ondine.unique_all(to_ondine(x))
    assert found._fields == ("values", "indices", "inverse_indices", "counts")
    check(found.values, values)
    check(found.indices, indices)
    check(found.inverse_indices, inverse.reshape(x.shape))
    check(found.counts, counts)
    counted, inverted = ondine.unique_counts(to_ondine(x)), ondine.unique_inverse(to_ondine(x))
    assert counted._fields == ("values", "counts") and inverted._fields == ("values", "inverse_indices")
    check(counted.values, values)
    check(counted.counts, counts)
    check(inverted.values, values)
    check(inverted.inverse_indices, inverse.reshape(x.shape))
    check(ondine.unique_values(to_ondine(x)), values)


def test_complex_numbers_with_nan_are_apart():
    x = np.array([complex(np.nan, 0), complex(0, np.nan), complex(np.nan, 0), 1, 1])
    found = ondine.unique_all(ondine.asarray(x))
    assert sorted(np.asarray(found.counts).tolist()) == [1, 1, 1, 2]
    rebuilt = np.asarray(found.values)[np.asarray(found.inverse_indices)]
    np.testing.assert_array_equal(rebuilt, x)


def test_numbers_are_members_in_the_dtype_of_the_array():
    table = ondine.asarray([2**63 + 1, 5], dtype=ondine.uint64)
    check(ondine.isin(2**63 + 1, table), np.asarray(True))
    check(ondine.isin(2**63, table), np.asarray(False))
    check(ondine.isin(ondine.asarray([1, 2]), 2, invert=True), np.array([True, False]))
    check(ondine.isin(3, 3), np.asarray(True))


def test_repeats_by_counts():
    x = np.arange(6).reshape(2, 3)
    check(ondine.repeat(to_ondine(x), ondine.asarray([2, 0, 1]), axis=1), np.repeat(x, [2, 0, 1], axis=1))
    check(ondine.repeat(to_ondine(x), ondine.asarray([2])), np.repeat(x, 2))
    check(ondine.repeat(to_ondine(x), ondine.asarray([0, 3]), axis=-2), np.repeat(x, [0, 3], axis=-2))
    for bad in (ondine.asarray([-1]), -1):
        with pytest.raises(ValueError, match="count"):
            ondine.repeat(to_ondine(x), bad)
    with pytest.raises(TypeError, match="integers"):
        ondine.repeat(to_ondine(x), 1.5)


def test_positions_need_an_axis():
    with pytest.raises(ValueError, match="nonzero"):
        ondine.nonzero(ondine.asarray(1))
