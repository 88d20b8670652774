"""Writes transforms.txt: golden values of Fourier transforms with windows. Needs NumPy.

A line is `kind dtype shape axes : values`. An axis is `axis:len:input start:input extent:output start:output extent`;
windows are cyclic. Element i of the operand is re(i) + im(i) j, or re(i) where the operand is real. Transforms are
unnormalised; complex values are two numbers.
"""

from pathlib import Path

import numpy as np


def re(i):
    return ((7 * i + 3) % 11 - 5) / 4


def im(i):
    return ((5 * i + 1) % 13 - 6) / 8


def lines(kind, length, last):
    half = length // 2 + 1
    if kind == "rfft" and last:
        return length, half
    if kind == "irfft" and last:
        return half, length
    return length, length


def place(x, axis, start, extent):
    """x in the cyclic window of a line of zeros."""
    shape = list(x.shape)
    shape[axis] = extent
    line = np.zeros(shape, x.dtype)
    at = (start + np.arange(x.shape[axis])) % extent if extent else []
    index = [slice(None)] * x.ndim
    index[axis] = at
    line[tuple(index)] = x
    return line


def case(kind, dtype, shape, axes):
    """axes: list of (axis, len) or (axis, len, input window or None, output window or None)."""
    full = []
    for place_, entry in enumerate(axes):
        axis, length, *windows = entry
        first, second = lines(kind, length, place_ + 1 == len(axes))
        read, write = windows if windows else (None, None)
        full.append((axis, length, read or (0, first), write or (0, second)))
    count = int(np.prod(shape))
    i = np.arange(count)
    x = re(i) + (0 if dtype.startswith("f") else 1j * im(i))
    x = np.asarray(x).reshape(shape)

    def step(x, at):
        axis, length, (read, _), (write, wanted) = full[at]
        last = at + 1 == len(full)
        line = place(x, axis, read, lines(kind, length, last)[0])
        if kind == "rfft" and last:
            y = np.fft.rfft(line, length, axis)
        elif kind == "irfft" and last:
            y = np.fft.irfft(line, length, axis) * length
        elif kind in ("fft", "rfft"):
            y = np.fft.fft(line, length, axis)
        else:
            y = np.fft.ifft(line, length, axis) * length
        keep = (write + np.arange(wanted)) % max(1, y.shape[axis])
        return np.take(y, keep, axis)

    order = list(range(len(full)))
    if kind == "rfft":
        order = order[-1:] + order[:-1]
    y = x
    for at in order:
        y = step(y, at)
    whole = not any(len(entry) > 2 for entry in axes) and len(axes) > 0
    if whole and kind != "irfft":
        names = {"fft": np.fft.fftn, "ifft": np.fft.ifftn, "rfft": np.fft.rfftn}
        scale = np.prod([length for _, length in axes]) if kind == "ifft" else 1
        again = names[kind](x, axes=[axis for axis, _ in axes]) * scale
        assert np.allclose(y, again)
    if whole and kind == "irfft":
        again = np.fft.irfftn(x, s=[length for _, length in axes], axes=[axis for axis, _ in axes])
        assert np.allclose(y, again * np.prod([length for _, length in axes]))
    flat = y.reshape(-1)
    numbers = [part for z in flat for part in ((z.real, z.imag) if kind != "irfft" else (z,))]
    if not axes and kind == "irfft":
        numbers = list(flat.real)
    text = ",".join(f"{a}:{n}:{r}:{e}:{w}:{m}" for a, n, (r, e), (w, m) in full)
    extents = ",".join(map(str, shape))
    return f"{kind} {dtype} {extents or '-'} {text or '-'} : {' '.join(repr(float(v)) for v in numbers)}".rstrip()


def cases():
    for n in (1, 2, 3, 4, 5, 7, 8, 12, 16, 31):
        yield "fft", "c128", (n,), [(0, n)]
        yield "ifft", "c128", (n,), [(0, n)]
        yield "rfft", "f64", (n,), [(0, n)]
        yield "irfft", "c128", (n // 2 + 1,), [(0, n)]
    for kind, dtype in (("fft", "c64"), ("ifft", "c64"), ("rfft", "f32"), ("irfft", "c64")):
        yield kind, dtype, (2, 5 if kind == "irfft" else 9), [(1, 9)]
    # Several axes, in either order; the halved one is the last of the list, wherever it lies.
    for kind in ("fft", "ifft"):
        yield kind, "c128", (3, 4), [(0, 3), (1, 4)]
        yield kind, "c128", (2, 3, 4), [(2, 4), (0, 2)]
        yield kind, "c128", (2, 3, 4), [(1, 3)]
    for axes in ([(0, 3), (1, 4)], [(1, 4), (0, 3)]):
        yield "rfft", "f64", (3, 4), axes
    yield "irfft", "c128", (3, 3), [(0, 3), (1, 4)]
    yield "irfft", "c128", (3, 3), [(0, 3), (1, 5)]
    yield "irfft", "c128", (2, 4), [(1, 4), (0, 3)]
    yield "rfft", "f64", (2, 3, 4), [(2, 4), (0, 2), (1, 3)]
    yield "irfft", "c128", (2, 2, 4), [(2, 4), (0, 2), (1, 3)]
    # Windows: inside, at the end, past the end, on both sides, empty.
    yield "fft", "c128", (3,), [(0, 8, (2, 3), None)]
    yield "fft", "c128", (3,), [(0, 8, (6, 3), None)]
    yield "fft", "c128", (8,), [(0, 8, None, (7, 4))]
    yield "ifft", "c128", (2, 3), [(1, 7, (5, 3), (6, 2)), (0, 2)]
    yield "rfft", "f64", (4,), [(0, 9, (7, 4), (1, 3))]
    yield "rfft", "f64", (4,), [(0, 8, (6, 4), (3, 3))]
    yield "irfft", "c128", (2,), [(0, 8, (3, 2), None)]
    yield "irfft", "c128", (2,), [(0, 8, (4, 2), (6, 5))]
    yield "irfft", "c128", (3, 2), [(0, 5, (4, 3), (3, 4)), (1, 6, (1, 2), (5, 3))]
    yield "fft", "c128", (0,), [(0, 4, (0, 0), None)]
    yield "fft", "c128", (4,), [(0, 4, None, (0, 0))]
    # No elements, no axes.
    yield "fft", "c128", (0, 3), [(1, 3)]
    yield "rfft", "f32", (), []
    yield "irfft", "c64", (2,), []
    yield "fft", "c128", (), []


if __name__ == "__main__":
    text = "\n".join(case(*arguments) for arguments in cases())
    (Path(__file__).parent / "transforms.txt").write_text(text + "\n")
