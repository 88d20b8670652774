"""DLPack, both ways: no copy where none is needed, and what the flags say."""

import gc

import numpy as np
import ondine
import pytest
from compare import ALL, check, values

LAYOUTS = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.T,
    "reversed": lambda x: x[:, ::-1],
    "stepped": lambda x: x[::2, 1:],
    "empty": lambda x: x[:0],
    "scalar": lambda x: x[0, 0, ...],
    "broadcast": lambda x: np.broadcast_to(x, (2, *x.shape)),
}


def address(x):
    return np.asarray(x).__array_interface__["data"][0]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ALL)
def test_arrays_come_in_and_go_out(dtype, layout):
    x = LAYOUTS[layout](values(dtype, (3, 4), 5, "small"))
    y = ondine.from_dlpack(x)
    check(y, x)
    check(ondine.from_dlpack(x, copy=True), x)
    back = np.from_dlpack(y)
    np.testing.assert_array_equal(back, x)
    assert back.dtype == x.dtype and back.shape == x.shape
    assert np.from_dlpack(ondine.from_dlpack(y)).dtype == x.dtype


@pytest.mark.parametrize("dtype", [dtype for dtype in ALL if dtype != "bool"])
def test_memory_is_shared(dtype):
    x = values(dtype, (4, 3), 1, "small")
    y = ondine.from_dlpack(x)
    assert address(y) == address(x)
    pending = (y + y).eval()
    assert address(np.from_dlpack(pending)) == address(pending)
    del x
    gc.collect()
    np.testing.assert_array_equal(np.asarray(y) + np.asarray(y), np.asarray(pending))


def test_what_goes_out_is_read_only_or_a_copy():
    x = ondine.arange(4).eval()
    shared, own = np.from_dlpack(x), np.from_dlpack(x, copy=True)
    assert not shared.flags.writeable and own.flags.writeable
    own[0] = 9
    assert int(x[0]) == 0
    assert "dltensor_versioned" in repr(x.__dlpack__(max_version=(1, 0)))
    assert "dltensor_versioned" in repr(x.__dlpack__(max_version=(2, 0)))
    assert '"dltensor"' in repr(x.__dlpack__()) and '"dltensor"' in repr(x.__dlpack__(max_version=(0, 8)))


def test_devices_and_forbidden_copies():
    x = ondine.arange(4)
    assert x.__dlpack_device__() == (1, 0)
    x.__dlpack__(max_version=(1, 0), dl_device=(1, 0), copy=False)
    assert '"dltensor"' in repr(x.__dlpack__(copy=False))
    with pytest.raises(BufferError, match="not host memory"):
        x.__dlpack__(max_version=(1, 0), dl_device=(2, 0))
    with pytest.raises(ValueError, match="stream"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="one after the other"):
        ondine.from_dlpack(np.zeros((3, 3)).T, copy=False)
    assert ondine.from_dlpack(np.zeros(3), device="reference").device == ondine.Device("reference")
    assert ondine.from_dlpack(x, copy=False) is not None


def test_what_is_no_tensor_is_an_error():
    with pytest.raises(AttributeError, match="__dlpack__"):
        ondine.from_dlpack([1, 2])
    with pytest.raises(BufferError, match="no dtype"):
        ondine.from_dlpack(np.zeros(2, "float16"))


def test_producers_that_know_only_the_first_protocol():
    class Old:
        def __init__(self, x):
            self.x = x

        def __dlpack__(self, *, stream=None):
            return self.x.__dlpack__()

        def __dlpack_device__(self):
            return self.x.__dlpack_device__()

    x = np.arange(6.0).reshape(2, 3)
    y = ondine.from_dlpack(Old(x))
    check(y, x)
    assert address(y) == address(x)
    check(ondine.from_dlpack(Old(ondine.asarray(x))), x)
