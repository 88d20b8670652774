"""Exceptions of this package's own."""


class AxisError(ValueError, IndexError):
    """An axis that an array does not have, or one given twice."""

    __module__ = "ondine"


class LinAlgError(ValueError):
    """A matrix without the decomposition that was asked for."""

    __module__ = "ondine.linalg"
