"""The examples that draw: each checks what it draws and writes its pictures."""

import pathlib
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
sys.path.insert(0, str(EXAMPLES))

import png  # noqa: E402

PICTURES = {"deblur": ("blurred", "sharpened"), "chirp": ("chirp",), "poisson": ("insulating", "grounded")}


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_pictures_are_drawn(name, tmp_path):
    subprocess.run([sys.executable, EXAMPLES / f"{name}.py", "--output", tmp_path], capture_output=True, check=True)
    for picture in PICTURES[name]:
        pixels = png.read(tmp_path / f"{picture}.png")
        assert pixels.shape[0] > 200 and pixels.shape[1] > 200 and pixels.std() > 10
