"""What both generators of golden values share: doubles as bits, and results that are right to the last bit.

Every value is computed twice, at two precisions far beyond 60 digits (arguments reach from 1e-308 to 1e308, and what
cancels between them must not count); the two must agree to 60 digits.
"""

import struct
from fractions import Fraction

import mpmath
from mpmath import mp

PRECISIONS = (9000, 12000)
# Stands for a zero of the given sign: mpmath has only one zero, but limits from both sides.
TINY_EXPONENT = -2600


def bits(x):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))[0]


def exact(x):
    """The double `x` as an exact number, a signed zero as a tiny number of that sign."""
    if x == 0.0:
        tiny = mp.ldexp(mp.mpf(1), TINY_EXPONENT)
        return -tiny if bits(x)[0] == "8" else tiny
    return mp.mpf(x)


def nearest(x):
    """The double nearest to the number `x`, with the sign of what underflows."""
    sign, mantissa, exponent, _ = x._mpf_
    if mantissa == 0:
        return 0.0
    signed = lambda magnitude: -magnitude if sign else magnitude
    top = mantissa.bit_length() + exponent
    if top > 1100:
        return signed(float("inf"))
    if top < -1100:
        return signed(0.0)
    fraction = Fraction(int(mantissa) << exponent) if exponent >= 0 else Fraction(int(mantissa), 1 << -exponent)
    try:
        return signed(float(fraction))
    except OverflowError:
        return signed(float("inf"))


def evaluate(function, arguments):
    """`function` of exact arguments at both precisions, as parts rounded to doubles."""
    results = []
    for precision in PRECISIONS:
        with mpmath.workprec(precision):
            results.append(mp.mpc(function(*arguments())))
    low, high = results
    with mpmath.workprec(PRECISIONS[1]):
        assert abs(low - high) <= abs(high) * mp.mpf(10) ** -60, (function, arguments(), low, high)
    return nearest(high.real), nearest(high.imag)
