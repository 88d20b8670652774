"""Sharpens a blurred picture in the Fourier domain by Wiener's filter, and draws the blurred and the sharpened one.

    python python/examples/deblur.py [--output DIRECTORY]

The blur is a Gaussian of known width and some noise. Its filter is divided by where it passes more than the noise.
"""

import argparse
import pathlib

import numpy as np
import ondine
import png

PICTURE = pathlib.Path(__file__).parents[2] / "examples" / "data" / "face_gray.png"


def blur(shape, width):
    """The spectrum of a Gaussian `exp(-r^2 / 2 width^2)` of sum 1, by the frequencies of `rfft2`."""
    rows, columns = ondine.fft.fftfreq(shape[0])[:, None], ondine.fft.rfftfreq(shape[1])[None, :]
    return ondine.exp(-2 * ondine.pi**2 * width**2 * (rows**2 + columns**2))


def sharpen(image, spectrum, noise):
    """Wiener's filter: the inverse of the blur, damped where noise would win."""
    return ondine.fft.irfft2(ondine.fft.rfft2(image) * spectrum / (spectrum**2 + noise), s=image.shape)


def grey(x):
    return np.asarray(ondine.astype(ondine.round(ondine.clip(x, 0.0, 255.0)), ondine.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", default="deblur-output", type=pathlib.Path)
    arguments = parser.parse_args()
    picture = ondine.astype(ondine.asarray(png.read(PICTURE)), ondine.float64)
    spectrum = blur(picture.shape, 3.0)
    noise = ondine.asarray(np.random.default_rng(1).normal(0, 0.5, picture.shape))
    blurred = ondine.fft.irfft2(ondine.fft.rfft2(picture) * spectrum, s=picture.shape) + noise
    sharpened = sharpen(blurred, spectrum, 1e-4).named("sharpen")
    print(sharpened.explain().plan)

    def error(x):
        return float(ondine.sqrt(ondine.mean((x - picture) ** 2)))

    print(f"root mean square error: blurred {error(blurred):.2f}, sharpened {error(sharpened):.2f} of 255 grey levels")
    assert error(sharpened) < 0.75 * error(blurred)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, x in (("blurred", blurred), ("sharpened", sharpened)):
        png.write(arguments.output / f"{name}.png", grey(x))
        print("wrote", arguments.output / f"{name}.png")


if __name__ == "__main__":
    main()
