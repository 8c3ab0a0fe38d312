"""TIFF files of kinds that Pillow does not write, built from numbers."""

import struct
import zlib

_KINDS = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q"}
RATIONAL = 5


def directory(width, height, samples, photometric, parts, *, bits=8, compression=1, tile=0, rows=0, sub=(), **tags):
    """One directory: its tags and the strips or tiles that it points to.

    Args:
        width: width in pixels.
        height: height in pixels.
        samples: samples of a pixel.
        photometric: PhotometricInterpretation.
        parts: strips of `rows` rows, or tiles of side `tile`, as bytes.
        bits: bits of a sample.
        compression: number of the compression.
        tile: side of a tile; 0 for strips.
        rows: rows of a strip; 0 for all.
        sub: directories of SubIFDs.
        tags: further tags as t274=(type, values).
    """
    every = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * samples), 259: (3, [compression])}
    every |= {262: (3, [photometric]), 277: (3, [samples])}
    every |= {322: (4, [tile]), 323: (4, [tile])} if tile else {278: (4, [rows or height])}
    every |= {int(name[1:]): value for name, value in tags.items()}
    return every, [bytes(part) for part in parts], list(sub), bool(tile)


def file(*directories, order="<", big=False):
    """A file with these pages."""
    word, size = ("Q", 8) if big else ("I", 4)
    out = bytearray(b"II" if order == "<" else b"MM")
    out += struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HI", 42, 0)
    link = 8 if big else 4

    def add(data):
        out.extend(data)
        return len(out) - len(data)

    def put(page):
        tags, parts, subs, tiled = page
        tags = dict(tags)
        tags[324 if tiled else 273] = (4, [add(part) for part in parts])
        tags[325 if tiled else 279] = (4, [len(part) for part in parts])
        if subs:
            tags[330] = (13, [put(sub)[0] for sub in subs])
        entries = b""
        for tag, (kind, values) in sorted(tags.items()):
            codes = "II" * len(values) if kind == RATIONAL else f"{len(values)}{_KINDS[kind]}"
            numbers = [part for pair in values for part in pair] if kind == RATIONAL else values
            data = struct.pack(order + codes, *numbers)
            if len(data) > size:
                data = struct.pack(order + word, add(data))
            entries += struct.pack(order + "HH" + word, tag, kind, len(values)) + data.ljust(size, b"\0")
        at = add(struct.pack(order + ("Q" if big else "H"), len(tags)) + entries + bytes(size))
        return at, len(out) - size

    for page in directories:
        at, following = put(page)
        struct.pack_into(order + word, out, link, at)
        link = following
    return bytes(out)


def packed_bits(values, bits, width):
    """Samples of this many bits each, the highest bit first; every row starts at a byte."""
    out = b""
    for start in range(0, len(values), width):
        row = "".join(f"{value:0{bits}b}" for value in values[start : start + width])
        out += int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8), "big")
    return out


def differences(values, width, samples, bits):
    """Predictor 2: each sample as its difference from that of the previous pixel."""
    out = list(values)
    step = width * samples
    for start in range(0, len(values), step):
        for at in range(start + step - 1, start + samples - 1, -1):
            out[at] = (values[at] - values[at - samples]) % 2**bits
    return out


def deflated(data):
    """Compression 8."""
    return zlib.compress(data)
