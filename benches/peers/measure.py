"""One workload: every contender's result compared, then their times in turns."""

import gc
import statistics
import time

import numpy as np

# Turns of every contender, however long they take.
FEWEST = 3
# Seconds before a turn, of calls that do not count, and of those that do, at least.
REST, WARM, TURN = 0.05, 0.04, 0.005


def contenders(workload, available, inputs):
    """Functions without arguments by name, in the order in which they first run; each with a way to NumPy."""
    found = {}
    for name in workload.libraries:
        if library := available.get(name):
            arrays = [library.array(x) for x in inputs]
            run = library.compiled(workload.formula)
            found[name] = (lambda run=run, arrays=arrays: run(*arrays)), library.numpy
    for name, make in workload.extra.items():
        if peer := available.get(name):
            # Planning is part of the first run.
            found[name] = Late(lambda peer=peer, make=make: make(peer, *inputs)), np.asarray
    return found


class Late:
    """A function that is made when it first runs."""

    def __init__(self, make):
        self.make, self.run = make, None

    def __call__(self):
        if self.run is None:
            self.run = self.make()
        return self.run()


def difference(got, want):
    """The norm of the difference over that of the value."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return float("inf")
    norm = np.linalg.norm(want.ravel().astype(complex))
    return float(np.linalg.norm((got.astype(complex) - want).ravel()) / (norm or 1.0))


def turn(call):
    """Times of calls in a row. First the threads of the contender before fall asleep, which takes those of OpenBLAS 30 ms; then
    calls that do not count bring its own threads back to processors of their own, which takes Linux 20 to 30."""
    time.sleep(REST)
    timed(call, WARM)
    return timed(call, TURN)


def timed(call, seconds):
    found, begin = [], time.perf_counter()
    while not found or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        result = call()
        found.append(time.perf_counter() - start)
        del result
    return found


def run(workload, available, seconds):
    """Rows of {workload, who, ms, cold_ms}."""
    inputs = workload.inputs()
    running = contenders(workload, available, inputs)
    cold, want = {}, None
    for name, (call, to_numpy) in list(running.items()):
        start = time.perf_counter()
        try:
            result = call()
        except Exception as error:  # a peer that cannot run a workload is no reason to stop
            print(f"{workload.name}: {name} fails: {type(error).__name__}: {str(error).splitlines()[0]}")
            del running[name]
            continue
        cold[name] = time.perf_counter() - start
        result = to_numpy(result)
        if want is None:
            want = np.array(result)
        elif not (off := difference(result, want)) <= workload.tolerance:
            raise SystemExit(f"{workload.name}: {name} is off by {off:.1e}, of {workload.tolerance:.0e} that are allowed")
        del result
    del want
    times = {name: [] for name in running}
    # Every contender once more before it counts, for what compiles at the second call.
    for call, _ in running.values():
        call()
    gc.collect()
    gc.disable()
    begin = time.perf_counter()
    turns = 0
    while turns < FEWEST or time.perf_counter() - begin < seconds:
        for name, (call, _) in running.items():
            times[name] += turn(call)
        turns += 1
    gc.enable()
    return [
        {
            "workload": workload.name,
            "who": name,
            "ms": statistics.median(times[name]) * 1e3,
            "cold_ms": cold[name] * 1e3,
        }
        for name in running
    ]
