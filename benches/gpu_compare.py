"""Ondine's figures on a GPU beside those of CuPy, PyTorch (eager and compiled) and JAX (jit), on the same arrays.

    python benches/gpu_compare.py FIGURES               FIGURES is what `cargo bench --bench gpu` printed on this machine
    python benches/gpu_compare.py --dry-run [FIGURES]   says which peers are installed, runs every workload small with NumPy, and
                                                        looks for its figure

Inputs are on the device; times are the best of five means of warm calls, in microseconds. A ratio above 1 says that Ondine is faster
than the best peer.
"""

import importlib.util
import os
import sys
import time

# Before JAX is loaded: doubles are doubles, and nobody takes all memory at once.
os.environ.update(JAX_ENABLE_X64="1", XLA_PYTHON_CLIENT_PREALLOCATE="false")

import numpy as np  # noqa: E402

from peers import libraries, transforms  # noqa: E402
from peers.arrays import softmax, variance  # noqa: E402
from peers.transforms import numbers  # noqa: E402

TURNS = 50


class Cupy(libraries.Numpy):
    name = "CuPy"

    def __init__(self):
        import cupy

        self.xp, self.fft = cupy, cupy.fft
        self.wait = cupy.cuda.Device().synchronize

    def array(self, x):
        return self.xp.asarray(x)

    def numpy(self, x):
        return self.xp.asnumpy(x)


class Torch(libraries.Torch):
    def __init__(self):
        super().__init__()
        if not self.xp.cuda.is_available():
            raise ImportError("torch sees no GPU")
        self.wait = self.xp.cuda.synchronize

    def array(self, x):
        return self.xp.from_numpy(x).cuda()


class TorchCompile(Torch):
    name = "torch.compile"

    def compiled(self, formula):
        self.xp._dynamo.reset()
        # Recorded as CUDA graphs, as Ondine's are.
        return self.xp.compile(lambda *arrays: formula(self, *arrays), dynamic=False, mode="reduce-overhead")


class Jax(libraries.Jax):
    def __init__(self):
        super().__init__()
        if self.jax.default_backend() != "gpu":
            raise ImportError("jax sees no GPU")

    def compiled(self, formula):
        return self.jax.jit(lambda *arrays: formula(self, *arrays))

    def wait(self):
        (self.xp.zeros(()) + 0).block_until_ready()


PEERS = [Cupy, Torch, TorchCompile, Jax]


def chain(lib, x):
    for _ in range(8):
        x = x * 1.5 + 0.25
    return x


def columns(turns):
    def formula(lib, x):
        for _ in range(turns):
            x = (x - x.sum(0)) * 0.01
        return x

    return formula


def filtered(lib, x):
    bins = lib.fft.rfft(x * 2 - 1)
    return lib.xp.tanh(lib.fft.irfft(bins * lib.xp.abs(bins)))


def windowed(lib, x, window):
    return lib.fft.fft(x * window) * 0.5


def copied(lib, x):
    return x.clone() if "torch" in lib.name.lower() else x.copy()


def convolution(taps, size):
    def formula(lib, image, kernel):
        product = lib.fft.rfft2(image, s=(size, size)) * lib.fft.rfft2(kernel, s=(size, size))
        rows = slice(taps // 2, taps // 2 + image.shape[0])
        return lib.fft.irfft2(product, s=(size, size))[rows, rows]

    return formula


def phases(*shape):
    return np.exp(1j * numbers(shape))


def workloads(small):
    """Name, formula, inputs. Where `small` is true the formulas alone are tried."""

    def extent(whole, other):
        return other if small else whole

    def one(*shape, dtype="float32"):
        return lambda: [numbers(shape, dtype)]

    side, rows = extent(4096, 36), (extent(65536, 40), extent(1024, 100))
    lines, large, square = (extent(16384, 10), side), extent(1 << 28, 1000), (extent(8192, 40),) * 2
    low = ((-30, 30), (-30, 20)) if not small else ((-3, 3), (-3, 2))
    taps = extent(129, 5)

    def window():
        return [phases(*lines).astype("complex64"), numbers((side,), "float32")]

    return [
        # The bandwidth that the chains are measured by.
        ("copy_f32", copied, one(large)),
        ("chain_f32", chain, one(large)),
        ("chain_f64", chain, one(large, dtype="float64")),
        ("scale_shift", lambda lib, x: x * 2 + 1, one(extent(1 << 26, 1000))),
        ("inner_part", lambda lib, x: x[:, 4:-4] * 2 + 1, one(*square)),
        ("transpose", lambda lib, x: x.T + 1, one(*square)),
        ("sum_of_rows", lambda lib, x: x.sum(1), one(*rows)),
        ("sum_of_columns", lambda lib, x: x.sum(0), one(*rows)),
        ("sum_of_all", lambda lib, x: (x * x).sum(), one(*rows)),
        ("variance_of_rows", variance(1), one(*rows)),
        ("softmax", softmax, one(*rows)),
        ("fft_4096", lambda lib, x: lib.xp.abs(lib.fft.rfft(x)), one(side, side)),
        ("filter_4096", filtered, one(side, side)),
        ("window_fft_scale", windowed, window),
        ("window_fft_scale_callbacks", windowed, window),
        ("smooth_768x1024", transforms.smooth(low), one(extent(768, 64), extent(1024, 64), dtype="float64")),
        ("smooth_16384", transforms.smooth(low), one(*(extent(16384, 64),) * 2)),
        ("poisson_512", transforms.poisson, transforms.poisson_inputs(extent(512, 12))),
        ("splitstep_1M", transforms.split_step(extent(50, 3)), transforms.split_step_inputs(extent(1 << 20, 64))),
        ("spectrogram", transforms.spectrogram, transforms.spectrogram_inputs),
        (
            "fftconv_4096",
            convolution(taps, extent(4235, 24)),
            lambda: [numbers((extent(4096, 20),) * 2), numbers((taps, taps), seed=8)],
        ),
        ("one_launch", lambda lib, x: x + 1, one(64, 64)),
        ("ten_launches", columns(5), one(64, 64)),
    ]


def by_hand(cupy):
    """`window_fft_scale_callbacks` as somebody would write it: callbacks that cuFFT links, in CuPy."""
    load = r"""
    __device__ float2 load(void* in, unsigned long long at, void* info, void*) {
      const float2 x = ((const float2*)in)[at];
      const float w = ((const float*)info)[at % 4096];
      return make_float2(x.x * w, x.y * w);
    }"""
    store = r"""
    __device__ void store(void* out, unsigned long long at, float2 x, void*, void*) {
      ((float2*)out)[at] = make_float2(x.x * 0.5f, x.y * 0.5f);
    }"""

    def formula(x, window):
        options = dict(cb_load=load, cb_store=store, cb_load_name="load", cb_store_name="store", cb_ver="jit")
        with cupy.fft.config.set_cufft_callbacks(**options, cb_load_data=window.data):
            return cupy.fft.fft(x)

    return formula


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


def dry_run(paths):
    lib = libraries.Numpy()
    have = figures(paths[0]) if paths else None
    # A copy is what peers are measured by, not a workload of Ondine's.
    missing = [name for name, _, _ in workloads(True) if have is not None and name not in {*have, "copy_f32"}]
    for name, formula, inputs in workloads(True):
        formula(lib, *inputs())
        print(f"{name}: ok")
    for module in ["cupy", "torch", "jax"]:
        print(f"{module}: {'installed' if importlib.util.find_spec(module) else 'not installed'}")
    if missing:
        sys.exit(f"no figure for {', '.join(missing)}")


def time_of(lib, name, formula, inputs):
    """A peer that cannot do a workload has no time for it, and the reason is printed."""
    try:
        arrays = [lib.array(x) for x in inputs]
        call = by_hand(lib.xp) if (lib.name, name) == ("CuPy", "window_fft_scale_callbacks") else lib.compiled(formula)
        return measure(lambda: call(*arrays), lib.wait)
    except Exception as why:
        print(f"{lib.name} has no {name}: {why!r}", file=sys.stderr)
        return None


def main():
    if sys.argv[1:2] == ["--dry-run"]:
        return dry_run(sys.argv[2:])
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    ondine = figures(sys.argv[1])
    peers = []
    for make in PEERS:
        try:
            peers.append(make())
        except ImportError as why:
            print(f"skipped: {why}")
    names = [peer.name for peer in peers]
    print("| workload | Ondine | " + " | ".join(names) + " | ratio to the best |")
    print("|---" * (len(names) + 3) + "|")
    for name, formula, inputs in workloads(False):
        arrays = inputs()
        row = [time_of(peer, name, formula, arrays) for peer in peers]
        mine, best = ondine.get(name), min((value for value in row if value), default=None)
        ratio = f"{best / mine:.2f}" if best and mine else ""
        cells = [f"{value:.1f}" if value else "" for value in [mine, *row]]
        print(f"| {name} | " + " | ".join(cells) + f" | {ratio} |")


if __name__ == "__main__":
    main()
