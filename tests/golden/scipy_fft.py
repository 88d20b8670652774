"""Writes scipy_fft.txt: what SciPy computes for the transforms of `scipy.fft`. Needs SciPy 1.18.

Every line is a case as JSON: the function, the shape of its input, options, and the values in double precision, complex ones as
pairs. Inputs follow from the shape (`numbers`), are exact in single precision, and so serve both.
"""

import json
import math
from pathlib import Path

import numpy as np
import scipy.fft

REAL = ["dct", "idct", "dst", "idst"]


def numbers(shape, complex_numbers=False):
    """Element `j` is `((29 j + 7) mod 64 - 31) / 16`, imaginary parts those of `j + 5`."""
    at = np.arange(math.prod(shape))
    part = lambda at: (((29 * at + 7) % 64) - 31) / 16
    x = part(at) + 1j * part(at + 5) if complex_numbers else part(at)
    return x.reshape(shape)


def case(name, shape, complex_numbers=False, strided=False, **options):
    x = numbers(shape, complex_numbers)
    if strided:
        # Every second row, backwards, of the transposed array.
        x = x.T[::-2]
    y = np.asarray(getattr(scipy.fft, name)(x, **options))
    values = y.ravel().view("f8") if y.dtype.kind == "c" else y.ravel()
    line = {"name": name, "shape": shape, "complex": complex_numbers, "strided": strided, **options}
    return {**line, "result": y.shape, "values": [float("%.17g" % value) for value in values]}


def cases():
    for name in REAL:
        for kind in (1, 2, 3, 4):
            least = 2 if kind == 1 and "c" in name else 1
            for n in (1, 2, 3, 6, 11, 12):
                if n >= least:
                    yield case(name, [n], type=kind)
            for n in (5, 8):
                for norm in ("backward", "ortho", "forward"):
                    for weighted in (True, False):
                        yield case(name, [n], type=kind, norm=norm, orthogonalize=weighted)
            yield case(name, [4, 3], type=kind, axis=0, norm="ortho")
            yield case(name, [3, 4], type=kind, n=6)
            yield case(name, [3, 7], type=kind, n=4, axis=-1)
            yield case(name, [5], True, type=kind)
            yield case(name, [6, 5], strided=True, type=kind, axis=0)
            yield case(name + "n", [3, 4], type=kind)
            yield case(name + "n", [2, 3, 4], type=kind, axes=[2, 0], norm="ortho")
            yield case(name + "n", [3, 4], type=kind, s=[5], norm="forward")
            yield case(name + "n", [3, 4], type=kind, s=[2, 5], axes=[1, 0])
    for name in ("hfft2", "hfftn", "ihfft2", "ihfftn", "fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"):
        real = name.startswith(("r", "ih"))
        for norm in ("backward", "ortho", "forward"):
            yield case(name, [3, 4], not real, norm=norm)
        yield case(name, [3, 5], not real, s=[4, 6])
        yield case(name, [3, 4, 2], not real, axes=[2, 1])
    for name in ("fft", "ifft", "hfft", "irfft", "rfft", "ihfft"):
        real = name.startswith(("r", "ih"))
        for n in (1, 2, 7, 8):
            yield case(name, [6], not real, n=n, norm="ortho")
        yield case(name, [6, 5], not real, strided=True, axis=0)
    for name in ("fht", "ifht"):
        for n in (1, 7, 8, 16):
            yield case(name, [n], dln=0.25, mu=0.0)
            yield case(name, [n], dln=0.1, mu=1.5, offset=0.3, bias=0.0)
            yield case(name, [n], dln=0.5, mu=-0.5, offset=-0.2, bias=0.7)
            yield case(name, [n], dln=0.25, mu=2.0, offset=0.1, bias=-0.4)
        yield case(name, [3, 5], dln=0.25, mu=0.0)
    for n in (1, 2, 5, 6):
        yield {"name": "fftfreq", "n": n, "d": 0.5, "values": list(scipy.fft.fftfreq(n, 0.5))}
        yield {"name": "rfftfreq", "n": n, "d": 0.5, "values": list(scipy.fft.rfftfreq(n, 0.5))}
    for target in (1, 7, 13, 97, 1021, 93059, 1000003):
        for real in (True, False):
            lengths = [scipy.fft.next_fast_len(target, real), scipy.fft.prev_fast_len(target, real)]
            yield {"name": "fast_len", "target": target, "real": real, "values": lengths}
    for dln, mu, initial, bias in ((0.1, 2.0, 0.5, 0.0), (0.5, 0.0, 0.0, 0.3), (0.01, -0.5, 1.0, -0.2), (2.0, 7.5, -3.0, 0.0)):
        offset = float(scipy.fft.fhtoffset(dln, mu, initial, bias))
        yield {"name": "fhtoffset", "dln": dln, "mu": mu, "offset": initial, "bias": bias, "values": [offset]}


def main():
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in cases())
    Path(__file__).with_name("scipy_fft.txt").write_text(text)


if __name__ == "__main__":
    main()
