"""NumPy's arrays in and out: every dtype and layout, copies and none, numbers, the buffer protocol."""

import array
import copy
import operator

import numpy as np
import ondine
import pytest
from compare import ALL, COMPLEX, INTEGERS, REALS, arrays, check, seeds, values
from hypothesis import given, strategies as st

LAYOUTS = {
    "contiguous": lambda x: x,
    "reversed": lambda x: x[:, ::-1],
    "transposed": lambda x: x.T,
    "stepped": lambda x: x[::2, 1:],
    "fortran": np.asfortranarray,
    "broadcast": lambda x: np.broadcast_to(x, (2, *x.shape)),
    "empty": lambda x: x[:0],
    "scalar": lambda x: x[0, 0, ...],
    "number": lambda x: x[0, 0, 0],
    "swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "swapped and reversed": lambda x: x.astype(x.dtype.newbyteorder())[::-1],
    "unaligned": lambda x: np.frombuffer(b"x" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape),
    "read only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ALL)
def test_arrays_come_in_and_go_out(dtype, layout):
    x = LAYOUTS[layout](values(dtype, (3, 4, 2), 5, "small"))
    for made in (ondine.asarray(x), ondine.asarray(x, copy=True), ondine.asarray(memoryview(x) if dtype not in COMPLEX else x)):
        check(made, np.asarray(x, dtype))


def test_memory_that_can_be_written_to_is_copied_unless_that_is_forbidden():
    x = np.arange(3.0)
    copied, shared = ondine.asarray(x), ondine.asarray(x, copy=False)
    x[0] = 7
    assert np.asarray(copied)[0] == 0
    assert np.asarray(shared)[0] == 7
    x.flags.writeable = False
    locked = ondine.asarray(x)
    x.flags.writeable = True
    x[1] = 8
    assert np.asarray(locked)[1] == 1, "whoever owns memory can unlock it again"


def test_constant_memory_is_shared():
    for owner in (bytes(80), np.asarray(ondine.zeros(10).eval())):
        x = np.frombuffer(owner, "float64") if isinstance(owner, bytes) else owner[:]
        again = np.asarray(ondine.asarray(x))
        assert again.__array_interface__["data"][0] == x.__array_interface__["data"][0]


@pytest.mark.parametrize("bad", [np.zeros((4, 4))[:, ::2], np.zeros(3, ">f8"), [1, 2], 1.0, np.float32(1)])
def test_a_forbidden_copy_that_is_needed_is_an_error(bad):
    with pytest.raises(ValueError, match="copy"):
        ondine.asarray(bad, copy=False)


def test_an_array_is_its_own_conversion():
    x = ondine.zeros(3)
    assert ondine.asarray(x) is x and ondine.asarray(x, copy=False, dtype=ondine.float64) is x
    y = ondine.asarray(x, copy=True)
    y[0] = 1
    assert y is not x and float(x[0]) == 0
    with pytest.raises(ValueError, match="only by a copy"):
        ondine.asarray(x, dtype=ondine.float32, copy=False)
    for other in (copy.copy(x), copy.deepcopy(x)):
        other[0] = 5
        assert float(x[0]) == 0


def test_sequences_take_the_dtype_of_their_numbers():
    for x in ([True, False], [1, True], [1, 2.5], [1, 2j], [[1, 2], [3, 4]], [], [[], []], ((1.0,), (2.0,)), [2**63]):
        check(ondine.asarray(x), np.asarray(x))
    check(ondine.asarray([1, 2], dtype=ondine.complex64), np.asarray([1, 2], "complex64"))
    check(ondine.asarray([ondine.asarray(1.0), ondine.asarray(2.0)]), np.asarray([1.0, 2.0]))
    check(ondine.asarray([[np.float32(1)], [np.float32(2)]]), np.asarray([[1], [2]], "float32"))
    for bad in ([[1], [1, 2]], [1, [2]], [[1], 2]):
        with pytest.raises(ValueError, match="differ in length or depth"):
            ondine.asarray(bad)
    with pytest.raises(OverflowError, match="300 does not fit uint8"):
        ondine.asarray([300], dtype=ondine.uint8)
    with pytest.raises(OverflowError):
        ondine.asarray([2**64])
    with pytest.raises(TypeError, match="is no float64"):
        ondine.asarray([1j], dtype=ondine.float64)


@pytest.mark.parametrize("bad", ["text", object(), {1}, np.zeros(2, "float16"), np.array([None]), np.zeros(2, "M8[s]")])
def test_what_has_no_elements_of_a_dtype_is_an_error(bad):
    with pytest.raises(TypeError, match="asarray"):
        ondine.asarray(bad)


def test_other_exporters_of_memory():
    check(ondine.asarray(array.array("i", [1, 2])), np.array([1, 2], "int32"))
    check(ondine.asarray(b"ab"), np.array([97, 98], "uint8"))
    check(ondine.asarray(bytearray(b"ab")), np.array([97, 98], "uint8"))

    class Lazy:
        def __array__(self, dtype=None, copy=None):
            return np.arange(3)

    check(ondine.asarray(Lazy()), np.arange(3))


@given(arrays())
def test_the_buffer_protocol_evaluates_and_is_read_only(x):
    pending = ondine.asarray(x)[...] if x.ndim else ondine.asarray(x)
    view = memoryview(pending)
    assert view.readonly and view.shape == x.shape and view.nbytes == x.nbytes and view.c_contiguous
    np.testing.assert_array_equal(np.asarray(view), x)
    with pytest.raises((ValueError, BufferError, TypeError)):
        np.asarray(pending)[...] = 0


def test_numpy_gets_no_copy_unless_it_asks():
    x = (ondine.arange(6.0) * 2).eval()
    first, second = np.asarray(x), np.asarray(x)
    assert first.__array_interface__["data"] == second.__array_interface__["data"]
    mine = np.array(x)
    mine[0] = 9
    assert float(x[0]) == 0
    assert np.asarray(x, dtype="float32").dtype == "float32"
    with pytest.raises(ValueError):
        np.array(x, dtype="float32", copy=False)
    del x
    np.testing.assert_array_equal(first, np.arange(6.0) * 2)


@pytest.mark.parametrize("dtype", ALL)
@given(seeds)
def test_numbers_convert_as_in_numpy(dtype, seed):
    x = values(dtype, (), seed, "small")
    y = ondine.asarray(x)
    assert bool(y) == bool(x) and complex(y) == complex(x)
    if dtype in COMPLEX:
        for to in (int, float):
            with pytest.raises(TypeError, match=to.__name__):
                to(y)
    else:
        assert float(y) == float(x) and int(y) == int(x)
    if dtype in INTEGERS:
        assert operator.index(y) == int(x) and range(100)[abs(int(x)) % 100] == abs(int(x)) % 100
    else:
        with pytest.raises(TypeError, match="index"):
            operator.index(y)


def test_only_numbers_are_numbers():
    for to in (int, float, complex):
        with pytest.raises(TypeError, match="an array with 1 axes is not a number"):
            to(ondine.zeros(1))
    with pytest.raises(ValueError, match="use any\\(\\) or all\\(\\)"):
        bool(ondine.zeros(2))
    with pytest.raises(ValueError, match="NaN"):
        int(ondine.asarray(np.nan))
    with pytest.raises(OverflowError, match="infinity"):
        int(ondine.asarray(np.inf))
    assert bool(ondine.asarray(np.nan)) and int(ondine.asarray(2**64 - 1, dtype=ondine.uint64)) == 2**64 - 1
    with pytest.raises(TypeError):
        hash(ondine.zeros(2))
