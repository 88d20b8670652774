"""Every exposed function against NumPy, over dtypes and shapes."""

import inspect

import cases_arrays
import cases_elementwise
import cases_fft
import numpy as np
import ondine
import pytest
import test_signatures
from compare import check, to_ondine
from hypothesis import given, strategies as st

MAIN = {**cases_elementwise.CASES, **cases_arrays.CASES}
# Functions that are not compared here, and the tests that know them.
ELSEWHERE = {
    "broadcast_shapes": "below",
    "can_cast": "test_dtypes",
    "compile": "test_compile",
    "empty": "below",
    "eval_all": "test_evaluation",
    "finfo": "test_dtypes",
    "from_dlpack": "test_dlpack",
    "iinfo": "test_dtypes",
    "isdtype": "test_dtypes",
    "result_type": "test_dtypes",
    "set_threads": "test_evaluation",
    "stats": "test_evaluation",
    "unique_all": "test_sets",
    "unique_counts": "test_sets",
    "unique_inverse": "test_sets",
    "unique_values": "test_sets",
}


def agree(function, case):
    strategy, reference, ulps = case

    @given(strategy)
    def run(arguments):
        args, options = arguments
        with np.errstate(all="ignore"):
            want = reference(*args, **options)
        got = function(*map(to_ondine, args), **{name: to_ondine(value) for name, value in options.items()})
        exact = not isinstance(want, tuple) and np.asarray(want).dtype.kind not in "fc"
        if ulps is None and not exact:
            # Sums: relative to what was added.
            terms = np.sum(np.abs(np.asarray(args[0], "c16"))) + 1
            if len(args) > 1:
                terms = terms * np.max(np.abs(np.asarray(args[1], "c16")), initial=1)
            check(got, want, 16.0, terms * max(1.0, terms if "var" in run.__name__ else 1.0))
        else:
            check(got, want, 0.0 if exact else ulps)

    run.__name__ = function.__name__
    run()


@pytest.mark.parametrize("name", sorted(MAIN))
def test_agrees_with_numpy(name):
    agree(getattr(ondine, name), MAIN[name])


@pytest.mark.parametrize("name", sorted(cases_fft.FFT))
def test_fft_agrees_with_numpy(name):
    agree(getattr(ondine.fft, name), cases_fft.FFT[name])


@pytest.mark.parametrize("name", sorted(cases_fft.SPECIAL))
def test_special_agrees_with_numpy(name):
    agree(getattr(ondine.special, name), cases_fft.SPECIAL[name])


def test_every_function_is_compared():
    functions = {name for name in ondine.__all__ if inspect.isbuiltin(getattr(ondine, name))}
    assert functions == set(MAIN) | set(ELSEWHERE)
    # The rest is compared with SciPy in test_scipy.
    assert set(ondine.fft.__all__) - set(test_signatures.SCIPY_FFT) == set(cases_fft.FFT)
    assert set(ondine.linalg.__all__) - {"LinAlgError"} == set(test_signatures.LINALG)
    assert set(ondine.special.__all__) - set(test_signatures.SCIPY_SPECIAL) == set(cases_fft.SPECIAL)


@given(st.lists(st.lists(st.sampled_from([1, 3]), max_size=4), max_size=4))
def test_shapes_broadcast_as_in_numpy(shapes):
    assert ondine.broadcast_shapes(*shapes) == np.broadcast_shapes(*map(tuple, shapes))
    with pytest.raises(ValueError, match="do not broadcast"):
        ondine.broadcast_shapes((2, 3), (4, 3))


def test_empty_has_shape_and_dtype():
    x = ondine.empty((2, 3), dtype=ondine.int8)
    assert (x.shape, x.dtype) == ((2, 3), ondine.int8)
