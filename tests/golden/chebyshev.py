"""Writes src/special/tables.rs: Chebyshev coefficients of special functions, to 2^-55 of the largest. Needs mpmath."""

from pathlib import Path

from mpmath import mp

PRECISION = 40
LEAST = mp.ldexp(mp.mpf(1), -55)


def chebyshev(function, low, high, points=48):
    """The coefficients of a function on an interval, from its values at as many nodes."""
    low, high = mp.mpf(low), mp.mpf(high)
    angles = [mp.pi * (k + mp.mpf(1) / 2) / points for k in range(points)]
    values = [function((high - low) / 2 * mp.cos(angle) + (low + high) / 2) for angle in angles]
    coefficients = [
        sum(value * mp.cos(j * angle) for value, angle in zip(values, angles)) * 2 / points for j in range(points)
    ]
    coefficients[0] /= 2
    most = max(map(abs, coefficients))
    while abs(coefficients[-1]) < LEAST * most:
        coefficients.pop()
    assert len(coefficients) < points * 3 // 4
    return coefficients


def scaled_bessel(order):
    return lambda t: mp.exp(-8 / t) * mp.sqrt(8 / t) * mp.besseli(order, 8 / t)


def amplitudes(order, s):
    """P and Q / (8 / x) of `J = sqrt(2 / pi x) (P cos - Q sin)` at `x - (order / 2 + 1 / 4) pi`, `s = (8 / x)^2`."""
    x = 8 / mp.sqrt(s)
    angle = x - (mp.mpf(order) / 2 + mp.mpf(1) / 4) * mp.pi
    j, y, root = mp.besselj(order, x), mp.bessely(order, x), mp.sqrt(mp.pi * x / 2)
    cosine = root * (j * mp.cos(angle) + y * mp.sin(angle))
    sine = root * (y * mp.cos(angle) - j * mp.sin(angle))
    return cosine, sine * x / 8


def inverse_tail(r):
    """`erfinv(1 - q)` for `r = sqrt(-log q)`, by Newton's method."""
    q, y = mp.exp(-r * r), r * mp.mpf("0.9")
    for _ in range(60):
        y += (mp.erfc(y) - q) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return y


def tables():
    yield "I0_NEAR", "`exp(-x) I0(x)` by `x` in 0 to 8.", chebyshev(lambda x: mp.exp(-x) * mp.besseli(0, x), 0, 8)
    yield "I0_FAR", "`exp(-x) sqrt(x) I0(x)` by `8 / x` in 0 to 1.", chebyshev(scaled_bessel(0), 0, 1)
    yield "I1_NEAR", "`exp(-x) I1(x) / x` by `x` in 0 to 8.", chebyshev(lambda x: mp.exp(-x) * mp.besseli(1, x) / x, 0, 8)
    yield "I1_FAR", "`exp(-x) sqrt(x) I1(x)` by `8 / x` in 0 to 1.", chebyshev(scaled_bessel(1), 0, 1)
    for order, quotient in ((0, ""), (1, " / x")):
        near = lambda s: mp.besselj(order, mp.sqrt(s)) / mp.sqrt(s) ** order
        yield f"J{order}_NEAR", f"`J{order}(x){quotient}` by `x^2` in 0 to 64.", chebyshev(near, 0, 64)
        for at, name in enumerate(("COSINE", "SINE")):
            text = f"The factor of the {name.lower()} in `J{order}(x) sqrt(pi x / 2)`, over {('1', '`8 / x`')[at]}, by `64 / x^2`."
            yield f"J{order}_{name}", text, chebyshev(lambda s: amplitudes(order, s)[at], 0, 1)
    half = mp.mpf(1) / 2
    yield "GAMMALN_AT_TWO", "`log gamma(2 + t) / t` by `t` in -1/2 to 1/2.", chebyshev(lambda t: mp.loggamma(2 + t) / t, -half, half)
    centre = lambda s: mp.erfinv(mp.sqrt(s)) / mp.sqrt(s)
    yield "ERFINV_CENTRE", "`erfinv(x) / x` by `x^2` in 0 to 9/16.", chebyshev(centre, 0, mp.mpf(9) / 16)
    yield "ERFINV_TAIL", "`erfinv(1 - q)` by `sqrt(-log q)` in 1.177 to 3.", chebyshev(inverse_tail, "1.177", 3)
    yield "ERFINV_FAR", "`erfinv(1 - q)` by `sqrt(-log q)` in 3 to 6.2.", chebyshev(inverse_tail, 3, "6.2")


def main():
    mp.dps = PRECISION
    text = "//! Written by tests/golden/chebyshev.py: Chebyshev coefficients by the position in an interval.\n\n"
    text += "// Shortest digits that give the double.\n#![allow(clippy::excessive_precision, clippy::unreadable_literal)]\n"
    for name, doc, coefficients in tables():
        rows = "".join(f"    {float(value)!r},\n" for value in coefficients)
        text += f"\n/// {doc}\npub(super) const {name}: [f64; {len(coefficients)}] = [\n{rows}];\n"
    (Path(__file__).parents[2] / "src/special/tables.rs").write_text(text)


if __name__ == "__main__":
    main()
