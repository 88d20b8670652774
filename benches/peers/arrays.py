"""Workloads of elementwise functions and reductions."""

import functools

import numpy as np

from .workloads import ELEMENTWISE, Workload


def uniform(*shape, dtype="float64", seed=1, low=0.5, high=2.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def several(count, *shape, **options):
    return lambda: [uniform(*shape, seed=seed, **options) for seed in range(1, count + 1)]


def chain(lib, a, b, c):
    return a * b + c * c - 2.0 * a / (b + 1.0)


def trig(lib, a, b):
    xp = lib.xp
    return xp.sin(a) * xp.exp(-b) + xp.sqrt(a * a + b * b) * xp.cos(b) + xp.log(a + 1)


def black_scholes(lib, spot, strike, time):
    """The price of a call, rate 0.1, volatility 0.2."""
    xp, erf = lib.xp, lib.special.erf
    spread = 0.2 * xp.sqrt(time)
    d1 = (xp.log(spot / strike) + (0.1 + 0.02) * time) / spread
    normal = lambda d: 0.5 + 0.5 * erf(d * 0.7071067811865476)
    return spot * normal(d1) - strike * xp.exp(-0.1 * time) * normal(d1 - spread)


def softmax(lib, x):
    largest = lib.xp.amax if hasattr(lib.xp, "amax") else lib.xp.max
    e = lib.xp.exp(x - largest(x, axis=1, keepdims=True))
    return e / lib.xp.sum(e, axis=1, keepdims=True)


def variance(axis):
    def formula(lib, x):
        # Everybody's own function, for the population.
        return lib.xp.var(x, axis=axis, **({"correction": 0} if "torch" in lib.name.lower() else {}))

    return formula


def nearest(lib, points, centres):
    apart = points[:, None, :] - centres[None, :, :]
    return lib.xp.argmin(lib.xp.sum(apart * apart, axis=2), axis=1)


def reduction(name, **options):
    return lambda lib, x: getattr(lib.xp, name)(x, **options)


def running_sum(lib, x):
    return lib.xp.cumulative_sum(x) if hasattr(lib.xp, "cumulative_sum") else lib.xp.cumsum(x, 0)


def with_numexpr(text, names):
    return {"numexpr": lambda peer, *arrays: peer.expression(text, **dict(zip(names, arrays, strict=True)))}


def in_order(lib, x):
    # PyTorch hands over the places too.
    found = lib.xp.sort(x)
    return getattr(found, "values", found)


CHAIN = with_numexpr("a*b + c*c - 2.0*a/(b+1.0)", "abc")
TRIG = with_numexpr("sin(a)*exp(-b) + sqrt(a*a+b*b)*cos(b) + log(a+1)", "ab")


def workloads():
    elementwise = functools.partial(Workload, libraries=ELEMENTWISE)
    chain_of = lambda name, count, **more: elementwise(
        name, f"a*b + c*c - 2a/(b+1), {count:,} numbers", chain, several(3, count, **more), extra=CHAIN,
        tolerance=1e-5 if more else 1e-14,
    )  # fmt: skip
    trig_of = lambda name, count: elementwise(
        name, f"sin(a)exp(-b) + sqrt(aa+bb)cos(b) + log(a+1), {count:,} numbers", trig, several(2, count), extra=TRIG,
        tolerance=1e-14,
    )  # fmt: skip
    prices = lambda name, count: Workload(
        name, f"call options, {count:,} of them", black_scholes, several(3, count),
        libraries=("SciPy", "JAX", "PyTorch", "torch.compile", "Ondine"), tolerance=1e-13,
    )  # fmt: skip
    return [
        chain_of("chain_1e4", 10_000),
        chain_of("chain_1e6", 1_000_000),
        chain_of("chain_2e7", 20_000_000),
        chain_of("chain_2e7_f32", 20_000_000, dtype="float32"),
        trig_of("trig_1e4", 10_000),
        trig_of("trig_1e7", 10_000_000),
        prices("blackscholes_1e6", 1_000_000),
        prices("blackscholes_1e7", 10_000_000),
        elementwise("softmax_4096x1024", "softmax of rows", softmax, several(1, 4096, 1024, low=-5, high=5)),
        elementwise("var_rows", "variance of rows of 4096x4096", variance(1), several(1, 4096, 4096)),
        elementwise("var_columns", "variance of columns of 4096x4096", variance(0), several(1, 4096, 4096)),
        elementwise(
            "nearest",
            "nearest of 64 centres for 20,000 points of 8 features, by broadcasting",
            nearest,
            lambda: [uniform(20_000, 8, seed=1), uniform(64, 8, seed=2)],
            extra={"SciPy": lambda scipy, points, centres: vq(points, centres)},
        ),
        elementwise("sum_2e7", "sum of 20,000,000 numbers", reduction("sum"), several(1, 20_000_000)),
        elementwise("mean_2e7", "mean of 20,000,000 numbers", reduction("mean"), several(1, 20_000_000)),
        elementwise("min_2e7", "smallest of 20,000,000 numbers", reduction("min"), several(1, 20_000_000)),
        elementwise("argmax_2e7", "place of the largest", reduction("argmax"), several(1, 20_000_000)),
        elementwise("sort_1e6", "1,000,000 numbers in order", in_order, several(1, 1_000_000)),
        elementwise("cumulative_sum_1e7", "running sums", running_sum, several(1, 10_000_000), tolerance=1e-12),
    ]


def vq(points, centres):
    from scipy.cluster.vq import vq

    return lambda: vq(points, centres)[0]
