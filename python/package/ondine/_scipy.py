"""SciPy's transforms on Ondine's arrays: a backend for `scipy.fft.set_backend` and its kin."""

from . import Array, fft

_LINE = ("x", "n", "axis", "norm", "overwrite_x", "workers", "plan")
_LINES = ("x", "s", "axes", "norm", "overwrite_x", "workers", "plan")
_STANDARD = {
    **dict.fromkeys("fft ifft rfft irfft hfft ihfft".split(), _LINE),
    **dict.fromkeys(
        "fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 fftn ifftn rfftn irfftn hfftn ihfftn".split(), _LINES
    ),
}
_OWN = "dct idct dst idst dctn idctn dstn idstn fht ifht".split()


class Backend:
    """The backend object; SciPy asks it for every transform of the domain."""

    __ua_domain__ = "numpy.scipy.fft"

    @staticmethod
    def __ua_function__(method, args, kwargs):
        name = method.__name__
        if name not in _STANDARD and name not in _OWN:
            return NotImplemented
        x = args[0] if args else kwargs.get("x", kwargs.get("a", kwargs.get("A")))
        if not isinstance(x, Array):
            raise TypeError(
                f"{name}: {type(x).__name__} is no array of Ondine, and nothing is converted silently; ondine.asarray() makes one"
            )
        if name in _OWN:
            return getattr(fft, name)(*args, **kwargs)
        given = dict(zip(_STANDARD[name], args), **kwargs)
        if given.pop("plan", None) is not None:
            raise ValueError(f"{name}: plan is not None, but plans are made and kept by the device")
        # Hints without an effect.
        given.pop("overwrite_x", None), given.pop("workers", None)
        return getattr(fft, name)(given.pop("x"), **given)

    def __repr__(self):
        return "ondine.scipy_backend"


scipy_backend = Backend()
