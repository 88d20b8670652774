"""numexpr: expressions as text, on two threads."""

import numexpr

numexpr.set_num_threads(2)


def expression(text, **arrays):
    """A function that evaluates the text."""
    return lambda: numexpr.evaluate(text, local_dict=arrays, global_dict={})
