"""Linear algebra against NumPy: values where there is one right answer, identities where there are several."""

import hypothesis.strategies as st
import numpy as np
import ondine
import pytest
from compare import to_ondine
from hypothesis import given, settings

DTYPES = ["f4", "f8", "c8", "c16"]


def random(seed, shape, dtype):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def close(got, want, dtype, scale=1.0):
    got = np.asarray(got)
    assert got.shape == np.shape(want)
    bound = 1e3 * np.finfo(dtype).eps * max(scale, np.linalg.norm(np.ravel(want)))
    assert np.linalg.norm(np.ravel(got - want)) <= bound


cases = st.tuples(
    st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3), max_size=2), st.integers(0, 7), st.integers(0, 7), st.sampled_from(DTYPES)
)


@settings(max_examples=40, deadline=None)
@given(cases)
def test_factors_give_the_matrix(case):
    seed, stack, rows, columns, dtype = case
    a = random(seed, (*stack, rows, columns), dtype)
    x = to_ondine(a)
    for mode in ("reduced", "complete"):
        q, r = map(np.asarray, ondine.linalg.qr(x, mode=mode))
        want = np.linalg.qr(np.zeros((*stack, rows, columns)), mode=mode)
        assert (q.shape, r.shape) == (want[0].shape, want[1].shape)
        close(q @ r, a, dtype)
    for full in (True, False):
        found = ondine.linalg.svd(x, full_matrices=full)
        u, s, vh = map(np.asarray, found)
        assert s.dtype == np.finfo(dtype).dtype
        k = min(rows, columns)
        close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a, dtype)
        assert u.shape[-1] == (rows if full else k) and vh.shape[-2] == (columns if full else k)
    close(ondine.linalg.svdvals(x), np.linalg.svd(a, compute_uv=False), dtype)
    if rows and columns:
        close(ondine.linalg.pinv(x, rtol=1e-3), np.linalg.pinv(a, rcond=1e-3), dtype, 1e3)
    assert np.array_equal(np.asarray(ondine.linalg.matrix_rank(x, rtol=1e-3)), np.linalg.matrix_rank(a, tol=None, rtol=1e-3))


@settings(max_examples=40, deadline=None)
@given(cases)
def test_square_matrices(case):
    seed, stack, n, sides, dtype = case
    a = random(seed, (*stack, n, n), dtype) + 3 * np.eye(n, dtype=dtype)
    b = random(seed + 1, (*stack, n, sides), dtype)
    x = to_ondine(a)
    close(ondine.linalg.solve(x, to_ondine(b)), np.linalg.solve(a, b), dtype, 1e2)
    close(ondine.linalg.solve(x, to_ondine(np.ones(n, dtype))), np.linalg.solve(a, np.ones((n, 1), dtype))[..., 0], dtype, 1e2)
    close(ondine.linalg.inv(x), np.linalg.inv(a), dtype, 1e2)
    close(ondine.linalg.det(x), np.linalg.det(a), dtype, 1e2)
    sign, logabsdet = ondine.linalg.slogdet(x)
    want = np.linalg.slogdet(a)
    close(sign, want.sign, dtype)
    close(logabsdet, want.logabsdet, dtype, 1e2)
    close(ondine.linalg.matrix_power(x, 3), np.linalg.matrix_power(a, 3), dtype)
    h = a + adjoint(a)
    w, v = map(np.asarray, ondine.linalg.eigh(to_ondine(h)))
    close(w, np.linalg.eigvalsh(h), dtype)
    close(h @ v, v * w[..., None, :], dtype)
    close(ondine.linalg.eigvalsh(to_ondine(h)), np.linalg.eigvalsh(h), dtype)
    w, v = map(np.asarray, ondine.linalg.eig(x))
    assert w.dtype.kind == v.dtype.kind == "c"
    close(a @ v, v * w[..., None, :], dtype, 1e1)
    close(np.sort(np.asarray(ondine.linalg.eigvals(x)).real), np.sort(np.linalg.eigvals(a).real), dtype, 1e2)
    positive = a @ adjoint(a) + np.eye(n, dtype=dtype)
    close(ondine.linalg.cholesky(to_ondine(positive)), np.linalg.cholesky(positive), dtype)
    close(ondine.linalg.cholesky(to_ondine(positive), upper=True), adjoint(np.linalg.cholesky(positive)), dtype)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 4), min_size=2, max_size=4), st.sampled_from(DTYPES), st.booleans())
def test_norms_and_diagonals(seed, shape, dtype, keepdims):
    a = random(seed, shape, dtype)
    x = to_ondine(a)
    for order in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        want = np.linalg.norm(a, order, axis=(-2, -1), keepdims=keepdims)
        close(ondine.linalg.matrix_norm(x, ord=order, keepdims=keepdims), want, dtype)
    for order in (0, 0.5, 1, 2, 3, -1, np.inf, -np.inf):
        want = np.linalg.norm(a, order, axis=-1, keepdims=keepdims)
        close(ondine.linalg.vector_norm(x, axis=-1, ord=order, keepdims=keepdims), want, dtype)
    close(ondine.linalg.vector_norm(x), np.linalg.norm(a.ravel()), dtype)
    assert ondine.linalg.vector_norm(x, keepdims=True).shape == (1,) * a.ndim
    for offset in range(-5, 6):
        assert np.array_equal(np.asarray(ondine.linalg.diagonal(x, offset=offset)), np.linalg.diagonal(a, offset=offset))
        close(ondine.linalg.trace(x, offset=offset), np.linalg.trace(a, offset=offset), dtype)


def test_products_of_vectors():
    a, b = np.arange(12).reshape(4, 3), np.arange(3, 6)
    assert np.array_equal(np.asarray(ondine.linalg.cross(to_ondine(a), to_ondine(b))), np.cross(a, b))
    moved = ondine.linalg.cross(to_ondine(a.T.copy()), to_ondine(b[:, None].copy()), axis=0)
    assert np.array_equal(np.asarray(moved), np.cross(a, b).T)
    assert np.array_equal(np.asarray(ondine.linalg.outer(to_ondine(b), to_ondine(b))), np.outer(b, b))
    trace = ondine.linalg.trace(to_ondine(np.ones((3, 3), "i1")))
    assert trace.dtype == ondine.int64 and int(trace) == 3
    assert ondine.linalg.trace(to_ondine(np.ones((3, 3), "i1")), dtype=ondine.int8).dtype == ondine.int8
    for name in ("matmul", "matrix_transpose", "tensordot", "vecdot"):
        assert getattr(ondine.linalg, name) is getattr(ondine, name)


def test_a_tolerance_for_every_matrix():
    a = np.stack([np.diag([1.0, 0.1])] * 2)
    rtol = ondine.asarray([0.5, 0.01])
    assert np.asarray(ondine.linalg.matrix_rank(to_ondine(a), rtol=rtol)).tolist() == [1, 2]
    assert np.allclose(np.asarray(ondine.linalg.pinv(to_ondine(a), rtol=rtol))[:, 1, 1], [0, 10])


def test_results_have_the_names_of_the_standard():
    x = ondine.eye(2)
    assert ondine.linalg.svd(x)._fields == ("U", "S", "Vh")
    assert ondine.linalg.qr(x)._fields == ("Q", "R")
    assert ondine.linalg.slogdet(x)._fields == ("sign", "logabsdet")
    assert ondine.linalg.eigh(x)._fields == ondine.linalg.eig(x)._fields == ("eigenvalues", "eigenvectors")


def test_flawed_matrices_raise():
    with pytest.raises(ondine.linalg.LinAlgError, match="^solve: matrix 0 of the stack is singular$"):
        np.asarray(ondine.linalg.inv(ondine.zeros((2, 2))))
    with pytest.raises(ondine.linalg.LinAlgError, match="is not positive definite"):
        np.asarray(ondine.linalg.cholesky(-ondine.eye(2)))
    with pytest.raises(ondine.linalg.LinAlgError, match="holds an infinity or NaN"):
        np.asarray(ondine.linalg.svdvals(ondine.full((2, 2), ondine.nan)))
    with pytest.raises(ValueError, match="need square matrices"):
        ondine.linalg.eigh(ondine.zeros((2, 3)))
    with pytest.raises(ValueError, match='mode "r" is neither'):
        ondine.linalg.qr(ondine.eye(2), mode="r")
    with pytest.raises(ValueError, match="ord 3 is none of"):
        ondine.linalg.matrix_norm(ondine.eye(2), ord=3)


def test_products_are_those_of_the_main_namespace():
    a, b = random(1, (3, 4), "f8"), random(2, (4, 3), "f8")
    x, y = to_ondine(a), to_ondine(b)
    close(ondine.linalg.matmul(x, y), a @ b, "f8")
    close(ondine.linalg.matrix_transpose(x), a.T, "f8")
    close(ondine.linalg.tensordot(x, y, axes=((1, 0), (0, 1))), np.tensordot(a, b, axes=((1, 0), (0, 1))), "f8")
    close(ondine.linalg.vecdot(x, ondine.linalg.matrix_transpose(y)), np.sum(a * b.T, axis=-1), "f8")
