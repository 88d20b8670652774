"""Progress: what a callback hears, the bar of tqdm, exceptions inside a callback."""

import doctest
import io
import signal
import sys

import numpy as np
import ondine
import pytest


def work():
    """Two steps on the reference device."""
    x = ondine.asarray(np.arange(4.0), device="reference").named("x")
    return ondine.sum(ondine.sqrt(x)).named("total")


STEPS = [(0, 2, "%0 = sqrt(%x)"), (1, 2, "%1 = sum(%0, axes=[0])"), (2, 2, "total")]


@pytest.fixture
def heard():
    calls = []
    with ondine.progress(lambda *progress: calls.append(progress)):
        yield calls


@pytest.mark.parametrize(
    "evaluate",
    [
        lambda x: x.eval(),
        lambda x: ondine.eval_all(x),
        np.asarray,
        float,
        bool,
        memoryview,
        np.from_dlpack,
        ondine.nonzero,
        lambda x: x.__reduce__(),
    ],
)
def test_whatever_evaluates_is_heard(heard, evaluate):
    x = work()
    evaluate(ondine.reshape(x, (1,)) if evaluate in (np.from_dlpack, ondine.nonzero) else x)
    assert [done for done, _, _ in heard][:3] == [0, 1, 2] and heard[0] == (0, heard[0][1], STEPS[0][2])
    assert any(done == total for done, total, _ in heard)


def test_calls_are_steps_then_the_name(heard):
    x = work()
    assert heard == []
    x.eval()
    assert heard == STEPS
    x.eval(), float(x)
    assert len(heard) == 3, "what is ready is not computed"
    double = ondine.compile(lambda x: x * 2.5)
    double(work())
    assert heard[3:] == [*STEPS, (0, 1, "%0 = mul(%total, $0)"), (1, 1, "compiled")]


def test_a_scope_ends_and_may_be_entered_again():
    outer, inner = [], []
    scope = ondine.progress(lambda *progress: outer.append(progress))
    with scope, scope, ondine.progress(lambda *progress: inner.append(progress)):
        work().eval()
    assert (outer, inner) == ([], STEPS)
    work().eval()
    with scope:
        work().eval()
    assert (outer, inner) == (STEPS, STEPS)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_exception_is_raised_when_the_value_is_there(error):
    calls = []

    def callback(done, total, label):
        calls.append(done)
        raise error(label)

    x, y = work(), work()
    with pytest.raises(error, match="sqrt"), ondine.progress(callback):
        try:
            x.eval()
        finally:
            assert x.is_ready and calls == [0]
    assert float(x) == float(y) == np.sqrt(np.arange(4.0)).sum()


def test_an_interrupt_comes_out_of_every_evaluation():
    def interrupt(done, total, label):
        if done == 1:
            signal.raise_signal(signal.SIGINT)

    for evaluate in (lambda x: x.eval(), np.asarray, np.array, float, memoryview, np.from_dlpack, ondine.eval_all):
        x = work()
        with ondine.progress(interrupt):
            with pytest.raises(KeyboardInterrupt):
                evaluate(x)
            assert x.is_ready and np.asarray(x) == float(x) == x.__array__()


def test_a_callback_evaluates_nothing():
    with ondine.progress(lambda done, total, label: float(ondine.ones(()) + 1)):
        with pytest.raises(RuntimeError, match="nothing may be evaluated in this scope"):
            work().eval()
    with pytest.raises(TypeError, match="progress: <class 'int'> is no function of done, total and label"):
        ondine.progress(3)


def test_the_docstring_is_true():
    example = doctest.DocTestParser().get_doctest(ondine.progress.__doc__, {"ondine": ondine}, "progress", None, 0)
    assert len(example.examples) == 2
    assert doctest.DocTestRunner().run(example).failed == 0


def test_a_bar_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="tqdm, which draws the bar, is not there; pip install tqdm, or give a function"):
        with ondine.progress():
            pytest.fail("the scope was entered")
    work().eval()


def test_the_bar_is_drawn(monkeypatch):
    pytest.importorskip("tqdm")
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with ondine.progress():
        work().eval()
        last = ondine.exp(work()).named("a_name_that_is_longer_than_the_bar_has_room_for")
        last.eval()
    drawn = screen.getvalue().replace("\n", "\r").split("\r")
    assert any(line.startswith("  0%|") and "| 0/2 [" in line for line in drawn), drawn
    final = [line for line in drawn if line.strip()][-1]
    assert final.startswith("100%|") and "| 3/3 [" in final and "a_name_that_is_longer_than_the_bar_has_…" in final
