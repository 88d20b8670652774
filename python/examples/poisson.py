"""Solves Poisson's equation on the unit square with walls that insulate or are grounded, and draws both potentials.

    python python/examples/poisson.py [--output DIRECTORY]

The second difference has cosines for eigenvectors where nothing flows through the walls (Neumann) and sines where the potential is 0
there (Dirichlet); a transform, a division and the transform back solve the equation exactly.
"""

import argparse
import pathlib

import numpy as np
import ondine
import png

POINTS = 256
# Charges: place, and sign.
CHARGES = [((0.3, 0.35), 1.0), ((0.7, 0.6), -1.0), ((0.25, 0.75), 0.5), ((0.8, 0.2), -0.5)]


def solve(charge, walls):
    """The potential `u` with `laplace u = charge` at the middles of the cells of a square of side 1; its mean is 0 between
    insulating walls."""
    points = charge.shape[0]
    neumann = walls == "insulating"
    k = ondine.arange(points) + (0 if neumann else 1)
    eigenvalues = -4.0 * points**2 * ondine.sin(ondine.pi * k / (2 * points)) ** 2
    sums = eigenvalues[:, None] + eigenvalues[None, :]
    # Nothing fixes the mean between insulating walls.
    inverse = ondine.where(sums == 0, 0.0, 1 / ondine.where(sums == 0, 1.0, sums))
    forward, back = (ondine.fft.dctn, ondine.fft.idctn) if neumann else (ondine.fft.dstn, ondine.fft.idstn)
    return back(forward(charge) * inverse)


def middles(points):
    x = (ondine.arange(points) + 0.5) / points
    return x[:, None], x[None, :]


def check(walls, points):
    """The largest error for a charge whose potential is known, over the largest potential."""
    x, y = middles(points)
    wave = ondine.cos if walls == "insulating" else ondine.sin
    potential = wave(2 * ondine.pi * x) * wave(3 * ondine.pi * y)
    charge = -13 * ondine.pi**2 * potential
    return float(ondine.max(ondine.abs(solve(charge, walls) - potential)) / ondine.max(ondine.abs(potential)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", default="poisson-output", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    x, y = middles(POINTS)
    charge = sum(sign * ondine.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.002) for at, sign in CHARGES)
    for walls in ("insulating", "grounded"):
        errors = [check(walls, points) for points in (64, 128, 256)]
        print(f"{walls}: error of a known potential with 64, 128, 256 points:", ", ".join(f"{error:.2e}" for error in errors))
        # The difference of the second order: a quarter for twice the points.
        assert all(3.9 < coarse / fine < 4.1 for coarse, fine in zip(errors, errors[1:]))
        potential = solve(charge, walls)
        # Contour lines: every second band of the potential is lighter.
        level = (potential - ondine.min(potential)) / (ondine.max(potential) - ondine.min(potential))
        grey = 235 * level + 20 * (ondine.floor(level * 24) % 2)
        png.write(arguments.output / f"{walls}.png", np.asarray(ondine.astype(ondine.round(grey), ondine.uint8)))
        print("wrote", arguments.output / f"{walls}.png")


if __name__ == "__main__":
    main()
