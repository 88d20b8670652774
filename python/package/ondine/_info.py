"""What the namespace can do, as the standard's inspection calls tell it."""

from . import _native

_DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
).split()


class Info:
    """Capabilities, devices and dtypes of the namespace."""

    def capabilities(self):
        """Optional behaviour: masks as indices and data-dependent shapes, both of which evaluate."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": None}

    def default_device(self):
        """The device that serves where none is named."""
        return _native.zeros(0).device

    def default_dtypes(self, *, device=None):
        """The dtypes that creation functions choose."""
        _on(device)
        return {
            "real floating": _native.float64,
            "complex floating": _native.complex128,
            "integral": _native.int64,
            "indexing": _native.int64,
        }

    def devices(self):
        """The devices that are present."""
        return tuple(found for found in map(_device, ("cpu", "cuda", "reference")) if found)

    def dtypes(self, *, device=None, kind=None):
        """Dtypes by name, all or those of a kind; every device has them all."""
        _on(device)
        every = {name: getattr(_native, name) for name in _DTYPES}
        return {name: dtype for name, dtype in every.items() if kind is None or _native.isdtype(dtype, kind)}


def _on(device):
    if isinstance(device, str):
        _native.Device(device)
    elif device is not None and not isinstance(device, _native.Device):
        raise TypeError(f"device: {device!r} is no device")


def _device(name):
    try:
        return _native.Device(name)
    except (ValueError, RuntimeError):
        return None


def __array_namespace_info__():
    """What the namespace can do: capabilities, devices and dtypes."""
    return Info()
