"""Laziness, evaluation, devices, threads, memory: what happens when."""

import gc
import sys
import threading
import time

import numpy as np
import ondine
import pytest


def resident():
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_building_and_showing_compute_nothing():
    before = ondine.stats()
    x = ondine.sin(ondine.arange(10.0)) * 2
    assert repr(x) == "Array(f64[10], unplaced, pending)"
    assert "sin" in x.dump() and x.dot().startswith("digraph") and "<svg" in x._repr_svg_()
    assert x.named("wave").dump().startswith("graph wave(")
    assert not x.is_ready and ondine.stats()["evaluations"] == before["evaluations"]
    assert x.eval() is x and x.is_ready
    assert ondine.stats()["evaluations"] == before["evaluations"] + 1
    assert "[0.0, " in repr(x) and x._repr_svg_() is None


def test_explain_tells_the_story_of_a_compilation():
    story = (ondine.ones((3, 4)) + ondine.arange(4.0)).explain()
    assert "graph main" in story.before and "map" in story.after and "plan" in story.plan
    assert str(story) == repr(story) and story.plan in str(story)
    assert "no plan" in ondine.zeros(2).explain("reference").plan


def test_several_results_are_one_evaluation():
    x = ondine.exp(ondine.arange(5.0))
    total, largest = ondine.sum(x), ondine.max(x)
    before = ondine.stats()["evaluations"]
    assert ondine.eval_all(total, largest) is None
    assert total.is_ready and largest.is_ready and ondine.stats()["evaluations"] == before + 1
    ondine.eval_all()
    with pytest.raises(TypeError, match="not an array"):
        ondine.eval_all(total, 3)


def test_devices():
    cpu, reference = ondine.Device("cpu"), ondine.Device("reference")
    assert cpu == ondine.Device("cpu") != reference and hash(cpu) == hash(ondine.Device("cpu"))
    assert repr(cpu) == 'ondine.Device("cpu")' and cpu.name == "cpu"
    x = (ondine.arange(3) + 1).eval(reference)
    assert x.device == reference and x.to_device(reference).device == reference
    y = x.to_device("cpu") * 2
    assert y.device == cpu and np.asarray(y).tolist() == [2, 4, 6]
    assert ondine.zeros(3, device=reference).device == reference and ondine.zeros(3).device == cpu
    with pytest.raises(ValueError, match="is on cpu, .* on reference; move one with to"):
        y + x
    with pytest.raises(ValueError, match="is on reference, not on cpu"):
        x.eval("cpu")
    with pytest.raises(ValueError, match='device "gpu" is unknown'):
        ondine.zeros(3, device="gpu")
    with pytest.raises(ValueError, match="stream"):
        x.to_device("cpu", stream=1)
    cpu.release()


def test_results_do_not_depend_on_threads():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 500))
    found = []
    for count in (1, 2, 5):
        ondine.set_threads(count)
        found.append(np.asarray(ondine.sum(ondine.fft.fftn(ondine.asarray(x)) * 1.5, axis=0)).tobytes())
    ondine.Device("cpu").set_threads(2)
    assert len(set(found)) == 1
    with pytest.raises(ValueError, match="threads"):
        ondine.set_threads(0)


def test_errors_are_raised_where_they_are_written():
    line = sys._getframe().f_lineno + 2
    try:
        ondine.zeros(3) + ondine.zeros(4)
    except ValueError as error:
        assert error.__traceback__.tb_lineno == line
        assert str(error) == "add: operands f64[3] and f64[4] do not broadcast"
    else:
        pytest.fail("nothing was raised")


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda x: ondine.sum(x, axis=2), IndexError, "axis 2 is out of range"),
        (lambda x: ondine.sum(x, axis=2), ValueError, "axis 2 is out of range"),
        (lambda x: ondine.sum(x, axis=(0, 0)), ondine.AxisError, "given twice"),
        (lambda x: ondine.expand_dims(x, 9), IndexError, "axis 9 is out of range for a result of rank 3"),
        (lambda x: ondine.expand_dims(x, (0, 0)), ValueError, "given twice"),
        (lambda x: ondine.stack([x], axis=4), IndexError, "axis 4"),
        (lambda x: ondine.squeeze(x, 0), ValueError, "has not extent 1"),
        (lambda x: ondine.reshape(x, (5,)), ValueError, "6 elements cannot become"),
        (lambda x: ondine.fft.rfft(x * 1j), TypeError, "is complex; use fft"),
        (lambda x: ondine.fft.fft(x, n=0), ValueError, "length 0"),
        (lambda x: ondine.fft.fft(x, n=-1), ValueError, "length -1"),
        (lambda x: ondine.fft.fft(x, norm="odd"), ValueError, "norm is"),
        (lambda x: ondine.bitwise_and(x, 1), TypeError, "not allowed"),
        (lambda x: ondine.max(x[:0]), ValueError, "no element to choose"),
        (lambda x: ondine.zeros((2, -1)), ValueError, "-1 is no extent"),
        (lambda x: ondine.zeros(2**62), MemoryError, "more bytes than can be addressed"),
        (lambda x: ondine.zeros(3, dtype="float32"), TypeError, "none of ondine's"),
        (lambda x: ondine.sin([1.0]), TypeError, "not an array; asarray\\(\\) makes one"),
        (lambda x: ondine.add(x, "a"), TypeError, "neither an array nor a number"),
        (lambda x: ondine.astype(x * 1j, ondine.float64), TypeError, "take its real"),
        (lambda x: ondine.meshgrid(x), ValueError, "exactly one axis"),
        (lambda x: ondine.meshgrid(indexing="zz"), ValueError, "indexing is"),
        (lambda x: ondine.searchsorted(x[0], x, side="middle"), ValueError, "side is"),
        (lambda x: ondine.take(x, ondine.arange(2)), ValueError, "needs an axis"),
        (lambda x: ondine.take(x, ondine.asarray([7]), axis=0).eval(), IndexError, "position 7 is out of range"),
        (lambda x: ondine.arange(0, 5, 0), ValueError, "step is 0"),
        (lambda x: ondine.arange(1j), ValueError, "complex numbers have no range"),
        (lambda x: ondine.linspace(0, 1, -1), ValueError, "no number of elements"),
        (lambda x: ondine.asarray(3).T, ValueError, "not a matrix"),
        (lambda x: x.__array_namespace__(api_version="1999.12"), ValueError, "1999.12"),
    ],
)
def test_mistakes(call, error, text):
    with pytest.raises(error, match=text):
        call(ondine.asarray(np.arange(6.0).reshape(2, 3)))


def test_other_threads_run_while_something_is_evaluated():
    x = ondine.asarray(np.random.default_rng(1).standard_normal((1500, 1500)))
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    begin = time.perf_counter()
    for _ in range(5):
        (ondine.fft.fftn(x) * 2).eval()
    end = time.perf_counter()
    stop.set()
    ticker.join()
    inside = [at for at in ticks if begin < at < end]
    # Held for a whole evaluation, the interpreter would let the other thread run a handful of times.
    assert len(inside) > 20 and end - begin > 0.02


def test_sixteen_threads_evaluate_at_once():
    shared = ondine.sum(ondine.exp(ondine.arange(1000.0) / 1000))
    want, errors = float(np.exp(np.arange(1000) / 1000).sum()), []

    def work(seed):
        try:
            for step in range(30):
                x = np.random.default_rng([seed, step]).standard_normal((20 + seed, 30))
                y = ondine.asarray(x)
                y[0] = 1.0
                y += 1
                x[0] = 1.0
                got = np.asarray(ondine.fft.ifft(ondine.fft.fft(y)))
                np.testing.assert_allclose(got.real, x + 1, atol=1e-12)
                assert abs(float(shared) - want) < 1e-9 * want
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]


def test_a_million_arrays_leave_nothing_behind():
    data, x = np.arange(4.0), ondine.asarray(np.arange(4.0))
    module_references = sys.getrefcount(ondine.float64)

    def churn(count):
        for at in range(count):
            y = ondine.asarray(data) + x
            y[0] = 1.0
            y.dtype, y.shape
            if at % 100 == 0:
                np.asarray(y)
                float(y[1])

    churn(20_000)
    gc.collect()
    before = resident()
    references = sys.getrefcount(data), sys.getrefcount(x)
    churn(250_000)
    gc.collect()
    assert (sys.getrefcount(data), sys.getrefcount(x)) == references
    assert sys.getrefcount(ondine.float64) <= module_references + 2
    # Four arrays in each round: a million. A leak of 16 bytes each would show.
    assert resident() - before < 8 << 20


def test_lent_memory_is_given_back():
    data = np.arange(1000.0)
    references = sys.getrefcount(data)
    lent = ondine.asarray(data, copy=False)
    pending = lent + 1
    assert sys.getrefcount(data) == references + 1
    del lent
    assert sys.getrefcount(data) == references + 1, "what is pending needs it"
    pending.eval()
    del pending
    gc.collect()
    assert sys.getrefcount(data) == references
    view = memoryview(ondine.zeros(4).eval())
    assert view.tolist() == [0.0] * 4
    view.release()
