"""Writes the files of tests/corpus: what NumPy and Pillow write, and the same with mistakes in it. Those whose name begins with
`bad` must be refused."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

CORPUS = Path(__file__).parent.parent / "corpus"
CODES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"]


def put(name, data):
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), version=version)
    return file.getvalue()


def values(code):
    """Elements of a dtype, the same that tests/npy.rs knows."""
    x = np.arange(6).reshape(2, 3) * 7 % 11
    if code == "b1":
        return x % 3 == 0
    if code[0] == "u":
        return x
    return x - 5 if code[0] == "i" else (x - 5) / 2 + (1j * x if code[0] == "c" else 0)


def text(header, data=b"", version=(1, 0), align=True):
    """A file with a header of one's own."""
    header = header.encode() if isinstance(header, str) else header
    before = 10 if version[0] == 1 else 12
    if align:
        header += b" " * (-(before + len(header) + 1) % 64) + b"\n"
    length = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + data


def plain(descr="'<f8'", order="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def arrays():
    for code in CODES:
        for name, order in [("little", "<"), ("big", ">")]:
            array = values(code).astype(order + code)
            if name == "little" or array.dtype.str[0] == ">":
                put(f"npy/{code}-{name}-c.npy", npy(array))
                put(f"npy/{code}-{name}-fortran.npy", npy(np.asfortranarray(array)))
    x = np.arange(3.0)
    put("npy/version-2.npy", npy(x, (2, 0)))
    put("npy/version-3.npy", npy(x, (3, 0)))
    put("npy/rank-0.npy", npy(2.5))
    put("npy/empty.npy", npy(np.zeros((0, 3), np.int16)))
    put("npy/empty-fortran.npy", npy(np.asfortranarray(np.zeros((2, 0, 3), np.complex64))))
    put("npy/rank-5-fortran.npy", npy(np.asfortranarray(np.arange(12, dtype=np.int32).reshape(2, 1, 3, 1, 2))))
    put("npy/rank-64.npy", npy(x.reshape((1,) * 63 + (3,))))
    put("npy/more-behind.npy", npy(x) + npy(x))
    put("npy/native-order.npy", text(plain("'=f8'"), bytes(16)))
    put("npy/no-order.npy", text(plain("'i4'"), bytes(8)))
    put("npy/other-keys-order.npy", text("{'shape': (2,), 'descr': '|u1', 'fortran_order': False}", bytes(2)))
    put("npy/not-aligned.npy", text(plain() + "\n", bytes(16), align=False))
    put("npy/bool-of-other-bytes.npy", text(plain("'|b1'", shape="(4,)"), bytes([0, 1, 2, 255])))

    records = np.zeros(2, [("a", "<i4"), ("b", "<f8", (2,))])
    objects = io.BytesIO()
    np.save(objects, np.array([None, "text"], dtype=object))
    for name, data in {
        "records": npy(records),
        "objects": objects.getvalue(),
        "bytes": npy(np.array([b"abc"])),
        "text": npy(np.array(["abc"])),
        "dates": npy(np.zeros(2, "<M8[ns]")),
        "half": npy(np.zeros(2, np.float16)),
        "long-double": npy(np.zeros(2, np.longdouble)),
        "void": npy(np.zeros(2, "V3")),
        "nothing": b"",
        "magic": b"\x93NUMPZ" + npy(x)[6:],
        "magic-alone": b"\x93NUMPY",
        "length-missing": npy(x)[:9],
        "length-missing-2": npy(x, (2, 0))[:11],
        "header-short": npy(x)[:50],
        "no-elements": npy(x)[:128],
        "element-short": npy(x)[:-1],
        "version-4": text(plain(), bytes(16), (4, 0)),
        "version-1-1": text(plain(), bytes(16), (1, 1)),
        "header-of-4-gib": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + plain().encode(),
        "header-of-64-kib": text(plain() + " " * 66000, bytes(16), (2, 0)),
        "no-newline": text(plain(), bytes(16), align=False),
        "not-ascii": text(plain("'<f8\u00e9'"), bytes(16)),
        "not-utf-8": text(plain().encode() + b"\xff", bytes(16), (3, 0)),
        "empty-header": text("", bytes(16), align=False),
        "no-dictionary": text("[1, 2]", bytes(16)),
        "no-python": text("{'descr': <f8}", bytes(16)),
        "no-descr": text("{'fortran_order': False, 'shape': (2,), }", bytes(16)),
        "no-order": text("{'descr': '<f8', 'shape': (2,), }", bytes(16)),
        "no-shape": text("{'descr': '<f8', 'fortran_order': False, }", bytes(16)),
        "other-key": text("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': 1}", bytes(16)),
        "descr-number": text(plain("8"), bytes(16)),
        "order-number": text(plain(order="0"), bytes(16)),
        "shape-number": text(plain(shape="2"), bytes(16)),
        "shape-list": text(plain(shape="[2]"), bytes(16)),
        "shape-negative": text(plain(shape="(-2,)"), bytes(16)),
        "shape-fraction": text(plain(shape="(2.0,)"), bytes(16)),
        "shape-too-large": text(plain(shape=f"({2**64},)"), bytes(16)),
        "elements-overflow": text(plain(shape=f"({2**32}, {2**32}, {2**32})"), bytes(16)),
        "bytes-overflow": text(plain(shape=f"({2**61},)"), bytes(16)),
        "bytes-overflow-empty": text(plain(shape=f"(0, {2**40}, {2**40})"), bytes(16)),
        "terabytes": text(plain(shape=f"({2**40},)"), bytes(16)),
        "rank-65": text(plain(shape="(" + "1, " * 64 + "2)"), bytes(16)),
        "deep": text(plain("[" * 60 + "1" + "]" * 60), bytes(16)),
        "deep-in-text": text(plain('"\']\'", ' + "['](', " * 30), bytes(16)),
        "very-deep": text("(" * 60000),
    }.items():
        put(f"npy/bad-{name}.npy", data)


def archive(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            target.writestr(info, data)
    return file.getvalue()


def archives():
    x, y = np.arange(3.0), np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3))
    members = [("x.npy", npy(x)), ("deep/y.npy", npy(y))]
    stored, packed = archive(members), archive(members, zipfile.ZIP_DEFLATED)
    put("npz/stored.npz", stored)
    put("npz/compressed.npz", packed)
    put("npz/empty.npz", archive([]))
    put("npz/other-members.npz", archive([("readme.txt", b"text"), *members]))
    put("npz/more-behind.npz", archive([("x.npy", npy(x) + b"more")]))
    put("npz/zeros.npz", archive([("zeros.npy", npy(np.zeros(100_000)))], zipfile.ZIP_DEFLATED))
    put("npz/twice.npz", archive([("x.npy", npy(x)), ("y.npy", npy(x * 2))]).replace(b"y.npy", b"x.npy"))
    put("npz/bad-member.npz", archive([("x.npy", npy(x)), ("half.npy", npy(x.astype(np.float16)))]))
    put("npz/bad-short.npz", stored[:-30])
    put("npz/bad-checksum.npz", stored.replace(npy(x), npy(x + 1)))
    put("npz/bad-data.npz", packed[:60] + b"\xff\xff" + packed[62:])
    put("npz/bad-terabytes.npz", archive([("x.npy", text(plain(shape=f"({2**40},)")))], zipfile.ZIP_DEFLATED))
    encrypted = bytearray(stored)
    encrypted[6] |= 1
    encrypted[stored.index(b"PK\x01\x02") + 8] |= 1
    put("npz/bad-encrypted.npz", bytes(encrypted))
    put("npz/bad-nothing.npz", b"")
    put("npz/bad-array.npz", npy(x))
    # An array that says it is as long as the directory says, which is longer than the archive.
    member = text(plain("'|u1'", shape=f"({2**31},)"))
    lying = bytearray(archive([("x.npy", member)]))
    directory = bytes(lying).index(b"PK\x01\x02")
    for at in (22, directory + 24):
        lying[at : at + 4] = struct.pack("<I", 2**31 + len(member))
    put("npz/bad-size.npz", bytes(lying))


def pictures():
    rng = np.random.default_rng(3)
    smooth = np.add.outer(np.arange(4), np.arange(5)) * 20
    grey = smooth.astype(np.uint8)
    colors = rng.integers(0, 256, (4, 5, 4), dtype=np.uint8)

    def encoded(image, form, **options):
        file = io.BytesIO()
        image.save(file, form, **options)
        return file.getvalue()

    kinds = {"grey": grey, "grey-alpha": colors[:, :, :2], "rgb": colors[:, :, :3], "rgba": colors}
    for name, pixels in kinds.items():
        put(f"picture/{name}.png", encoded(Image.fromarray(np.ascontiguousarray(pixels)), "PNG"))
    put("picture/grey-16.png", encoded(Image.fromarray((smooth * 300).astype(np.uint16)), "PNG"))
    put("picture/grey-1.png", encoded(Image.fromarray(smooth > 60), "PNG"))
    put("picture/palette.png", encoded(Image.fromarray(colors[:, :, :3]).quantize(4), "PNG"))
    put("picture/grey.jpg", encoded(Image.fromarray(grey), "JPEG"))
    put("picture/rgb.jpg", encoded(Image.fromarray(colors[:, :, :3]), "JPEG"))
    put("picture/rgb.bmp", encoded(Image.fromarray(colors[:, :, :3]), "BMP"))
    put("picture/grey.pgm", encoded(Image.fromarray(grey), "PPM"))
    png, jpeg = encoded(Image.fromarray(grey), "PNG"), encoded(Image.fromarray(grey), "JPEG")
    put("picture/bad-nothing.png", b"")
    put("picture/bad-text.png", b"no picture")
    put("picture/bad-short.png", png[:50])
    put("picture/bad-short.jpg", jpeg[: len(jpeg) // 2])
    put("picture/bad-checksum.png", png[:45] + bytes([png[45] ^ 1]) + png[46:])
    # 16384 rows and columns in a few hundred bytes.
    place = jpeg.index(b"\xff\xc0") + 5
    put("picture/bad-size.jpg", jpeg[:place] + struct.pack(">HH", 16384, 16384) + jpeg[place + 4 :])
    huge = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    put("picture/bad-huge.png", png[:8] + chunk(b"IHDR", huge) + png[33:])
    put("picture/bad-huge.pgm", b"P5 4294967295 4294967295 255\n" + bytes(9))


arrays()
archives()
pictures()
