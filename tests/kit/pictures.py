"""Small pictures for tests, generated."""

import io
import random
import struct
import zlib
from statistics import NormalDist

from PIL import Image, ImageChops, ImageDraw, ImageFilter


def gradient(size=(96, 64), mode="RGB"):
    """A picture whose corners all differ, so that a rotation or a flip is visible."""
    width, height = size
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (across, down, Image.new("L", size, 90)))
    image.paste((250, 20, 20), (0, 0, max(1, width // 4), max(1, height // 4)))
    if mode == "RGBA":
        image = image.convert("RGBA")
        image.putalpha(across)
        return image
    return image.convert(mode)


def noise(size):
    """A picture that no format makes small: at 300 x 220 px its outputs are too large for a message."""
    return Image.merge("RGB", [grain(size, 60, seed) for seed in range(3)])


def grain(size, sigma, seed=0):
    """Grey noise of this deviation around 128, the same in every run: Pillow's own is another one at each call."""
    values = random.Random(f"{size} {seed}").randbytes(size[0] * size[1])  # noqa: S311 - no secret
    deviations = [NormalDist(128, sigma).inv_cdf((value + 0.5) / 256) for value in range(256)]
    levels = [min(255, max(0, round(level))) for level in deviations]
    return Image.frombytes("L", size, values).point(levels)


def photograph(size=(480, 320)):
    """A picture with the smooth areas and the soft detail of a photograph."""
    soft = grain(size, 60).filter(ImageFilter.GaussianBlur(3)).convert("RGB")
    return Image.blend(gradient(size), soft, 0.5)


def drawing():
    """A picture of flat areas and thin lines on white."""
    image = Image.new("RGB", (480, 320), "white")
    pen = ImageDraw.Draw(image)
    for step in range(12):
        corners = (20 + 36 * step, 30 + 10 * step, 50 + 36 * step, 120 + 10 * step)
        pen.rectangle(corners, fill=(20 * step, 200 - 10 * step, 90))
        pen.line((0, 300 - 9 * step, 480, 200 + 9 * step), fill=(30, 30, 30))
    return image


def turned(image, orientation):
    """The picture as a file of this EXIF orientation stores it."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def saved(image, form, **options):
    """The picture as a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def decoded(data, mode="RGB"):
    """The picture of a file."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert(mode)


def animation(form, frames=5, size=(64, 48), **options):
    """A square that moves over a background, so that each frame differs from the previous one."""
    images = []
    for index in range(frames):
        image = gradient(size).convert("RGBA")
        image.paste((0, 0, 255, 255), (index * 8, 10, index * 8 + 12, 30))
        images.append(image if form != "GIF" else image.convert("RGB"))
    durations = [50 + 10 * index for index in range(frames)]
    return saved(images[0], form, save_all=True, append_images=images[1:], duration=durations, **options)


def frames_of(data):
    """Every frame of a file as Pillow reads it, as RGBA."""
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            frames.append(image.convert("RGBA"))
        return frames


def is_same(one, other):
    """Whether two pictures show the same to the last bit; invisible colours do not count."""
    return ImageChops.difference(one.convert("RGBa"), other.convert("RGBa")).getbbox(alpha_only=False) is None


def png(size, bits, colour_type, pixels, interlace=0, **chunks):
    """A PNG of a kind that Pillow does not write, such as 16-bit RGB.

    Args:
        size: (width, height) in pixels.
        bits: bits of a sample.
        colour_type: colour type in IHDR: 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA.
        pixels: the samples of all rows, as in the file, without filter bytes.
        interlace: 1 for Adam7, with the pixels given as an IDAT.
        chunks: further chunks by their names.
    """
    row = len(pixels) // size[1]
    rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
    header = struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, interlace)
    parts = {"IHDR": header, **chunks} | {"IDAT": chunks.get("IDAT", zlib.compress(rows)), "IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name.encode() + data + struct.pack(">I", zlib.crc32(name.encode() + data))
        for name, data in parts.items()
    )


def tiff(size, bits, pixels):
    """A grey TIFF with any number of bits, such as a 12-bit scan.

    Args:
        size: (width, height) in pixels.
        bits: bits of a sample.
        pixels: the samples, packed as in the file.
    """
    tags = [(256, size[0]), (257, size[1]), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1), (278, size[1])]
    tags.append((279, len(pixels)))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)
