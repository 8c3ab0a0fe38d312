"""JPEG XL, where its decoder is installed. No AWS."""

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from PIL import Image

from services.resize.bounds import check_size
from services.resize.colour_codes import ColourEncoding, of_heif
from services.resize.formats import jpeg
from services.resize.formats.heif_exif import boxes
from services.resize.formats.jxl_header import FILE, JxlFacts, header
from services.resize.formats.memory_cost import check_memory, cost
from services.resize.formats.pillow import PillowSource, without_exif_bomb
from services.resize.formats.source import OpenedImage
from services.resize.formats.structure_limits import check_jpeg
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnreadableImage, UnsupportedImage
from shared.light_dataclass import dataclass

NAME: Final = "JPEG XL"

# The module that decodes.
DECODER: Final = "services.resize.formats.jxl_decoder"
_LOOK_SECONDS: Final = 0.1

# Each channel has a float for each pixel in the decoder, and a thousand of them are allowed.
_MAX_EXTRA_CHANNELS: Final = 4

# TransferCharacteristics of H.273 that the pipeline maps to SDR; other curves are in the decoder's profile.
_HDR: Final = frozenset({16, 18})
# The header's number of P3 with a white of D65 is that of H.273 for another white.
_P3: Final = 11
_DISPLAY_P3: Final = 12

_WORD_BITS: Final = 16

_TIFF: Final = (b"II*\0", b"MM\0*")


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What the decoder gives of a file.

    Args:
        is_jpeg: whether `data` is the JPEG that the file was made of, to the byte.
        mode: Pillow's mode of the pixels: L, LA, RGB, RGBA, I;16 or F.
        size: (width, height) in pixels, upright.
        profile: an ICC profile of its colours.
        data: the pixels, or the JPEG.
    """

    is_jpeg: bool
    mode: str
    size: tuple[int, int]
    profile: bytes
    data: bytes


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a JPEG XL; see opener.opened."""
    if importlib.util.find_spec("pillow_jxl") is None:
        raise UnsupportedImage("JPEG XL needs a decoder that is not installed (extras: [jxl] in pipeline.yaml)")
    facts = header(data)
    check_size(*facts.size, limits)
    check_memory(cost("JXL", facts.size, "RGBA" if facts.extra_channels else "RGB", bits=facts.bits), limits)
    if facts.black:
        raise UnsupportedImage("JPEG XL in CMYK is not supported")
    if facts.extra_channels > _MAX_EXTRA_CHANNELS:
        raise UnsupportedImage(
            f"JPEG XL with {facts.extra_channels:,} extra channels is not supported; {_MAX_EXTRA_CHANNELS} are"
        )
    decoded = _decoded(data, limits, deadline)
    if decoded.is_jpeg:
        check_jpeg(decoded.data, limits, deadline)
        with jpeg.open_source(decoded.data, limits, deadline) as source:
            source.format = NAME
            yield source
        return
    image = _image(decoded, facts)
    exif = _exif(data)
    if exif:
        image.info["exif"] = exif
    encoding = _encoding(facts)
    if encoding is None and not facts.srgb and decoded.profile:
        image.info["icc_profile"] = decoded.profile
    yield PillowSource(
        without_exif_bomb(image),
        NAME,
        limits,
        deadline,
        encoding=encoding,
        bits=_WORD_BITS if image.mode == "I;16" else 8,
        warnings=("first frame of an animation",) if facts.animated else (),
    )


def _decoded(data: bytes, limits: Limits, deadline: Deadline) -> Decoded:
    """Let a process of its own decode a file, until the deadline."""
    # Modules are found where this process finds them.
    start = f"import sys; sys.path[:] = sys.argv[2:]; import {DECODER} as decoder; sys.exit(decoder.main())"
    command = [sys.executable, "-c", start, str(limits.memory_mb), *sys.path]
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with subprocess.Popen(  # noqa: S603 - nothing of the file is in the command
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                out = _output(process, deadline)
            finally:
                process.kill()
    if process.returncode != 0:
        raise UnreadableImage(
            f"the JPEG XL does not decode: it is damaged, or needs more than {limits.memory_mb:,} MB (limits.memory_mb)"
        )
    head, _, body = out.partition(b"\n")
    described = json.loads(head)
    end = described["profile_bytes"]
    return Decoded(
        is_jpeg=described["jpeg"],
        mode=described["mode"],
        size=tuple(described["size"]),
        profile=body[:end],
        data=body[end:],
    )


def _output(process: "subprocess.Popen[bytes]", deadline: Deadline) -> bytes:
    while True:
        deadline.check()
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_LOOK_SECONDS)[0]


def _image(decoded: Decoded, facts: JxlFacts) -> Image.Image:
    """The pixels as Pillow has them; the decoder has turned them upright."""
    image = Image.frombytes(decoded.mode, decoded.size, decoded.data)
    if image.mode == "F":  # grey from 0 to 1; convert cuts decimals
        return image.point(lambda value: value * 255 + 0.5).convert("L")
    if facts.premultiplied and image.mode == "RGBA":
        return Image.frombytes("RGBa", image.size, image.tobytes()).convert("RGBA")
    return image


def _exif(data: bytes) -> bytes:
    """The EXIF of a file, from its TIFF header on; empty where there is none."""
    found = boxes(data, 0, len(data)) if data.startswith(FILE) else ()
    exif = next((data[start:end] for kind, (start, end) in found if kind == b"Exif"), b"")
    # An offset comes before it, which some writers leave out: findings/pillow-jxl-exif-without-offset.sh.
    return exif if exif.startswith(_TIFF) else exif[4 + int.from_bytes(exif[:4], "big") :]


def _encoding(facts: JxlFacts) -> ColourEncoding | None:
    if facts.primaries is None or facts.transfer not in _HDR:
        return None
    return of_heif(_DISPLAY_P3 if facts.primaries == _P3 else facts.primaries, facts.transfer)
