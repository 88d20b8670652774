"""Draws the spectrogram of a chirp, whose frequency rises in a straight line.

    python python/examples/chirp.py [--output DIRECTORY]

Overlapping frames, window, transform, power and decibels are one graph.
"""

import argparse
import pathlib

import numpy as np
import ondine
import png

RATE, SECONDS, FRAME, HOP = 8000, 4, 512, 64
LOW, HIGH = 200.0, 3600.0


def chirp():
    """`sin` of the integral of a frequency from `LOW` to `HIGH` hertz."""
    t = ondine.arange(RATE * SECONDS) / RATE
    return ondine.sin(2 * ondine.pi * (LOW * t + (HIGH - LOW) / (2 * SECONDS) * t**2))


def spectrogram(signal):
    """Power of the bins in decibels, frames down, frequencies across."""
    count = signal.shape[0] // HOP - FRAME // HOP + 1
    blocks = ondine.reshape(signal, (-1, HOP))
    frames = ondine.concat([blocks[at : at + count] for at in range(FRAME // HOP)], axis=1)
    window = 0.5 - 0.5 * ondine.cos(2 * ondine.pi * ondine.arange(FRAME) / FRAME)
    power = ondine.abs(ondine.fft.rfft(frames * window)) ** 2
    return 10 * ondine.log10(power + 1e-10)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", default="chirp-output", type=pathlib.Path)
    arguments = parser.parse_args()
    decibels = spectrogram(chirp()).named("spectrogram")
    loudest = np.asarray(ondine.argmax(decibels, axis=1)) * RATE / FRAME
    middles = (np.arange(len(loudest)) * HOP + FRAME / 2) / RATE
    off = np.abs(loudest - (LOW + (HIGH - LOW) * middles / SECONDS)).max()
    print(f"the loudest bin is within {off:.1f} Hz of the chirp; bins are {RATE / FRAME:.1f} Hz wide")
    assert off <= RATE / FRAME
    # Time to the right, frequency upwards, 80 decibels below the loudest are black.
    top = ondine.max(decibels)
    grey = ondine.clip((decibels - top) / 80 + 1, 0.0, 1.0) * 255
    pixels = np.asarray(ondine.astype(ondine.round(ondine.flip(grey.T, axis=0)), ondine.uint8))
    arguments.output.mkdir(parents=True, exist_ok=True)
    png.write(arguments.output / "chirp.png", pixels)
    print("wrote", arguments.output / "chirp.png")


if __name__ == "__main__":
    main()
