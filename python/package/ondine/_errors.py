"""Exceptions that belong to two families."""


class AxisError(ValueError, IndexError):
    """An axis that an array does not have, or one given twice."""

    __module__ = "ondine"
