"""Workloads of linear algebra."""

import numpy as np

from .workloads import ELEMENTWISE, Workload

DECOMPOSED = ("NumPy", "SciPy", "JAX", "PyTorch", "Ondine")


def normal(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


def complex_normal(extent, seed):
    return normal(extent, extent, seed=seed) + 1j * normal(extent, extent, seed=seed + 1)


def positive(extent):
    a = normal(extent, extent)
    return a @ a.T + extent * np.eye(extent)


def product(lib, a, b):
    return a @ b


def dense_layer(lib, x, weights, bias):
    return lib.xp.tanh(x @ weights + bias)


def solution(lib, a, b):
    return lib.linalg.solve(a, b)


def lower_factor(lib, a):
    return lib.linalg.cholesky(a, **({"lower": True} if lib.name == "SciPy" else {}))


def singular(lib, a):
    """Values and both kinds of vectors; absolute values, because signs are free."""
    u, s, vh = lib.linalg.svd(a, full_matrices=False)
    return lib.xp.abs(u) + s + lib.xp.abs(vh)


def spectrum(lib, a):
    w, v = lib.linalg.eigh(a)
    return lib.xp.abs(v) + w


def symmetric(extent):
    a = normal(extent, extent)
    return a + a.T


def workloads():
    return [
        *(
            Workload(
                f"matmul_{extent}", f"product of matrices of {extent}x{extent}", product,
                lambda extent=extent: [normal(extent, extent, seed=1), normal(extent, extent, seed=2)], ELEMENTWISE,
            )
            for extent in (1024, 2048)
        ),
        Workload(
            "matmul_1024_c128", "product of complex matrices of 1024x1024", product,
            lambda: [complex_normal(1024, seed=1), complex_normal(1024, seed=3)], ELEMENTWISE,
        ),
        Workload(
            "dense_layer", "tanh(x w + b), 1024x1024", dense_layer,
            lambda: [normal(1024, 1024, seed=1) / 32, normal(1024, 1024, seed=2), normal(1024, seed=3)], ELEMENTWISE,
        ),
        Workload("solve_1024", "a system of 1024 unknowns", solution, lambda: [positive(1024), normal(1024)], DECOMPOSED),
        Workload(
            "solve_4x4", "10,000 systems of 4 unknowns", solution,
            lambda: [normal(10_000, 4, 4, seed=1) + 4 * np.eye(4), normal(10_000, 4, 1, seed=2)],
            ("NumPy", "JAX", "PyTorch", "Ondine"),
        ),
        Workload("cholesky_1024", "Cholesky's factor of 1024x1024", lower_factor, lambda: [positive(1024)], DECOMPOSED),
        Workload("svd_512", "singular values and vectors of 512x512", singular, lambda: [normal(512, 512)], DECOMPOSED, tolerance=1e-8),
        Workload("eigh_512", "eigenvalues and vectors, symmetric 512x512", spectrum, lambda: [symmetric(512)], DECOMPOSED, tolerance=1e-8),
    ]  # fmt: skip
