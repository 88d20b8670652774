"""SciPy and Ondine: SciPy's functions on Ondine's arrays, and Ondine's under SciPy's names, with nothing evaluated on the way."""

import inspect
import math
import os
import subprocess
import sys

import numpy as np
import ondine
import pytest

scipy_fft = pytest.importorskip("scipy.fft")
scipy_special = pytest.importorskip("scipy.special")

REAL = "dct idct dst idst".split()
X = np.random.default_rng(3).standard_normal((5, 8))


def close(got, want, eps=1e-13):
    assert isinstance(got, ondine.Array)
    np.testing.assert_allclose(np.asarray(got), want, rtol=0, atol=eps * (1 + np.abs(want).max()))


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("name", REAL + [name + "n" for name in REAL])
def test_cosine_and_sine_transforms_agree_with_scipy(name, kind):
    for options in ({}, {"norm": "ortho"}, {"norm": "forward", "orthogonalize": True}, {"norm": "ortho", "orthogonalize": False}):
        for x in (X, X[::-2, 1:], (X > 0), (X * 9).astype("int8")):
            with ondine.no_evaluation():
                got = getattr(ondine.fft, name)(ondine.asarray(x), kind, **options)
            close(got, getattr(scipy_fft, name)(x, kind, **options))
    single = getattr(ondine.fft, name)(ondine.asarray(X.astype("float32")), type=kind)
    assert single.dtype == ondine.float32
    close(single, getattr(scipy_fft, name)(X, kind), 1e-5)


def test_signatures_are_those_of_scipy():
    for name in [*REAL, *(name + "n" for name in REAL), "fht", "ifht", "fhtoffset", "next_fast_len", "prev_fast_len"]:
        own, theirs = inspect.signature(getattr(ondine.fft, name)), inspect.signature(getattr(scipy_fft, name))
        assert list(own.parameters) == list(theirs.parameters), name
        for one, other in zip(own.parameters.values(), theirs.parameters.values(), strict=True):
            assert (one.default, one.kind) == (other.default, other.kind) or name.endswith("_len"), (name, one)
    assert set(ondine.fft.__all__) >= set(scipy_fft.__all__) - {
        "set_backend", "skip_backend", "register_backend", "set_global_backend"
    }


def test_mistakes_are_named():
    x = ondine.asarray(X)
    for call, text in (
        (lambda: ondine.fft.dct(x, 5), "type is 1, 2, 3 or 4, not 5"),
        (lambda: ondine.fft.dct(x, n=0), "a transform of length 0"),
        (lambda: ondine.fft.dct(x, norm="other"), "norm is"),
        (lambda: ondine.fft.dctn(x, axes=(0, 0)), "axis"),
        (lambda: ondine.fft.dctn(x, s=(3,), axes=(0, 1)), "1 lengths for 2 axes"),
        (lambda: ondine.fft.dct(ondine.ones(1), 1), "a transform of length 1"),
        (lambda: ondine.fft.next_fast_len(-1), "not negative"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.raises(TypeError):
        ondine.fft.next_fast_len(1.5)


@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_hankel_transforms_agree_with_scipy(bias):
    offset = ondine.fft.fhtoffset(0.1, 1.5, 0.2, bias)
    assert math.isclose(offset, scipy_fft.fhtoffset(0.1, 1.5, 0.2, bias), rel_tol=1e-12)
    for name in ("fht", "ifht"):
        got = getattr(ondine.fft, name)(ondine.asarray(X), 0.1, 1.5, offset, bias)
        close(got, getattr(scipy_fft, name)(X, 0.1, 1.5, offset, bias), 1e-12)
    with pytest.warns(UserWarning, match="singular transform"):
        ondine.fft.fht(ondine.ones(8), 0.1, 0.0, bias=-1.0)


def test_lengths_agree_with_scipy():
    for target in (0, 1, 13, 4097, 1000003):
        for real in (False, True):
            assert ondine.fft.next_fast_len(target, real) == scipy_fft.next_fast_len(target, real) or target == 0
            assert target == 0 or ondine.fft.prev_fast_len(target, real) == scipy_fft.prev_fast_len(target, real)


def test_workers_are_a_scope():
    before = ondine.fft.get_workers()
    with ondine.fft.set_workers(2):
        assert ondine.fft.get_workers() == 2
        with ondine.fft.set_workers(1):
            assert ondine.fft.get_workers() == 1
        assert ondine.fft.get_workers() == 2
    assert ondine.fft.get_workers() == before
    with pytest.raises(ValueError, match="no thread"), ondine.fft.set_workers(0):
        pass


SPECIAL = "digamma psi entr erf erfc erfinv exp10 exp2 expit gammaln i0 i0e i1 i1e j0 j1 logit sinc cbrt".split()


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions_agree_with_scipy(name):
    x = np.linspace(0.01, 0.99, 50) if name in ("erfinv", "logit") else np.linspace(0.05, 20, 50)
    with ondine.no_evaluation():
        got = getattr(ondine.special, name)(ondine.asarray(x))
    np.testing.assert_allclose(np.asarray(got), getattr(scipy_special, name, np.sinc)(x), rtol=1e-12, atol=1e-13)


def test_sums_of_exponentials_agree_with_scipy():
    x = ondine.asarray(X)
    for options in ({}, {"axis": 1}, {"axis": (0, 1), "keepdims": True}):
        close(ondine.special.logsumexp(x, **options), scipy_special.logsumexp(X, **options))
    close(ondine.special.logsumexp(x, 0, ondine.asarray(X * X)), scipy_special.logsumexp(X, 0, X * X))
    z = X + 1j * X[::-1]
    weights = np.where(X > 0.5, 0.0, X)
    for options in ({}, {"axis": 1}, {"axis": (0, 1), "keepdims": True}):
        close(ondine.special.logsumexp(ondine.asarray(z), **options), scipy_special.logsumexp(z, **options))
        for a, b in ((X, None), (X, weights), (z, None), (z, weights)):
            own = None if b is None else ondine.asarray(b)
            got = ondine.special.logsumexp(ondine.asarray(a), b=own, return_sign=True, **options)
            for got, want in zip(got, scipy_special.logsumexp(a, b=b, return_sign=True, **options), strict=True):
                close(got, want)
    for name in ("softmax", "log_softmax"):
        close(getattr(ondine.special, name)(x, axis=1), getattr(scipy_special, name)(X, axis=1))
    close(ondine.special.xlogy(x, x * x), scipy_special.xlogy(X, X * X))


def test_nothing_is_evaluated_in_a_guarded_scope():
    x = ondine.arange(3) + 1
    with ondine.no_evaluation():
        y = x * 2
        for force in (lambda: float(y[0]), lambda: np.asarray(y), y.eval, lambda: ondine.eval_all(x, y), lambda: bool(y[0] > 1)):
            with pytest.raises(RuntimeError, match="pending, and nothing may be evaluated"):
                force()
    assert np.asarray(y).tolist() == [2, 4, 6]
    with ondine.no_evaluation():
        assert np.asarray(y).tolist() == [2, 4, 6]


def test_the_backend_takes_scipys_transforms():
    x = ondine.asarray(X)
    before = ondine.stats()["evaluations"]
    with scipy_fft.set_backend(ondine.scipy_backend), ondine.no_evaluation():
        results = {name: getattr(scipy_fft, name)(x, 3, norm="ortho") for name in REAL}
        plain = scipy_fft.fft(x, 6, 0, "ortho"), scipy_fft.irfftn(x, (4, 4), workers=2), scipy_fft.ihfft2(x)
        hankel = scipy_fft.fht(x, 0.1, 0.0, offset=0.2)
    assert ondine.stats()["evaluations"] == before
    for name, got in results.items():
        close(got, getattr(scipy_fft, name)(X, 3, norm="ortho"))
    close(plain[0], scipy_fft.fft(X, 6, 0, "ortho"))
    close(plain[1], scipy_fft.irfftn(X, (4, 4)))
    close(plain[2], scipy_fft.ihfft2(X))
    close(hankel, scipy_fft.fht(X, 0.1, 0.0, offset=0.2), 1e-12)
    with scipy_fft.set_backend(ondine.scipy_backend), pytest.raises(TypeError, match="ndarray is no array of Ondine"):
        scipy_fft.dct(X)


def test_nothing_of_numpy_is_converted_silently():
    x = ondine.asarray(X)
    remedy = "is no array of Ondine, and nothing is converted silently; ondine.asarray() makes one"
    for call, kind in (
        (lambda: ondine.fft.fft(X), "numpy.ndarray"),
        (lambda: ondine.fft.dctn(X, 2), "numpy.ndarray"),
        (lambda: ondine.fft.fht(X, 0.1, 0.0), "numpy.ndarray"),
        (lambda: ondine.fft.fftshift([1.0, 2.0]), "list"),
        (lambda: ondine.special.expit(X), "numpy.ndarray"),
        (lambda: ondine.special.expit(0.5), "float"),
        (lambda: ondine.special.expit(np.float32(0.5)), "numpy.float32"),
        (lambda: ondine.special.xlogy(x, X), "numpy.ndarray"),
        (lambda: ondine.special.xlogy(X, x), "numpy.ndarray"),
        (lambda: ondine.special.logsumexp(x, b=X), "numpy.ndarray"),
    ):
        with pytest.raises(TypeError) as raised:
            call()
        assert str(raised.value) == f"{kind} {remedy}"
    with scipy_fft.set_backend(ondine.scipy_backend), pytest.raises(TypeError) as raised:
        scipy_fft.fft(X)
    assert str(raised.value) == f"fft: ndarray {remedy}"


def test_numbers_stand_beside_arrays_where_there_are_two_operands():
    x = ondine.asarray(np.array([0.0, 1.0, 2.5], "float32"))
    for got, want in (
        (ondine.special.xlogy(2, x + 1), 2 * np.log([1, 2, 3.5])),
        (ondine.special.xlogy(x, 3.0), np.array([0, 1, 2.5]) * np.log(3)),
        (ondine.special.logsumexp(x, b=2), np.log(2 * np.exp([0, 1, 2.5]).sum())),
    ):
        assert got.dtype == ondine.float32
        close(got, want, 1e-6)
    assert ondine.special.xlogy(0.5, ondine.arange(3) + 1).dtype == ondine.float64
    with pytest.raises(TypeError, match="xlogy: two numbers, of which one has to be an array"):
        ondine.special.xlogy(1.0, 2.0)


def test_the_story_of_scipy_word_for_word():
    """What SciPy's own conversion to array namespaces shows, with `xp` for NumPy's place."""
    program = """
import numpy as np, ondine as xp, scipy.fft, scipy.special
with xp.no_evaluation():
    x = xp.exp(2j * xp.pi * xp.arange(8) / 8)
    y = scipy.fft.fft(x)
    s = scipy.special.expit(xp.arange(5.0))
    z = scipy.fft.irfft(scipy.fft.rfft(xp.arange(8.0)))
    shifted = scipy.fft.fftshift(xp.arange(4.0))
assert all(isinstance(a, xp.Array) for a in (y, s, z, shifted))
np.testing.assert_allclose(np.asarray(y), np.fft.fft(np.exp(2j * np.pi * np.arange(8) / 8)), atol=1e-14)
np.testing.assert_allclose(np.asarray(s), 1 / (1 + np.exp(-np.arange(5.0))))
np.testing.assert_allclose(np.asarray(z), np.arange(8.0), atol=1e-14)
for bias in (0, 0.1):
    a = xp.arange(1.0, 17.0)
    A = scipy.fft.fht(a, 0.1, 2.0, offset=0.2, bias=bias)
    assert isinstance(A, xp.Array)
    np.testing.assert_allclose(np.asarray(A), scipy.fft.fht(np.arange(1.0, 17.0), 0.1, 2.0, offset=0.2, bias=bias), rtol=1e-10)
try:
    scipy.special.xlogy(np.ones(2), xp.ones(2))
except TypeError as error:
    print(error)
else:
    raise AssertionError("mixed")
"""
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "namespaces" in done.stdout


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_dct_and_dst_are_equivalent(kind, norm):
    x = ondine.asarray(X)
    for forward, inverse in (("dct", "idct"), ("dst", "idst"), ("dctn", "idctn"), ("dstn", "idstn")):
        y = getattr(ondine.fft, forward)(x, type=kind, norm=norm)
        close(getattr(ondine.fft, inverse)(y, type=kind, norm=norm), X)
