"""Small ICC profiles for tests, of the three kinds that pictures have: matrix, grey, and a table of four inks.

The layout is that of ICC.1:2001-04, clauses 6.1 to 6.5.
"""

import itertools
import struct

_D50 = (0.9642, 1.0, 0.8249)

# Colorants and gamma, adapted to D50. http://www.brucelindbloom.com/index.html?Eqn_RGB_XYZ_Matrix.html
ADOBE_RGB = (((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)), 2.2)
DISPLAY_P3 = (((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)), 2.2)
PRO_PHOTO = (((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)), 1.8)
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
_SRGB_OF_XYZ = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)

# L*, a*, b* of each ink alone. All four together are not black: as on paper.
_INKS = ((55, -37, -50), (48, 74, -3), (89, -5, 93), (30, 0, 0))


def matrix_profile(space, name="test"):
    """A profile of an RGB space, such as ADOBE_RGB."""
    colorants, gamma = space
    tags = {b"%cXYZ" % band: _xyz(colour) for band, colour in zip(b"rgb", colorants, strict=True)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", name, tags | {b"%cTRC" % band: _curve(gamma) for band in b"rgb"})


def grey_profile(gamma):
    """A grey profile with this gamma."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", "grey", {b"kTRC": _curve(gamma)})


def ink_profile():
    """A profile of a printing press: four inks to Lab and back."""
    inks = b"".join(_lab(inks) for inks in itertools.product((0, 1), repeat=4))
    # Backwards, only lightness counts: all inks for black, no ink for white.
    lightness = b"".join(bytes([0 if light else 255] * 4) for light, _, _ in itertools.product((0, 1), repeat=3))
    tables = {b"A2B0": _table(4, 3, inks), b"A2B1": _table(4, 3, inks), b"B2A0": _table(3, 4, lightness)}
    return _profile(b"prtr", b"CMYK", b"Lab ", "press", tables)


def tinted_profile(kind=b"scnr", black=(8, 6, 0), other=None, names=(b"A2B0", b"A2B1")):
    """A table profile of RGB whose black is not neutral, as in scanners.

    Args:
        kind: kind of device: b"scnr" is a scanner, b"prtr" a printer.
        black: X, Y and Z of its black, in thousandths.
        other: black of the table for the relative intent; None for that of the perceptual one.
        names: names of the tables: for the perceptual intent and for the relative one.
    """
    tables = {b"A2B0": _tinted(black), b"A2B1": _tinted(black if other is None else other)}
    return _profile(kind, b"RGB ", b"XYZ ", "tinted", {name: tables[name] for name in names})


def _tinted(black):
    colorants, _ = DISPLAY_P3
    grid = b""
    for lights in itertools.product((0.0, 1.0), repeat=3):
        xyz = [sum(map(float.__mul__, lights, axis)) for axis in zip(*colorants, strict=True)]
        tint = [part / 1000 * (1 - max(lights)) for part in black]
        grid += struct.pack(">3H", *(max(0, round(32_768 * sum(each))) for each in zip(xyz, tint, strict=True)))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    straight = struct.pack(">2H", 0, 65_535) * 3
    return b"mft2\0\0\0\0" + bytes((3, 3, 2, 0)) + matrix + struct.pack(">2H", 2, 2) + straight + grid + straight


def srgb_of(colour, space):
    """A colour of an RGB space in sRGB, clipped to it, in floating point: the reference.

    Args:
        colour: (red, green, blue), 0 to 255.
        space: a colour space such as ADOBE_RGB.
    """
    colorants, gamma = space
    linear = [(value / 255) ** gamma for value in colour]
    xyz = [sum(light * colorant[axis] for light, colorant in zip(linear, colorants, strict=True)) for axis in range(3)]
    return tuple(encoded(sum(map(float.__mul__, row, xyz))) for row in _SRGB_OF_XYZ)


def encoded(linear):
    """A linear value, 0 to 1, as an sRGB value of 0 to 255. IEC 61966-2-1."""
    linear = min(1.0, max(0.0, linear))
    return 255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055)


def _lab(inks):
    """The colour of these inks printed on each other, as 8-bit Lab."""
    light, across, down = 100.0, 0.0, 0.0
    for there, ink in zip(inks, _INKS, strict=True):
        if there:
            light, across, down = light * ink[0] / 100, across * 0.5 + ink[1] * 0.5, down * 0.5 + ink[2] * 0.5
    return bytes((round(max(12.0, light) * 2.55), round(128 + across), round(128 + down)))


def _table(inputs, outputs, grid):
    """A lut8Type with two grid points per side and straight curves."""
    straight = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    return b"mft1\0\0\0\0" + bytes((inputs, outputs, 2, 0)) + matrix + straight * inputs + grid + straight * outputs


def _curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def _xyz(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _profile(kind, space, connection, name, tags):
    described = name.encode() + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(described)) + described + bytes(4 + 4 + 2 + 1 + 67),
        b"wtpt": _xyz(_D50),
        b"cprt": b"text\0\0\0\0none\0",
        **tags,
    }
    offset = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for signature, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += struct.pack(">4sII", signature, offset + len(data), len(value))
        data += padded
    header = struct.pack(">I4xI4s4s4s", offset + len(data), 0x02400000, kind, space, connection)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return header.ljust(128, b"\0") + table + data
