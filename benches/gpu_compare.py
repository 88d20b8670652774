"""Ondine's figures on a GPU beside those of CuPy, PyTorch (eager and compiled) and JAX (jit), on the same arrays.

    python benches/gpu_compare.py FIGURES        FIGURES is what `cargo bench --bench gpu` printed on this machine
    python benches/gpu_compare.py --dry-run      says which peers are installed and checks the workloads on the host

Inputs are on the device; times are the best of five means of warm calls, in microseconds. A ratio above 1 says that Ondine is faster
than the best peer.
"""

import importlib.util
import sys
import time

LARGE = 1 << 26
TURNS = 50


def chain(x):
    for _ in range(8):
        x = x * 1.5 + 0.25
    return x


# Name, shape of the f32 input, and the job in terms of a namespace with NumPy's names.
WORKLOADS = [
    ("scale_shift", (LARGE,), lambda xp, x: x * 2 + 1),
    ("chain_of_8", (LARGE,), lambda xp, x: chain(x)),
    ("transpose", (8192, 8192), lambda xp, x: x.T + 1),
    ("sum_of_rows", (65536, 1024), lambda xp, x: x.sum(1)),
    ("sum_of_columns", (65536, 1024), lambda xp, x: x.sum(0)),
    ("sum_of_all", (LARGE,), lambda xp, x: x.sum()),
    ("fft_4096", (4096, 4096), lambda xp, x: xp.abs(xp.fft.rfft(x))),
    ("one_launch", (64,), lambda xp, x: x + 1),
]


def cupy_peer():
    import cupy

    return "cupy", cupy, cupy.asarray, lambda f: f, cupy.cuda.Device().synchronize


def torch_peer(compiled):
    import torch

    if not torch.cuda.is_available():
        raise ImportError("torch sees no GPU")
    wrap = torch.compile if compiled else (lambda f: f)
    return "torch compiled" if compiled else "torch", torch, lambda x: torch.from_numpy(x).cuda(), wrap, torch.cuda.synchronize


def jax_peer():
    import jax

    if jax.default_backend() != "gpu":
        raise ImportError("jax sees no GPU")

    def wait():
        (jax.device_put(0.0) + 0).block_until_ready()

    return "jax", jax.numpy, jax.device_put, jax.jit, wait


PEERS = [cupy_peer, lambda: torch_peer(False), lambda: torch_peer(True), jax_peer]


def measure(call, wait):
    for _ in range(3):
        call()
    best = float("inf")
    for _ in range(5):
        wait()
        start = time.perf_counter()
        for _ in range(TURNS):
            result = call()
        if hasattr(result, "block_until_ready"):
            result.block_until_ready()
        wait()
        best = min(best, (time.perf_counter() - start) / TURNS)
    return best * 1e6


def figures(path):
    found = {}
    for line in open(path):
        words = line.split()
        if len(words) == 3 and words[2] == "us":
            found[words[0]] = float(words[1])
    return found


def dry_run():
    try:
        import numpy
    except ImportError:
        print("numpy: not installed; the workloads were not checked")
        return
    for name, shape, job in WORKLOADS:
        small = tuple(min(extent, 8) for extent in shape)
        job(numpy, numpy.ones(small, numpy.float32))
        print(f"{name}: ok")
    for module in ["cupy", "torch", "jax"]:
        print(f"{module}: {'installed' if importlib.util.find_spec(module) else 'not installed'}")


def main():
    if sys.argv[1:] == ["--dry-run"]:
        return dry_run()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    import numpy

    ondine = figures(sys.argv[1])
    peers = []
    for make in PEERS:
        try:
            peers.append(make())
        except ImportError as why:
            print(f"skipped: {why}")
    names = [peer[0] for peer in peers]
    print("| workload | ondine | " + " | ".join(names) + " | ratio to the best |")
    print("|---" * (len(names) + 3) + "|")
    for name, shape, job in WORKLOADS:
        data = numpy.random.default_rng(5).uniform(-1, 1, shape).astype(numpy.float32)
        row = []
        for _, xp, put, wrap, wait in peers:
            x, call = put(data), wrap(lambda x, xp=xp: job(xp, x))
            row.append(measure(lambda: call(x), wait))
        mine = ondine.get(name)
        ratio = f"{min(row) / mine:.2f}" if row and mine else ""
        cells = [f"{value:.1f}" if value else "" for value in [mine, *row]]
        print(f"| {name} | " + " | ".join(cells) + f" | {ratio} |")


if __name__ == "__main__":
    main()
