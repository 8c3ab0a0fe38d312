"""The product as one of the readers: all three steps, one rendition in a lossless format, no watermark."""

import tempfile
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageSequence

from bench.compare.pictures import BOX_PX, picture
from bench.compare.readings import Reading
from ops import settings
from ops.preview.result import Preview

NAME: Final = "image-pipeline"

_SETTINGS: Final[dict[str, Any]] = {
    "name": "compare",
    "renditions": [{"name": "compared", "width": BOX_PX, "height": BOX_PX, "format": "png", "watermark": False}],
    # The time of a decode depends on the machine's other load; the comparison has its own limit per file.
    "limits": {"seconds": 55},
}


class Ours:
    """The pipeline in this process, warm."""

    def __init__(self) -> None:
        self._preview = Preview(settings.parse(_SETTINGS))

    def read(self, path: Path) -> Reading:
        """The pipeline's result for a file; an error that is not one of its own is a result, too."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = self._preview.image(path, f"image{path.suffix}", Path(folder))
            except Exception as error:  # noqa: BLE001 - any error here is a finding about the file
                return Reading(reader=NAME, error=type(error).__name__, reason=f"unexpected: {error}")
            if result["outcome"] != "stored":
                return Reading(reader=NAME, error=result["error"], reason=result["reason"])
            with Image.open(result["outputs"][0]["path"]) as image:
                durations: list[int] = []
                return Reading(reader=NAME, picture=picture(_frames(image, durations), durations_ms=durations))


def _frames(image: Image.Image, durations: list[int]) -> Any:  # noqa: ANN401 - an iterator of what Pillow gives
    for frame in ImageSequence.Iterator(image):
        durations.append(round(frame.info.get("duration", 0)))
        yield frame
