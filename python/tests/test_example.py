"""The example: the same result as the Rust example, bit for bit, and NumPy's to 1e-12; the same pictures."""

import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "python" / "examples"
sys.path.insert(0, str(EXAMPLES))

import png  # noqa: E402


@pytest.fixture(scope="module")
def python_output(tmp_path_factory):
    output = tmp_path_factory.mktemp("python")
    command = [sys.executable, EXAMPLES / "smooth.py", "--output", output, "--npy", output / "smooth.npy"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "as optimised" in done.stdout and "warm" in done.stdout
    return output


def test_the_result_is_numpys(python_output):
    image = png.read(ROOT / "examples" / "data" / "face_gray.png").astype(float)
    s = np.fft.fftshift(np.fft.fftn(image))
    rest = s.copy()
    rest[354:414, 482:532] = 0
    want = np.fft.ifftn(np.fft.ifftshift(s - rest))
    got = np.load(python_output / "smooth.npy")
    assert np.abs(got - want).max() <= 1e-12 * np.abs(want).max()


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo, to run the Rust example")
def test_the_rust_example_gives_the_same_bits_and_pictures(python_output, tmp_path):
    options = ["--output", tmp_path, "--npy", tmp_path / "smooth.npy"]
    command = ["cargo", "run", "--release", "--quiet", "--example", "smooth", "--", *options]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    ours, theirs = np.load(python_output / "smooth.npy"), np.load(tmp_path / "smooth.npy")
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    np.testing.assert_array_equal(ours.view("uint64"), theirs.view("uint64"))
    for name in ("smoothed.png", "spectrum.png"):
        np.testing.assert_array_equal(png.read(python_output / name), png.read(tmp_path / name))


def test_pictures_come_back_as_they_were_written(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (7, 11), dtype=np.uint8)
    png.write(tmp_path / "x.png", pixels)
    np.testing.assert_array_equal(png.read(tmp_path / "x.png"), pixels)
    (tmp_path / "y.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="y.png: not a PNG file"):
        png.read(tmp_path / "y.png")


def test_every_filter_of_png_is_undone():
    above = np.array([10, 200, 30, 40], np.uint8)
    row = np.array([5, 250, 7, 100], np.uint8)
    left = np.concatenate([[0], row[:-1]]).astype(int)
    corner = np.concatenate([[0], above[:-1]]).astype(int)
    up = above.astype(int)
    guess = left + up - corner
    distances = np.abs(np.stack([left, up, corner]) - guess)
    paeth = np.stack([left, up, corner])[distances.argmin(axis=0), range(4)]
    for kind, prediction in enumerate([0 * up, left, up, (left + up) // 2, paeth]):
        line = (row.astype(int) - prediction).astype(np.uint8)
        np.testing.assert_array_equal(png.unfiltered(kind, line, above), row)
