"""Smooths a picture by removing the lowest frequencies from its spectrum and putting them back alone: the job that Ondine is
measured by, written as any SciPy user would write it.

    python python/examples/smooth.py --help

Prints the graph as written, as optimised, the plan, and cold and warm times; writes `smoothed.png` (the real part) and
`spectrum.png` (the logarithm of the shifted spectrum's modulus). The picture is an 8-bit grey PNG.
"""

import argparse
import pathlib
import statistics
import time

import numpy as np
import ondine
import png

PICTURE = pathlib.Path(__file__).parents[2] / "examples" / "data" / "face_gray.png"


def smooth(image, rows, columns):
    """The job. `rows` and `columns` are a window of the shifted spectrum."""
    f = ondine.fft.fftn(image)
    s = ondine.fft.fftshift(f)
    original = ondine.asarray(s, copy=True)
    s[rows, columns] = 0
    return ondine.fft.ifftn(ondine.fft.ifftshift(original - s))


def main():
    parser = argparse.ArgumentParser(description="Smooth a picture in the Fourier domain.")
    parser.add_argument("picture", nargs="?", type=pathlib.Path, default=PICTURE, help="the picture: 8-bit grey PNG")
    parser.add_argument("--output", type=pathlib.Path, default="smooth-output", help="where the pictures go")
    parser.add_argument("--window", help="the frequencies to keep as TOP:BOTTOM,LEFT:RIGHT of the shifted spectrum")
    parser.add_argument("--device", default="cpu", help="the device: cpu or reference")
    parser.add_argument("--threads", type=int, help="threads of the cpu device [default: all]")
    parser.add_argument("--npy", type=pathlib.Path, help="also write the complex result as a NumPy file")
    arguments = parser.parse_args()
    device = ondine.Device(arguments.device)
    if arguments.threads:
        device.set_threads(arguments.threads)

    pixels = png.read(arguments.picture)
    height, width = pixels.shape
    rows, columns = around(height, 30, 30), around(width, 30, 20)
    if arguments.window:
        rows, columns = (slice(*map(int, part.split(":"))) for part in arguments.window.split(","))
    print(f"{arguments.picture}: {height}x{width}, window {rows}, {columns} of the shifted spectrum, on {device.name}\n")

    image = ondine.asarray(pixels).named("image")
    precise = ondine.astype(image, ondine.float64)
    smoothed = smooth(precise, rows, columns).named("smooth")
    explanation = smoothed.explain(device)
    print(f"as written:\n\n{explanation.before}\nas optimised:\n\n{explanation.after}\n{explanation.plan}")

    start = time.perf_counter()
    smoothed.eval(device)
    cold = time.perf_counter() - start
    job = ondine.compile(lambda image: smooth(ondine.astype(image, ondine.float64), rows, columns), device=device)
    warm = warm_time(lambda: job(image))
    print(f"cold, compilation included: {cold * 1e3:.2f} ms")
    print(f"warm, compiled once:        {warm * 1e3:.2f} ms (median)")

    values = np.asarray(smoothed)
    largest, norm = np.abs(values.imag).max(), np.linalg.norm(values)
    print(f"x[0, 0] = {values[0, 0]}, largest |imaginary part| {largest}, 2-norm {norm}")

    arguments.output.mkdir(parents=True, exist_ok=True)
    spectrum = ondine.log(abs(ondine.fft.fftshift(ondine.fft.fftn(precise))) + 1.0)
    write(arguments.output / "smoothed.png", ondine.real(smoothed), device)
    write(arguments.output / "spectrum.png", spectrum, device)
    if arguments.npy:
        np.save(arguments.npy, values)
        print(f"wrote {arguments.npy}")


def around(extent, before, after):
    middle = extent // 2
    return slice(max(middle - before, 0), min(middle + after, extent))


def warm_time(run, least=3, most=51, seconds=2.0):
    """The median of as many runs as fit the time, within these bounds."""
    run()
    times, begin = [], time.perf_counter()
    while len(times) < least or (len(times) < most and time.perf_counter() - begin < seconds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def write(path, values, device):
    """Writes a real array as a grey picture from its smallest to its largest value."""
    low, high = ondine.min(values), ondine.max(values)
    grey = ondine.round(ondine.clip((values - low) / (high - low), 0.0, 1.0) * 255.0)
    png.write(path, np.asarray(ondine.astype(grey, ondine.uint8).eval(device)))
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
