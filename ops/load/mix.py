"""What a load test uploads: photographs made on the spot, broken files among good ones, or a folder's files in turn."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

from ops.demo.samples import samples, saved
from ops.demo.scene import LIGHTS, scene
from ops.errors import CommandError, Exit
from ops.images.follow import files_under
from ops.load.limits import SIZES

STORED: Final = frozenset({"stored"})
FAILED: Final = frozenset({"failed"})
# Two versions of one key: the older may be overtaken.
EITHER: Final = frozenset({"stored", "superseded"})
ANY: Final[frozenset[str]] = frozenset()

_START: Final = b"\xff\xd8"
_APP0: Final = b"\xff\xe0"
_COMMENT: Final = b"\xff\xfe"
_MAX_NAME_BYTES: Final = 200


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file.

    Args:
        name: Name of the kind in the report.
        file: End of the key: the file name, or a part of it.
        make: Returns its bytes; called repeatedly, so it keeps what was costly to make.
        expected: The outcomes that are expected; empty if none is.
        again: Whether it is uploaded under the key of the one before it.
    """

    name: str
    file: str
    make: Callable[[], bytes]
    expected: frozenset[str] = STORED
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file that is to be uploaded.

    Args:
        number: Its place in the sequence of uploads, from 0.
        key: Key in the input bucket.
        kind: Name of its kind of file.
        body: Returns its bytes.
        expected: The outcomes that are expected; empty if none is.
    """

    number: int
    key: str
    kind: str
    body: Callable[[], bytes]
    expected: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Kinds of files that are uploaded in turn, the same ones each time.

    Args:
        name: photos, hostile, or the folder.
        kinds: The kinds in the sequence in which they are uploaded.
        made: Whether the files are made on the spot, and kept.
    """

    name: str
    kinds: Sequence[Kind]
    made: bool = True

    def prepare(self, count: int) -> None:
        """Make what the first this many need, so that making it delays no upload."""
        if self.made:
            for kind in self.kinds[:count]:
                kind.make()

    def item(self, number: int, prefix: str) -> Item:
        """The file at one place of the order, from 0, under a prefix."""
        kind = self.kinds[number % len(self.kinds)]
        named = number - 1 if kind.again else number
        return Item(
            number=number,
            key=f"{prefix}{named:05d}-{kind.file}",
            kind=kind.name,
            body=lambda: varied(kind.make(), f"image {number}"),
            expected=kind.expected,
        )


def photos(size: str) -> Mix:
    """JPEGs as cameras write them, of several sizes and both ways up.

    Args:
        size: one of SIZES.
    """
    kinds = [
        Kind(
            name=f"{shape[0]}x{shape[1]}",
            file=f"{light}-{shape[0]}x{shape[1]}.jpg",
            make=cache(partial(_photo, shape, light)),
        )
        for shape, light in zip(SIZES[size], itertools.cycle(LIGHTS), strict=False)
    ]
    return Mix(name="photos", kinds=kinds)


def hostile(size: str) -> Mix:
    """Files that must fail, and names that are hard to carry, each among good ones.

    Args:
        size: Size of the good ones, one of SIZES.
    """
    sample = {each.key: each.make for each in samples()}
    good = [each.make for each in photos(size).kinds]
    first, second = good[0], good[1]
    cut = cache(sample["broken/truncated.jpg"])
    kinds = [
        Kind(name="photo", file="lake.jpg", make=first),
        Kind(name="text", file="text.jpg", make=cache(sample["broken/text.jpg"]), expected=FAILED),
        Kind(name="odd name", file="a b+c (1) 100%25 ünï 日本 🌄.jpg", make=first),
        Kind(name="truncated", file="truncated.jpg", make=cut, expected=FAILED),
        Kind(name="markup in its name", file="<img src=x onerror=alert(1)> & \"'.jpg", make=second),
        Kind(name="bomb", file="bomb.png", make=cache(sample["broken/bomb.png"]), expected=FAILED),
        Kind(name="empty", file="empty.jpg", make=lambda: b"", expected=FAILED),
        Kind(name="animation", file="bouncing.gif", make=cache(sample["bouncing.gif"])),
        Kind(name="oversized header", file="wide.jpg", make=lambda: oversized(first()), expected=FAILED),
        Kind(name="alpha", file="sticker.png", make=cache(sample["sticker-alpha.png"])),
        Kind(name="uploaded twice", file="twice.jpg", make=second, expected=EITHER),
        Kind(name="uploaded twice", file="twice.jpg", make=first, expected=EITHER, again=True),
        Kind(name="SVG", file="drawing.svg", make=lambda: b'<svg xmlns="x"><script/></svg>', expected=FAILED),
        Kind(name="HEIC", file="phone.heic", make=cache(sample["phone.heic"])),
        Kind(name="another format's name", file="palette.jpg", make=cache(sample["palette.png"])),
    ]
    return Mix(name="hostile", kinds=kinds)


def folder(path: Path) -> Mix:
    """A folder's files, with all that are in folders of it, in turn.

    Raises:
        CommandError: there are none.
    """
    files = [each.path for each in files_under([path])]
    if not files:
        raise CommandError(f"{path}: no files in there", Exit.NOT_FOUND)
    kinds = [
        Kind(name=file.suffix.lower() or "no suffix", file=_name(file), make=file.read_bytes, expected=ANY)
        for file in files
    ]
    return Mix(name=str(path), kinds=kinds, made=False)


def varied(data: bytes, text: str) -> bytes:
    """A JPEG with a text as its comment, so that no two are the same bytes; anything else as it is."""
    if not data.startswith(_START):
        return data
    at = len(_START)
    if data[at : at + 2] == _APP0:  # JFIF comes first, whatever else there is
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    comment = text.encode()
    return data[:at] + _COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + data[at:]


def oversized(data: bytes) -> bytes:
    """A baseline JPEG of Pillow's whose header reports 65,500 x 65,500 pixels."""
    at = data.index(b"\xff\xc0")
    side = (65_500).to_bytes(2, "big")
    return data[: at + 5] + side + side + data[at + 9 :]


def _photo(size: tuple[int, int], light: str) -> bytes:
    return saved(scene(size, light, sum(size)), "JPEG", quality=88)


def _name(path: Path) -> str:
    """A file's name as a key takes it: in UTF-8, and not too long."""
    name = path.name.encode("utf-8", "replace")
    return name[-_MAX_NAME_BYTES:].decode("utf-8", "ignore")
