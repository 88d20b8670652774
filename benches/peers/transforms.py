"""Workloads around Fourier transforms."""

import numpy as np

from .workloads import EVERYBODY, Workload


def numbers(shape, dtype="float64", seed=7):
    rng = np.random.default_rng(seed)
    if dtype == "complex128":
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return rng.standard_normal(shape).astype(dtype)


def smooth(window, axes=None, real=False):
    """The example's job: the low frequencies alone. The window is in bins around the middle of the shifted spectrum."""
    (top, bottom), (left, right) = window

    def formula(lib, image):
        height, width = image.shape[-2:]
        rows = slice(height // 2 + top, height // 2 + bottom)
        columns = slice(width // 2 + left, width // 2 + right)
        over = (-2, -1) if axes else tuple(range(image.ndim))
        shift = axes_option(lib, over)
        f = lib.fft.fft2(image) if axes else lib.fft.fftn(image)
        s = lib.fft.fftshift(f, **shift)
        rest = s - lib.zeroed(s, (..., rows, columns))
        f = lib.fft.ifftshift(rest, **shift)
        x = lib.fft.ifft2(f) if axes else lib.fft.ifftn(f)
        return lib.xp.real(x) if real else x

    return formula


def poisson(lib, density, inverse):
    return lib.fft.irfftn(lib.fft.rfftn(density) * inverse, s=density.shape, **axes_option(lib, tuple(range(density.ndim))))


def axes_option(lib, axes):
    """PyTorch has another word for axes."""
    return {"dim" if "torch" in lib.name.lower() else "axes": axes}


def poisson_inputs(extent):
    def inputs():
        k, half = np.fft.fftfreq(extent), np.fft.rfftfreq(extent)
        squares = k[:, None, None] ** 2 + k[None, :, None] ** 2 + half[None, None, :] ** 2
        with np.errstate(divide="ignore"):
            inverse = np.where(squares == 0, 0.0, -1 / squares)
        return [numbers((extent,) * 3), inverse]

    return inputs


def split_step(steps):
    def formula(lib, psi, potential, kinetic):
        for _ in range(steps):
            psi = potential * lib.fft.ifft(kinetic * lib.fft.fft(potential * psi))
        return psi

    return formula


def split_step_inputs(count):
    def inputs():
        x = np.linspace(-10, 10, count, endpoint=False)
        k = 2 * np.pi * np.fft.fftfreq(count, d=20 / count)
        step = 1e-3
        psi = np.exp(-((x - 1) ** 2)).astype("complex128")
        return [psi, np.exp(-0.5j * step * 0.5 * x**2), np.exp(-0.5j * step * k**2)]

    return inputs


FRAMES, LENGTH, HOP = 4000, 1024, 256


def spectrogram(lib, signal, window):
    blocks = lib.xp.reshape(signal, (-1, HOP))
    frames = lib.xp.concat([blocks[at : at + FRAMES] for at in range(LENGTH // HOP)], **{"dim" if "torch" in lib.name.lower() else "axis": 1})
    power = lib.xp.abs(lib.fft.rfft(frames * window)) ** 2
    return 10.0 * lib.xp.log10(power + 1e-10)


def spectrogram_inputs():
    count = HOP * (FRAMES + LENGTH // HOP - 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(LENGTH) / LENGTH)
    return [numbers(count), window]


def convolution(lib, image, kernel):
    # 2048 + 129 - 1 = 2176 is short; 2187 = 3**7 and 2250 follow. All libraries take the same length.
    size = (2187, 2187)
    product = lib.fft.rfft2(image, s=size) * lib.fft.rfft2(kernel, s=size)
    half = kernel.shape[0] // 2
    return lib.fft.irfft2(product, s=size)[half : half + image.shape[0], half : half + image.shape[1]]


def plain(name, shape, axes):
    """A transform of complex numbers along the last axes."""

    def formula(lib, x):
        return lib.fft.fft(x) if axes == 1 else lib.fft.fftn(x)

    return Workload(
        name,
        f"transform of complex128[{', '.join(map(str, shape))}] along {'the last axis' if axes == 1 else 'all axes'}",
        formula,
        lambda: [numbers(shape, "complex128")],
        extra={"FFTW": lambda fftw, x: fftw.transform(x, axes)},
    )


def dct_smooth(steps):
    """Diffusion between insulating walls: the modes of a cosine transform fade, step by step."""

    def formula(lib, image, fading):
        for _ in range(steps):
            image = lib.cosine.idctn(fading * lib.cosine.dctn(image))
        return image

    return formula


def dct_smooth_inputs(extent):
    def inputs():
        k = np.arange(extent)
        squares = (np.pi * k / extent) ** 2
        return [numbers((extent, extent)), np.exp(-1e-3 * (squares[:, None] + squares[None, :]))]

    return inputs


def square_transforms():
    """Cosine and sine transforms of the four types; JAX has a cosine transform of type 2."""
    for name in ("dctn", "dstn"):
        for kind in (1, 2, 3, 4):
            yield Workload(
                f"{name}{kind}_2048",
                f"{name} of type {kind}, 2048x2048",
                lambda lib, x, name=name, kind=kind: getattr(lib.cosine, name)(x, type=kind),
                lambda: [numbers((2048, 2048))],
                libraries=("SciPy", "JAX", "Ondine") if (name, kind) == ("dctn", 2) else ("SciPy", "Ondine"),
            )


def workloads():
    low = ((-30, 30), (-30, 20))
    return [
        Workload("smooth_768x1024", "the example's job, complex result", smooth(low), lambda: [numbers((768, 1024))]),
        Workload(
            "smooth_4096",
            "the same, 4096x4096",
            smooth(((-30, 29), (-30, 19))),
            lambda: [numbers((4096, 4096))],
        ),
        Workload(
            "smooth_16x768x1024_f32",
            "the same for a batch of 16 over the last two axes, float32",
            smooth(low, axes=True),
            lambda: [numbers((16, 768, 1024), "float32")],
            tolerance=1e-5,
        ),
        Workload(
            "smooth_real",
            "the same, real part, 30 frequencies around zero",
            smooth(((-30, 31), (-30, 31)), real=True),
            lambda: [numbers((768, 1024))],
        ),
        Workload("poisson_128", "rfftn, times -1/k^2, irfftn, 128^3", poisson, poisson_inputs(128)),
        Workload("poisson_256", "the same, 256^3", poisson, poisson_inputs(256)),
        Workload(
            "splitstep_64k",
            "50 steps V*ifft(T*fft(V*psi)), 65,536 points",
            split_step(50),
            split_step_inputs(1 << 16),
            libraries=tuple(who for who in EVERYBODY if who != "torch.compile"),
        ),
        Workload("splitstep_1M", "5 steps, 1,048,576 points", split_step(5), split_step_inputs(1 << 20)),
        Workload("spectrogram", "4000 frames of 1024, hop 256, Hann, decibels", spectrogram, spectrogram_inputs),
        Workload(
            "fftconv",
            "2048x2048 with 129x129, same size, by transforms",
            convolution,
            lambda: [numbers((2048, 2048)), numbers((129, 129), seed=8)],
        ),
        plain("fftn_2048x2048", (2048, 2048), 2),
        plain("fftn_4096x4096", (4096, 4096), 2),
        plain("fftn_256^3", (256, 256, 256), 3),
        plain("fft_1M", (1 << 20,), 1),
        plain("fft_8192x1024", (8192, 1024), 1),
        plain("fft_8192x1000", (8192, 1000), 1),
        plain("fftn_2047x2049", (2047, 2049), 2),
        Workload(
            "dct2_1024",
            "idctn(0.5 * dctn(x)), 1024x1024",
            lambda lib, x: lib.cosine.idctn(0.5 * lib.cosine.dctn(x)),
            lambda: [numbers((1024, 1024))],
            libraries=("SciPy", "JAX", "Ondine"),
        ),
        Workload(
            "dct_smooth",
            "100 steps idctn(w * dctn(x)), 512x512",
            dct_smooth(100),
            dct_smooth_inputs(512),
            libraries=("SciPy", "JAX", "Ondine"),
            tolerance=1e-10,
        ),
        *square_transforms(),
        Workload(
            "fht",
            "fast Hankel transform of 10,000 rows of 1024",
            lambda lib, x: lib.cosine.fht(x, 0.01, 0.5),
            lambda: [numbers((10_000, 1024))],
            libraries=("SciPy", "Ondine"),
        ),
        Workload(
            "rfft_8192x1000",
            "irfft(rfft(x)) of float64[8192, 1000], halved between",
            lambda lib, x: lib.fft.irfft(0.5 * lib.fft.rfft(x), n=1000),
            lambda: [numbers((8192, 1000))],
            libraries=("NumPy", "SciPy", "JAX", "Ondine"),
        ),
    ]
