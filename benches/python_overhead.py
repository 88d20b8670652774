"""What the Python module takes beside the arithmetic, in microseconds: `python benches/python_overhead.py`."""

import subprocess
import sys
import timeit

import numpy as np
import ondine


def show(name, call, number):
    """The best of five means."""
    call()
    seconds = min(timeit.repeat(call, number=number, repeat=5)) / number
    print(f"{name:48} {seconds * 1e6:8.2f} us")


def unseen():
    """A small op of a structure that has not been run: every time with another extent."""
    extents = iter(range(1000, 100_000))

    def call():
        x = ondine.zeros(next(extents)) + 1.5
        (x * x).eval()

    return call


def main():
    program = "import time; t = time.perf_counter(); import ondine; print(time.perf_counter() - t)"
    imports = [float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(5)]
    print(f"{'import':48} {min(imports) * 1e6:8.0f} us")
    ready = ondine.sum(ondine.arange(10.0)).eval()
    show("float of an evaluated array", lambda: float(ready), 20_000)
    for count in (10, 1000, 4000):
        a, b = (ondine.asarray(np.random.default_rng(seed).random(count)) for seed in (1, 2))
        show(f"a + b, built, {count} elements", lambda: a + b, 20_000)
        show(f"a + b, built and evaluated, {count} elements", lambda: (a + b).eval(), 5_000)
        job = ondine.compile(lambda a, b: a + b)
        show(f"a + b, compiled, {count} elements", lambda: job(a, b), 5_000)
        c, d = np.asarray(a), np.asarray(b)
        show(f"NumPy's a + b, {count} elements", lambda: c + d, 20_000)
    show("a structure that was not seen before", unseen(), 500)
    data, value = np.zeros(1000), ondine.zeros(1000).eval()
    show("asarray of 1000 numbers", lambda: ondine.asarray(data), 20_000)
    show("numpy.asarray of 1000 numbers", lambda: np.asarray(value), 20_000)


if __name__ == "__main__":
    main()
