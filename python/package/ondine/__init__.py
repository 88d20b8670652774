"""Lazy arrays: calls build a graph, which is compiled and runs fused where its value is asked for.

Names and meanings are those of the Python array API standard. `x.eval()`, `numpy.asarray(x)`, `float(x)` and their like compute;
`eval_all` evaluates several arrays as one graph, `compile` fixes a function of arrays. `x.dump()`, `x.explain()` and `stats()`
show what happens; in notebooks a pending array is a picture of its graph.
"""

import importlib as _importlib
import math as _math

from . import _native
from ._errors import AxisError
from ._info import __array_namespace_info__
from ._native import *

# The modules, not the compiled ones of the same names.
fft = _importlib.import_module(".fft", __name__)
linalg = _importlib.import_module(".linalg", __name__)
special = _importlib.import_module(".special", __name__)
from ._scipy import scipy_backend

e = _math.e
inf = _math.inf
nan = _math.nan
pi = _math.pi
newaxis = None

__array_api_version__ = "2025.12"
__all__ = [*_native.__all__, "AxisError", "e", "inf", "nan", "newaxis", "pi", "scipy_backend"]
