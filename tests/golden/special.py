"""Writes special.txt: special functions by mpmath, as doubles in hexadecimal. Needs mpmath."""

import random
from pathlib import Path

from mpmath import mp

from exact import bits

mp.dps = 60
ANY = [1e-300, -1e-8, 1e-3, -0.1, 0.5, -1.5, 2.0, -3.25, 7.9999, 8.0001, -8.5, 25.0, -60.5, 300.25]
POSITIVE = [1e-300, 1e-8, 0.25, 0.499, 0.5, 0.75, 0.9999, 1.0001, 1.4999, 1.5, 1.9999, 2.0001, 2.5, 3.25, 5.75, 7.9999, 8.25, 40.5, 1e5, 1e300]
NEGATIVE = [-1e-300, -1e-8, -0.25, -0.75, -1.5, -3.9, -7.25, -20.5, -100.3]
INSIDE = [1e-300, 1e-8, 0.1, 0.2499, 0.2501, 0.4, 0.5, 0.6, 0.7499, 0.7501, 0.9, 0.999, 0.9999999]


def inverse_error(x):
    y = mp.erfinv(x)
    assert abs(mp.erf(y) - x) < mp.mpf(10) ** -55
    return y


FUNCTIONS = {
    "erfinv": (inverse_error, INSIDE + [-x for x in INSIDE] + [1 - 2.0**-52]),
    "gammaln": (lambda x: mp.log(abs(mp.gamma(x))) if abs(x) < 1e6 else mp.loggamma(x), POSITIVE + NEGATIVE),
    "digamma": (mp.digamma, POSITIVE + NEGATIVE),
    "i0": (lambda x: mp.besseli(0, x), ANY),
    "i0e": (lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), ANY),
    "i1": (lambda x: mp.besseli(1, x), ANY),
    "i1e": (lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), ANY),
    "j0": (lambda x: mp.besselj(0, x), ANY),
    "j1": (lambda x: mp.besselj(1, x), ANY),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), ANY + [-700.0]),
    "logit": (lambda x: mp.log(x / (1 - x)), INSIDE),
    "entr": (lambda x: -x * mp.log(x), POSITIVE[:-1]),
    "sinc": (lambda x: mp.sin(mp.pi * x) / (mp.pi * x), [x for x in ANY if x != 2 and x != 25]),
    "exp10": (lambda x: mp.mpf(10) ** x, [x for x in ANY if x != 1e-300]),
}


def main():
    generator = random.Random(2026)
    lines = []
    for name, (function, arguments) in FUNCTIONS.items():
        low, high = max(min(arguments), -30.0), min(max(arguments), 30.0)
        for x in arguments + [generator.uniform(low, high) for _ in range(10)]:
            lines.append(f"{name} {bits(x)} {bits(float(function(mp.mpf(x))))}\n")
    Path(__file__).with_name("special.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
