"""The libraries that workloads are written for, each behind the same few words.

A formula gets a library `lib` and arrays: `lib.xp` has the functions of every element and the reductions, `lib.fft` the transforms,
`lib.cosine` cosine and sine transforms where there are any, `lib.special` the error function, `lib.linalg` decompositions; `lib.zeroed(x, key)` is `x` with a part overwritten by zeros.
"""

import importlib
import warnings
from types import SimpleNamespace


class Numpy:
    name = "NumPy"

    def __init__(self):
        import numpy

        self.xp, self.fft, self.special, self.linalg = numpy, numpy.fft, None, numpy.linalg

    def array(self, x):
        return x

    def zeroed(self, x, key):
        x = x.copy()
        x[key] = 0
        return x

    def compiled(self, formula):
        return lambda *arrays: formula(self, *arrays)

    def numpy(self, x):
        return self.xp.asarray(x)


class Scipy(Numpy):
    name = "SciPy"

    def __init__(self):
        super().__init__()
        import scipy.fft
        import scipy.linalg
        import scipy.special

        def two_threads(function):
            return lambda *args, **options: function(*args, workers=2, **options)

        names = "fft ifft rfft irfft fftn ifftn rfftn irfftn fft2 ifft2 rfft2 irfft2 dctn idctn dstn idstn".split()
        transforms = {name: two_threads(getattr(scipy.fft, name)) for name in names}
        self.fft = SimpleNamespace(**transforms, fftshift=scipy.fft.fftshift, ifftshift=scipy.fft.ifftshift, fht=scipy.fft.fht)
        self.special, self.linalg = scipy.special, scipy.linalg
        # What SciPy has beyond NumPy.
        self.cosine = self.fft


class Jax(Numpy):
    name = "JAX"

    def __init__(self):
        import jax
        import jax.numpy
        import jax.scipy.fft
        import jax.scipy.special

        self.jax = jax
        self.xp, self.fft, self.special = jax.numpy, jax.numpy.fft, jax.scipy.special
        self.cosine, self.linalg = jax.scipy.fft, jax.numpy.linalg

    def array(self, x):
        return self.xp.asarray(x)

    def zeroed(self, x, key):
        return x.at[key].set(0)

    def compiled(self, formula):
        function = self.jax.jit(lambda *arrays: formula(self, *arrays))
        return lambda *arrays: self.jax.block_until_ready(function(*arrays))

    def numpy(self, x):
        import numpy

        return numpy.asarray(x)


class Torch(Numpy):
    name = "PyTorch"

    def __init__(self):
        import torch

        torch.set_num_threads(2)
        self.xp, self.fft, self.special, self.linalg = torch, torch.fft, torch.special, torch.linalg

    def array(self, x):
        return self.xp.from_numpy(x)

    def zeroed(self, x, key):
        x = x.clone()
        x[key] = 0
        return x

    def numpy(self, x):
        return x.numpy()


class TorchCompile(Torch):
    name = "torch.compile"

    def compiled(self, formula):
        warnings.filterwarnings("ignore", module="torch")
        # Every workload is a function of its own, for which nothing has been compiled so far.
        self.xp._dynamo.reset()
        return self.xp.compile(lambda *arrays: formula(self, *arrays), dynamic=False)


class Ondine(Numpy):
    name = "Ondine"

    def __init__(self):
        import ondine

        self.ondine = self.xp = ondine
        self.fft, self.special = ondine.fft, ondine.special
        self.cosine, self.linalg = ondine.fft, ondine.linalg

    def array(self, x):
        return self.xp.asarray(x)

    def zeroed(self, x, key):
        x = self.xp.asarray(x, copy=True)
        x[key] = 0
        return x

    def compiled(self, formula):
        return self.ondine.compile(lambda *arrays: formula(self, *arrays))

    def numpy(self, x):
        import numpy

        return numpy.asarray(x)


ALL = [Numpy, Scipy, Jax, Torch, TorchCompile, Ondine]
# Contenders that bring their own code for some workloads.
EXTRA = ["numexpr", "FFTW"]


def load(wanted=None):
    """The libraries that are there, by name, and why others are not. Ondine always is among them."""
    available, missing = {}, {}
    for library in ALL:
        if wanted and library.name not in [*wanted, "Ondine"]:
            continue
        try:
            available[library.name] = library()
        except ImportError as error:
            missing[library.name] = error
    for name in EXTRA:
        if wanted and name not in wanted:
            continue
        try:
            available[name] = importlib.import_module(f"peers.{name.lower()}_peer")
        except (ImportError, OSError) as error:
            missing[name] = error
    if "Ondine" not in available:
        raise SystemExit(f"ondine is not installed: {missing['Ondine']}; pip install ./python")
    return available, missing
