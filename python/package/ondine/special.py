"""Special functions, under SciPy's names."""

from ._native import special as _special

__all__ = list(_special.__all__)
globals().update({name: getattr(_special, name) for name in __all__})
