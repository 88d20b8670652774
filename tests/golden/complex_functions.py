"""Writes complex_functions.txt: golden values of the complex functions. Needs mpmath; takes some minutes.

A line holds the function, the bits of the real and imaginary part of the argument (of both arguments for pow), and the
bits of the parts of the nearest result. A zero part of an argument is the limit from its side, so branch cuts are
tested from both.
"""

import random
from pathlib import Path

from mpmath import mp

from exact import bits, evaluate, exact

FUNCTIONS = {
    "abs": abs,
    "sign": lambda z: z / abs(z),
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "expm1": lambda z: mp.exp(z) - 1,
    "log": mp.log,
    "log1p": lambda z: mp.log(1 + z),
    "log2": lambda z: mp.log(z) / mp.log(2),
    "log10": lambda z: mp.log(z) / mp.log(10),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    # By their definitions on logarithms and roots, whose cuts are those of C99 once zeros have a side.
    "asin": lambda z: -1j * mp.log(1j * z + mp.sqrt(1 - z) * mp.sqrt(1 + z)),
    "acos": lambda z: -2j * mp.log(mp.sqrt((1 + z) / 2) + 1j * mp.sqrt((1 - z) / 2)),
    "atan": lambda z: (mp.log(1 + 1j * z) - mp.log(1 - 1j * z)) / 2j,
    "asinh": lambda z: mp.log(z + mp.sqrt(1 - 1j * z) * mp.sqrt(1 + 1j * z)),
    "acosh": lambda z: 2 * mp.log(mp.sqrt((z + 1) / 2) + mp.sqrt((z - 1) / 2)),
    "atanh": lambda z: (mp.log(1 + z) - mp.log(1 - z)) / 2,
}
EXPONENTIAL = {"exp", "expm1", "sinh", "cosh", "tanh"}
TRIGONOMETRIC = {"sin", "cos", "tan"}
LOGARITHMIC = {"log", "log1p", "log2", "log10", "sqrt", "abs", "sign"}

EPS = 2.0**-52
COMMON = (
    # branch points and what is next to them
    [(a, b) for a in (1.0 + EPS, -1.0 + EPS / 2, 0.5) for b in (0.0, -0.0, 1e-9)]
    + [(a, b) for b in (1.0 + EPS, -1.0 + EPS / 2) for a in (0.0, -0.0, -1e-9)]
    # branch cuts from both sides
    + [(a, b) for a in (-3.0, 2.5) for b in (0.0, -0.0, 1e-300, -1e-300)]
    + [(a, b) for a in (0.0, -0.0, 1e-300) for b in (-2.0, 3.5)]
    # tiny
    + [(1e-300, 1e-300), (-1e-8, 1e-8), (3e-17, -2e-5), (1e-5, 1e-200), (5e-324, 1e-310)]
    # near the unit circle
    + [(0.6, 0.8), (0.8, -0.6), (0.7071067811865476, 0.7071067811865475), (1.0, 1e-8), (1e-10, 1.0), (0.28, 0.96)]
)
LARGE = [
    (1e300, 1e300), (-1.5e308, 1.7e308), (1e300, 1e-300), (2.0, 1e200), (1e20, -3e19), (1e154, 1e153), (-2e-3, 1e17),
]
SPECIAL = {
    "exponential": [
        (709.5, 1.0), (710.2, 1.57), (-745.0, 0.3), (1430.0, 1e-310), (20.0, 1.0), (23.0, 1e-5), (-30.0, 2.0),
        (1e-3, 1e22), (0.5, 1e300), (3.0, 1.5707963267948966), (2.0, 3.141592653589793), (0.1, 0.4487),
        (-0.0, 6.283185307179586), (355.0, 12.0), (-720.0, 1.0), (1e-9, 3.14), (0.34, 0.78), (-1e5, 1.0),
    ],
    "logarithmic": [
        (-1e-3, 0.0447), (-2.0, 1e-12), (-1.0 - EPS, 1e-17), (-0.5, 0.8660254037844386), (-1e-16, 1.4e-8), (1e-310, 2e-312),
        (1000.0, 0.0), (1024.0, -0.0), (-0.999, 1e-4),
    ],
    "inverse": [
        (0.9999999, 1e-7), (1.0000001, -1e-9), (0.99, 0.2), (1.7, 1e-3), (1.2, 0.9), (-0.64, 0.01), (0.0, 1e-170), (1.0, 1e-170),
        (1e-170, 1.0), (-1.0, 1e-13), (1e160, 1e150), (1e8, 1e-8),
    ],
}
POWERS = [
    ((1.0, 2.0), (2.0, 0.0)), ((1.0, 1.0), (2.0, 0.0)), ((-8.0, 0.0), (1 / 3, 0.0)), ((-8.0, -0.0), (1 / 3, 0.0)),
    ((0.0, 1.0), (0.0, 1.0)), ((1.01, 0.3), (1000.0, -0.0)), ((0.3, -0.9), (-500.0, 2.0)), ((1e300, 1e-5), (0.5, 0.5)),
    ((1e-310, 1e-312), (0.25, -3.0)), ((1.0, EPS), (1e12, 1e10)), ((2.0, 0.0), (1023.5, 1.0)), ((2.0, 0.0), (-1074.0, 0.25)),
    ((-1.5e308, 1.5e308), (0.9, 0.0)), ((3.0, 4.0), (1e-300, 1e-300)), ((0.6, 0.8), (1e8, 0.0)), ((5.0, 1.0), (300.0, 300.0)),
    ((1e-200, 1e-200), (3.0, 1.0)), ((10.0, -3.0), (0.0, 1e6)),
]


def points(name, generator):
    found = list(COMMON)
    if name in EXPONENTIAL:
        found += SPECIAL["exponential"]
    elif name in TRIGONOMETRIC:
        found += [(b, -a) for a, b in SPECIAL["exponential"]]
    elif name in LOGARITHMIC:
        found += SPECIAL["logarithmic"] + LARGE
    elif name in ("asinh", "atan"):
        found += [(b, a) for a, b in SPECIAL["inverse"]] + LARGE
    else:
        found += SPECIAL["inverse"] + LARGE
    found += [(generator.uniform(-4, 4), generator.uniform(-4, 4)) for _ in range(10)]
    # Singles, so that the c64 functions can be held to these values as well.
    found += [(generator.randrange(-512, 512) / 128, generator.randrange(-512, 512) / 128) for _ in range(10)]
    return [(a, b) for a, b in found if (a, b) != (0.0, 0.0)]


def main():
    generator = random.Random(2025)
    lines = []
    for name, function in FUNCTIONS.items():
        for a, b in points(name, generator):
            re, im = evaluate(function, lambda: [mp.mpc(exact(a), exact(b))])
            lines.append([name, a, b, re, im])
    powers = list(POWERS)
    for _ in range(40):
        powers.append(tuple((generator.uniform(-4, 4), generator.uniform(-4, 4)) for _ in range(2)))
    for (a, b), (c, d) in powers:
        # A zero part of the exponent has no side.
        power = lambda z: mp.exp(mp.mpc(c, d) * mp.log(z))
        re, im = evaluate(power, lambda: [mp.mpc(exact(a), exact(b))])
        lines.append(["pow", a, b, c, d, re, im])
    text = "".join(" ".join([line[0], *map(bits, line[1:])]) + "\n" for line in lines)
    Path(__file__).with_name("complex_functions.txt").write_text(text)


main()
