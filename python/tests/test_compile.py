"""Functions that are compiled once."""

import functools

import numpy as np
import ondine
import pytest
from compare import check


def test_a_function_is_built_once_per_types():
    calls = []

    @ondine.compile
    def norm(x, y):
        calls.append((x.dtype, x.shape))
        assert repr(x).endswith("argument)")
        return ondine.sqrt(x * x + y * y)

    assert np.asarray(norm(np.array([3.0]), np.array([4.0]))).tolist() == [5.0]
    assert np.asarray(norm(ondine.asarray([5.0]), ondine.asarray([12.0]))).tolist() == [13.0]
    assert len(calls) == 1
    norm(ondine.asarray([1.0, 2.0]), 3.0)
    norm(ondine.asarray([1.0], dtype=ondine.float32), ondine.asarray([1.0], dtype=ondine.float32))
    assert [(str(dtype), shape) for dtype, shape in calls[1:]] == [("ondine.float64", (2,)), ("ondine.float32", (1,))]


def test_results_are_ready_and_keep_their_form():
    x = ondine.arange(4.0)
    for function, form in [
        (lambda x: x + 1, ondine.Array),
        (lambda x: (x + 1,), tuple),
        (lambda x: [x + 1, x * 2], list),
        (lambda x: (), tuple),
    ]:
        result = ondine.compile(function)(x)
        assert type(result) is form
        for array in result if form is not ondine.Array else [result]:
            assert array.is_ready


def test_captured_arrays_are_inputs_and_numbers_stay():
    bias = ondine.asarray([1.0, 2.0])
    scale = 3.0
    job = ondine.compile(lambda x: x * scale + bias)
    check(job(np.array([1.0, 1.0])), np.array([4.0, 5.0]))
    scale, bias[0] = 100.0, 50.0
    check(job(np.array([1.0, 1.0])), np.array([4.0, 5.0]))


def test_a_value_asked_for_while_compiling_is_an_error():
    with pytest.raises(ValueError, match="an argument of a function being compiled and has no value yet"):
        ondine.compile(lambda x: x + float(ondine.sum(x)))(ondine.zeros(2))


def test_errors_of_the_function_pass_through():
    def fail(x):
        raise KeyError("mine")

    job = ondine.compile(fail)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            job(ondine.zeros(2))
    with pytest.raises(ValueError, match="do not broadcast"):
        ondine.compile(lambda x: x + ondine.zeros(3))(ondine.zeros(2))
    with pytest.raises(TypeError, match="must return arrays"):
        ondine.compile(lambda x: 3)(ondine.zeros(2))
    with pytest.raises(TypeError, match="no function"):
        ondine.compile(3)


def test_the_device_may_be_chosen():
    @functools.partial(ondine.compile, device="reference")
    def twice(x):
        return x * 2

    result = twice(ondine.arange(3))
    assert result.device == ondine.Device("reference") and np.asarray(result).tolist() == [0, 2, 4]
    assert "twice" in repr(twice) and twice.__wrapped__.__name__ == "twice"
