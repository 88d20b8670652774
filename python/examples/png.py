"""Grey pictures in PNG, read and written with nothing but zlib and NumPy."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read(path):
    """The pixels of an 8-bit grey PNG without interlacing, uint8[height, width]."""
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(SIGNATURE):
        raise ValueError(f"{path}: not a PNG file")
    chunks, at = {}, len(SIGNATURE)
    while at < len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += length + 12
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if form != [8, 0, 0, 0, 0]:
        raise ValueError(f"{path}: not an 8-bit grey picture without interlacing")
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    pixels, above = np.zeros((height, width), np.uint8), np.zeros(width, np.uint8)
    for row, (kind, line) in enumerate(zip(rows[:, 0], rows[:, 1:], strict=True)):
        above = pixels[row] = unfiltered(kind, line, above)
    return pixels


def unfiltered(kind, line, above):
    """A row from its differences (PNG specification, section 9)."""
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, dtype=np.uint8)
    if kind == 2:
        return line + above
    result, left, corner = [], 0, 0
    for value, up in zip(line.tolist(), above.tolist(), strict=True):
        if kind == 3:
            left = (value + (left + up) // 2) % 256
        else:
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
            left = (value + nearest[2]) % 256
        corner = up
        result.append(left)
    return np.array(result, np.uint8)


def write(path, pixels):
    """Writes uint8[height, width] as a grey PNG."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels
    # Differences of rows are smaller.
    rows[1:, 1:] -= pixels[:-1]
    rows[:, 0] = 2

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))
