"""A reader's result for a file, and its cache between runs."""

import base64
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.compare.pictures import SIDE_PX, Picture


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One reader's answer for one file.

    Args:
        reader: name of the reader.
        picture: None where it does not read the file.
        error: kind of error otherwise: an error of the pipeline by its class, or "unread", "slow", "crashed".
        reason: reason of the error, in words.
    """

    reader: str
    picture: Picture | None = None
    error: str | None = None
    reason: str | None = None


class Readings:
    """Readings cached in files, so that a second run is quick and an interrupted one continues.

    Args:
        folder: folder of the cache; made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, reader: str, version: str, digest: str) -> Reading | None:
        """The cached reading of this version of a reader for a file; None if there is none."""
        try:
            return decoded(self._path(reader, version, digest).read_bytes())
        except FileNotFoundError:
            return None

    def put(self, reading: Reading, version: str, digest: str) -> None:
        """Cache a reading; a killed run leaves no incomplete one."""
        path = self._path(reading.reader, version, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(encoded(reading))
        unfinished.replace(path)

    def _path(self, reader: str, version: str, digest: str) -> Path:
        safe = "".join(char if char.isalnum() or char in ".-" else "-" for char in f"{reader}-{version}")
        return self._folder / safe / f"{digest}.json"


def encoded(reading: Reading) -> bytes:
    """The reading as JSON, with its pixels."""
    values: dict[str, object] = {"reader": reading.reader, "error": reading.error, "reason": reading.reason}
    if reading.picture is not None:
        view = io.BytesIO()
        reading.picture.view.save(view, "PNG", compress_level=3)
        pixels = b"".join(frame.tobytes() for frame in reading.picture.frames)
        values["picture"] = {
            "size": reading.picture.size,
            "durations_ms": list(reading.picture.durations_ms),
            "counts_frames": reading.picture.counts_frames,
            "frames": _text(zlib.compress(pixels, 3)),
            "view": _text(view.getvalue()),
        }
    return json.dumps(values).encode()


def decoded(data: bytes) -> Reading:
    """The reading that `encoded` wrote."""
    values = json.loads(data)
    kept, picture = values.pop("picture", None), None
    if kept is not None:
        pixels = zlib.decompress(base64.b64decode(kept["frames"]))
        step = SIDE_PX * SIDE_PX * 4
        width, height = kept["size"]
        with Image.open(io.BytesIO(base64.b64decode(kept["view"]))) as view:
            picture = Picture(
                size=(width, height),
                frames=[
                    Image.frombytes("RGBA", (SIDE_PX, SIDE_PX), pixels[at : at + step])
                    for at in range(0, len(pixels), step)
                ],
                durations_ms=kept["durations_ms"],
                counts_frames=kept["counts_frames"],
                view=view.convert("RGBA"),
            )
    return Reading(picture=picture, **values)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
