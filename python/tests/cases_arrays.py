"""What creation, manipulation, searching and statistics are compared with."""

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
from compare import ALL, BOOL, COMPLEX, INTEGERS, NUMERIC, REALS, arrays, full_shapes, seeds, shapes, values

dtypes = st.sampled_from(ALL).map(np.dtype)


def case(strategy, reference, ulps=0.0):
    return strategy, reference, ulps


def of(*strategies, **named):
    """Positional and named arguments drawn independently."""
    return st.tuples(st.tuples(*strategies), st.fixed_dictionaries(named))


@st.composite
def with_axis(draw, kinds=tuple(ALL), domain="small", many=True, none=True, shape=full_shapes, name="axis"):
    """An array and one of its axes, several, or none."""
    x = draw(arrays(kinds, domain, shape))
    choices = [st.integers(-x.ndim, x.ndim - 1)]
    if many:
        choices.append(st.permutations(range(x.ndim)).flatmap(
            lambda axes: st.integers(0, len(axes)).map(lambda count: tuple(axes[:count]))))
    if none:
        choices.append(st.none())
    return (x,), {name: draw(st.one_of(choices))}


@st.composite
def reductions(draw, kinds, domain="small", **more):
    args, options = draw(with_axis(kinds, domain, **more))
    if draw(st.booleans()):
        options["keepdims"] = True
    return args, options


def accumulated(function):
    def reference(x, **options):
        wide = {"b": "int64", "i": "int64", "u": "uint64"}.get(x.dtype.kind, x.dtype)
        if "dtype" in options:
            wide = options.pop("dtype")
        return function(x.astype(wide), dtype=wide, **options)

    return reference


def in_floating(function):
    def reference(x, **options):
        own = x.dtype if x.dtype.kind in "fc" else np.dtype("float64")
        wide = {"f": "f8", "F": "c16"}.get(own.char, own)
        result = np.asarray(function(x.astype(wide), **options))
        return result.astype({"c8": "f4", "c16": "f8"}.get(f"{own.kind}{own.itemsize}", own) if result.dtype.kind == "f" else own)

    return reference


def cumulative(function):
    def reference(x, axis=None, include_initial=False):
        wide = {"b": "int64", "i": "int64", "u": "uint64"}.get(x.dtype.kind, x.dtype)
        axis = 0 if axis is None else axis
        result = function(x.astype(wide), axis=axis, dtype=wide)
        if include_initial:
            first = np.full_like(np.take(result, [0], axis=axis), 0 if function is np.cumsum else 1)
            result = np.concatenate([first, result], axis=axis)
        return result

    return reference


@st.composite
def runs(draw):
    (x,), options = draw(with_axis(INTEGERS + REALS, "unit", many=False, none=False))
    if x.ndim == 1 and draw(st.booleans()):
        options = {}
    return (x,), {**options, "include_initial": draw(st.booleans())}


@st.composite
def same_shapes(draw):
    shape = draw(full_shapes)
    parts = [draw(arrays(shape=st.just(shape))) for _ in range(draw(st.integers(1, 3)))]
    return (parts,), {"axis": draw(st.integers(-len(shape), len(shape) - 1))}


def promoted(function):
    def reference(parts, axis):
        common = np.result_type(*parts)
        return function([part.astype(common) for part in parts], axis=axis)

    return reference


@st.composite
def reshapes(draw):
    x = draw(arrays())
    shape = draw(st.permutations(list(x.shape)).map(tuple) | st.just((x.size,)) | st.just((x.size, 1)))
    if x.size and shape and draw(st.booleans()):
        shape = (-1, *shape[1:])
    return (x, shape), {}


@st.composite
def rolls(draw):
    (x,), options = draw(with_axis())
    axis = options["axis"]
    shift = draw(st.integers(-9, 9))
    if isinstance(axis, tuple) and axis and draw(st.booleans()):
        shift = tuple(draw(st.integers(-9, 9)) for _ in axis)
    return (x, shift), options


@st.composite
def moves(draw):
    x = draw(arrays(shape=full_shapes))
    count = draw(st.integers(1, x.ndim))
    axes = st.permutations(range(x.ndim)).map(lambda axes: tuple(axes[:count]))
    return (x, draw(axes), draw(axes)), {}


@st.composite
def expansions(draw):
    x = draw(arrays())
    count = draw(st.integers(1, 2))
    places = draw(st.lists(st.integers(0, x.ndim + count - 1), min_size=count, max_size=count, unique=True))
    return (x, tuple(places) if count > 1 else places[0]), {}


@st.composite
def broadcasts(draw):
    shape = draw(hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=draw(full_shapes)))
    return (draw(arrays(shape=st.just(shape.input_shapes[0]))), shape.result_shape), {}


@st.composite
def several(draw):
    found = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=4))
    return tuple(draw(arrays(shape=st.just(shape))) for shape in found.input_shapes), {}


@st.composite
def takes(draw):
    (x,), options = draw(with_axis(many=False, none=False))
    extent = x.shape[options["axis"]]
    places = draw(st.lists(st.integers(-extent, extent - 1), max_size=6))
    return (x, np.array(places, "int64")), options


@st.composite
def wheres(draw):
    condition, a, b = draw(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=4)).input_shapes
    one, two = draw(arrays(shape=st.just(a))), draw(arrays(shape=st.just(b)))
    return (values("bool", condition, draw(seeds)), one, two), {}


@st.composite
def searches(draw):
    kind = draw(st.sampled_from(INTEGERS + REALS))
    table = np.sort(values(kind, (draw(st.integers(0, 20)),), draw(seeds), "small"))
    return (table, values(kind, draw(shapes), draw(seeds), "small")), {"side": draw(st.sampled_from(["left", "right"]))}


@st.composite
def repeats(draw):
    (x,), options = draw(with_axis(many=False))
    return (x, draw(st.integers(0, 3))), options


@st.composite
def ranges(draw):
    start, stop, step = draw(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 4)))
    kind = draw(st.sampled_from([int, float]))
    sign = draw(st.sampled_from([1, -1]))
    return (kind(start), kind(stop), kind(sign * step)), {}


@st.composite
def stretches(draw):
    number = st.floats(-9, 9) | st.integers(-9, 9)
    return (draw(number), draw(number), draw(st.integers(0, 9))), {"endpoint": draw(st.booleans())}


@st.composite
def orders(draw, kinds=INTEGERS + REALS):
    x = draw(arrays(kinds + BOOL, "small", full_shapes))
    x = x if x.dtype.kind == "b" else np.asarray(x % 5, x.dtype)
    return (x,), {"axis": draw(st.integers(-x.ndim, x.ndim - 1)), "descending": draw(st.booleans()),
                  "stable": draw(st.booleans())}


def ordered(x, axis, descending, stable):
    """Positions in order; equal elements keep theirs in either direction."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - backwards, axis)


@st.composite
def differences(draw):
    x = draw(arrays(domain="small", shape=full_shapes))
    axis = draw(st.integers(-x.ndim, x.ndim - 1))
    options = {"axis": axis, "n": draw(st.integers(0, 3))}
    for name in ("prepend", "append"):
        if draw(st.booleans()):
            shape = [extent if at != axis % x.ndim else draw(st.integers(0, 2)) for at, extent in enumerate(x.shape)]
            options[name] = values(x.dtype, shape, draw(seeds), "small")
    return (x,), options


def difference(x, axis, n, prepend=None, append=None):
    parts = [part for part in (prepend, x, append) if part is not None]
    x = np.concatenate(parts, axis=axis)
    for _ in range(n):
        later, earlier = np.moveaxis(x, axis, 0)[1:], np.moveaxis(x, axis, 0)[:-1]
        x = np.moveaxis(later ^ earlier if x.dtype.kind == "b" else later - earlier, 0, axis)
    return x


@st.composite
def members(draw):
    kind = draw(st.sampled_from(ALL))
    table = values(kind, draw(shapes), draw(seeds), "small")
    return (values(kind, draw(shapes), draw(seeds), "small"), table), {"invert": draw(st.booleans())}


@st.composite
def takes_along(draw):
    (x,), options = draw(with_axis(many=False, none=False))
    shape = list(x.shape)
    shape[options["axis"]] = draw(st.integers(0, 4))
    extent = x.shape[options["axis"]]
    places = np.random.default_rng(draw(seeds)).integers(-extent, extent, shape, endpoint=False)
    return (x, places), options


@st.composite
def products(draw, kinds=INTEGERS + REALS + COMPLEX):
    kind = draw(st.sampled_from(kinds))
    m, n, k = (draw(st.integers(0, 4)) for _ in range(3))
    stack = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3)).input_shapes
    a, b = draw(st.sampled_from([((*stack[0], m, n), (*stack[1], n, k)), ((n,), (*stack[1], n, k)),
                                 ((*stack[0], m, n), (n,)), ((n,), (n,))]))
    return (values(kind, a, draw(seeds), "small"), values(kind, b, draw(seeds), "small")), {}


@st.composite
def inner_products(draw):
    kind, n = draw(st.sampled_from(NUMERIC)), draw(st.integers(0, 4))
    stack = draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3)).input_shapes
    return tuple(values(kind, (*lead, n), draw(seeds), "small") for lead in stack), {}


@st.composite
def contractions(draw):
    kind, own, both = draw(st.sampled_from(NUMERIC)), st.lists(st.integers(0, 3), max_size=2), st.integers(0, 2)
    left, right, shared = draw(own), draw(own), draw(st.lists(st.integers(0, 3), min_size=2, max_size=2))[: draw(both)]
    axes = len(shared)
    a, b = [*left, *shared], [*shared, *right]
    if draw(st.booleans()):
        axes = (tuple(range(len(left), len(a))), tuple(at - len(b) for at in range(len(shared))))
    return (values(kind, a, draw(seeds), "small"), values(kind, b, draw(seeds), "small")), {"axes": axes}


matrices = hnp.array_shapes(min_dims=2, max_dims=4, min_side=0, max_side=4)
extents = st.integers(0, 4) | full_shapes
fills = st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.complex_numbers(max_magnitude=9)
floats = tuple(INTEGERS + REALS + COMPLEX)

CASES = {
    "all": case(reductions(ALL), np.all),
    "any": case(reductions(ALL), np.any),
    "arange": case(ranges(), lambda *numbers: np.arange(*numbers)),
    "argmax": case(reductions(INTEGERS + REALS, "any", many=False), np.argmax),
    "argmin": case(reductions(INTEGERS + REALS, "any", many=False), np.argmin),
    "argsort": case(orders(), ordered),
    "argwhere": case(of(arrays(domain="count")), np.argwhere),
    "asarray": case(of(arrays()), lambda x: x),
    "broadcast_arrays": case(several(), lambda *arrays: tuple(np.broadcast_arrays(*arrays))),
    "broadcast_to": case(broadcasts(), np.broadcast_to),
    "concat": case(same_shapes(), promoted(np.concatenate)),
    "count_nonzero": case(reductions(ALL), lambda x, **options: np.asarray(np.count_nonzero(x, **options))),
    "cumulative_prod": case(runs(), cumulative(np.cumprod), 40.0),
    "cumulative_sum": case(runs(), cumulative(np.cumsum), None),
    "diff": case(differences(), difference),
    "empty_like": case(of(arrays(), dtype=dtypes), lambda x, dtype: np.zeros_like(x, dtype)),
    "expand_dims": case(expansions(), np.expand_dims),
    "eye": case(of(st.integers(0, 5), st.integers(0, 5), k=st.integers(-4, 4), dtype=dtypes), np.eye),
    "flip": case(with_axis(), np.flip),
    "full": case(of(extents, fills), lambda shape, fill_value: np.full(shape, fill_value)),
    "full_like": case(of(arrays(COMPLEX), fills), lambda x, fill_value: np.full_like(x, fill_value)),
    "isin": case(members(), np.isin),
    "linspace": case(stretches(), np.linspace, 8.0),
    "matmul": case(products(), np.matmul, None),
    "matrix_transpose": case(of(arrays(shape=hnp.array_shapes(min_dims=2, max_dims=4, max_side=4))), np.matrix_transpose),
    "max": case(reductions(INTEGERS + REALS, "any"), np.max),
    "mean": case(reductions(floats), in_floating(np.mean), None),
    "meshgrid": case(
        st.tuples(st.lists(arrays(shape=st.tuples(st.integers(1, 4))), max_size=3).map(tuple),
                  st.fixed_dictionaries({"indexing": st.sampled_from(["xy", "ij"])})),
        lambda *arrays, indexing: tuple(np.meshgrid(*arrays, indexing=indexing))),
    "min": case(reductions(INTEGERS + REALS, "any"), np.min),
    "moveaxis": case(moves(), np.moveaxis),
    "nonzero": case(of(arrays(domain="count", shape=full_shapes)), np.nonzero),
    "ones": case(of(extents, dtype=dtypes), np.ones),
    "ones_like": case(of(arrays()), np.ones_like),
    "permute_dims": case(
        arrays().flatmap(lambda x: st.tuples(st.tuples(st.just(x), st.permutations(range(x.ndim)).map(tuple)), st.just({}))),
        np.permute_dims),
    "prod": case(reductions(floats, "unit"), accumulated(np.prod), None),
    "repeat": case(repeats(), np.repeat),
    "reshape": case(reshapes(), np.reshape),
    "roll": case(rolls(), np.roll),
    "searchsorted": case(searches(), np.searchsorted),
    "sort": case(orders(), lambda x, **options: np.take_along_axis(x, ordered(x, **options), options["axis"])),
    "squeeze": case(
        of(arrays(shape=st.tuples(st.integers(0, 3), st.just(1), st.integers(1, 3), st.just(1))),
           st.sampled_from([1, -1, (1, 3), (-1, 1)])), np.squeeze),
    "stack": case(same_shapes(), promoted(np.stack)),
    "std": case(reductions(REALS + COMPLEX), in_floating(np.std), None),
    "sum": case(reductions(ALL), accumulated(np.sum), None),
    "take": case(takes(), np.take),
    "take_along_axis": case(takes_along(), np.take_along_axis),
    "tensordot": case(contractions(), np.tensordot, None),
    "tile": case(of(arrays(shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
                    st.lists(st.integers(0, 3), max_size=3).map(tuple)), np.tile),
    "tril": case(of(arrays(shape=matrices), k=st.integers(-5, 5)), np.tril),
    "triu": case(of(arrays(shape=matrices), k=st.integers(-5, 5)), np.triu),
    "unstack": case(with_axis(many=False, none=False), lambda x, axis: tuple(np.unstack(x, axis=axis))),
    "var": case(reductions(REALS + COMPLEX), in_floating(np.var), None),
    "vecdot": case(inner_products(), np.vecdot, None),
    "where": case(wheres(), np.where),
    "zeros": case(of(extents, dtype=dtypes), np.zeros),
    "zeros_like": case(of(arrays()), np.zeros_like),
}
