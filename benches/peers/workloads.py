"""What is measured: named workloads, each a formula in the words of `libraries`, its inputs, and who takes part."""

import dataclasses
from collections.abc import Callable

EVERYBODY = ("NumPy", "SciPy", "JAX", "PyTorch", "torch.compile", "Ondine")
# What the README shows: a few minutes with all peers.
README = """smooth_768x1024 smooth_real poisson_128 splitstep_64k spectrogram fftconv fftn_2048x2048 fft_1M fft_8192x1024
    chain_1e4 chain_1e6 chain_2e7 trig_1e7 blackscholes_1e6 softmax* var_* nearest sum_2e7 cumulative_sum_1e7""".split()
# Where SciPy has nothing of its own it would be NumPy again.
ELEMENTWISE = ("NumPy", "JAX", "PyTorch", "torch.compile", "Ondine")


@dataclasses.dataclass
class Workload:
    name: str
    about: str
    formula: Callable
    inputs: Callable
    libraries: tuple = EVERYBODY
    # Contenders with code of their own: functions of the peer and the inputs that give a function to run.
    extra: dict = dataclasses.field(default_factory=dict)
    # The norm of what a result may be off, over its own.
    tolerance: float = 1e-11


def all_workloads():
    """By name, in the order in which they are reported."""
    from . import arrays, matrices, transforms

    return {workload.name: workload for workload in [*transforms.workloads(), *arrays.workloads(), *matrices.workloads()]}
