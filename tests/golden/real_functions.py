"""Writes real_functions.txt: golden values of the real functions, as complex_functions.py does. Needs mpmath."""

import random
from pathlib import Path

from mpmath import mp

from exact import bits, evaluate, exact

ANY = [1e-300, -1e-8, 1e-3, -0.1, 0.5, 0.9, -2.0, 3.0, 5.5, -7.25]
POSITIVE = [abs(x) for x in ANY] + [5e-324, 0.9999999, 1.0000001, 1e300, 12345.678, 1.5, 2.5]
INSIDE = [x for x in ANY if abs(x) < 1] + [-0.999999, 0.51, 0.7071, -0.3]
ANGLES = ANY + [1e22, -1e5, 1.5707963267948966, 3.141592653589793, 1e300, 0.785]
EXPONENTS = ANY + [20.5, -36.0, 700.1, -745.0, 709.7]

FUNCTIONS = {
    "cbrt": (lambda x: mp.cbrt(x) if x > 0 else -mp.cbrt(-x), ANY + [1e300, 5e-324]),
    "exp": (mp.exp, EXPONENTS),
    "exp2": (lambda x: mp.mpf(2) ** x, EXPONENTS),
    "expm1": (lambda x: mp.exp(x) - 1, EXPONENTS),
    "log": (mp.log, POSITIVE),
    "log1p": (lambda x: mp.log(1 + x), POSITIVE + [-0.5, -0.999, -1e-12]),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (lambda x: mp.log(x) / mp.log(10), POSITIVE),
    "sin": (mp.sin, ANGLES),
    "cos": (mp.cos, ANGLES),
    "tan": (mp.tan, ANGLES),
    "sinh": (mp.sinh, EXPONENTS),
    "cosh": (mp.cosh, EXPONENTS),
    "tanh": (mp.tanh, EXPONENTS),
    "asin": (mp.asin, INSIDE),
    "acos": (mp.acos, INSIDE),
    "atan": (mp.atan, ANY + [1e300, 1e8]),
    "asinh": (mp.asinh, ANY + [1e300, 1e8]),
    "acosh": (mp.acosh, [1.0000001, 1.1, 1.5, 2.0, 7.0, 1e5, 1e300]),
    "atanh": (mp.atanh, INSIDE),
    "erf": (mp.erf, ANY + [0.84, 1.25, 2.8]),
    "erfc": (mp.erfc, ANY + [0.84, 1.25, 2.8, 10.0, 26.0]),
}
FUNCTIONS2 = {
    "pow": (lambda x, y: x**y, [(2.0, 0.5), (1e-300, 0.7), (1.0000001, 1e9), (7.5, -30.25), (-3.0, 5.0), (0.3, 600.0), (10.0, -320.0)]),
    "atan2": (mp.atan2, [(1.0, 2.0), (-1e-300, 5.0), (3.0, -1e200), (-2.0, -0.5), (1e-310, 1e-310), (1e308, -1e308)]),
    "hypot": (mp.hypot, [(3.0, 4.0), (1e308, 1e308), (1e-310, 3e-310), (-1.0, 1e-9), (0.1, 0.7)]),
    "logaddexp": (
        lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
        [(1.0, 2.0), (1000.0, 1000.5), (-1000.0, -1001.0), (0.0, -50.0), (3.0, -3.0), (700.0, -700.0)],
    ),
}


def main():
    generator = random.Random(2025)
    lines = []
    for name, (function, arguments) in FUNCTIONS.items():
        low, high = min(arguments), max(arguments)
        inside = [generator.uniform(max(low, -6.0), min(high, 6.0)) for _ in range(10)]
        for x in arguments + inside:
            lines.append([name, x, evaluate(function, lambda: [exact(x)])[0]])
    for name, (function, arguments) in FUNCTIONS2.items():
        drawn = [(generator.uniform(0.1, 6.0), generator.uniform(-6.0, 6.0)) for _ in range(10)]
        for x, y in arguments + drawn:
            lines.append([name, x, y, evaluate(function, lambda: [mp.mpf(x), mp.mpf(y)])[0]])
    text = "".join(" ".join([line[0], *map(bits, line[1:])]) + "\n" for line in lines)
    Path(__file__).with_name("real_functions.txt").write_text(text)


main()
