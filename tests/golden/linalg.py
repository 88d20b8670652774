"""Writes linalg.txt: functions of fixed matrices by NumPy. A line `matrix rows columns ..` gives a matrix, the lines behind it a
function and its values, all as pairs of real and imaginary bits. What has several right answers (vectors) is not here: identities
test it."""

from pathlib import Path

import numpy as np

rng = np.random.default_rng(8)


def bits(values):
    flat = np.ravel(np.asarray(values, dtype=np.complex128)).view(np.float64)
    return " ".join(format(word, "016x") for word in flat.view(np.uint64))


def by_modulus(values):
    return sorted(values, key=lambda value: (round(abs(value), 9), round(value.real, 9), round(value.imag, 9)))


def matrices():
    for rows, columns in [(1, 1), (2, 2), (3, 3), (5, 5), (8, 8), (4, 2), (2, 5), (9, 4), (0, 0), (0, 3)]:
        yield rng.standard_normal((rows, columns))
        yield rng.standard_normal((rows, columns)) + 1j * rng.standard_normal((rows, columns))
    yield np.zeros((3, 3))
    yield np.ones((3, 4))
    yield 1 / (1 + np.add.outer(np.arange(6.0), np.arange(6.0)))


def functions(a):
    linalg = np.linalg
    if a.size:
        yield "pinv", linalg.pinv(a, rcond=max(a.shape) * np.finfo(float).eps)
        for ord in ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]:
            yield f"matrix_norm:{ord}", linalg.norm(a, ord)
    yield "matrix_rank", linalg.matrix_rank(a)
    yield "svdvals", linalg.svd(a, compute_uv=False)
    for ord in [0, 0.5, 1, 2, 3, -1]:
        yield f"vector_norm:{ord}", linalg.norm(a.ravel(), ord)
    if a.shape[0] != a.shape[1]:
        return
    yield "det", linalg.det(a)
    sign, logabsdet = linalg.slogdet(a)
    yield "sign", sign
    yield "logabsdet", logabsdet
    yield "eigvals", by_modulus(linalg.eigvals(a))
    yield "eigvalsh", linalg.eigvalsh(a)
    yield "matrix_power:3", linalg.matrix_power(a, 3)
    if linalg.matrix_rank(a) == len(a) and linalg.cond(a) < 1e6 if len(a) else True:
        yield "inv", linalg.inv(a)
        yield "matrix_power:-2", linalg.matrix_power(a, -2)
    yield "cholesky", linalg.cholesky(a @ a.conj().T + np.eye(len(a)))


lines = []
for a in matrices():
    lines.append(f"matrix {a.shape[0]} {a.shape[1]} {bits(a)}")
    lines += [f"{name} {bits(values)}" for name, values in functions(a)]
Path(__file__).with_name("linalg.txt").write_text("\n".join(lines) + "\n")
