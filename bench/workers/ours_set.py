"""This pipeline makes a responsive set: eight widths of one picture, each in three formats. Answers lines of JSON."""

import json
import sys
import time
from pathlib import Path

import PIL

from bench.chain import Chain
from ops import settings
from ops.settings import ROOT

_PREFIX = "image-set-"
_TIMED = ("resize", "watermark")


def main() -> None:
    """Answer each line until the input ends."""
    _say({"version": f"Pillow {PIL.__version__}"})
    chains: dict[str, Chain] = {}
    for line in sys.stdin:
        job = json.loads(line)
        wanted = json.dumps([job["widths"], job["formats"], job["logo"]])
        if wanted not in chains:
            chains[wanted] = _chain(job)
        data = Path(job["path"]).read_bytes()
        begun = time.process_time()
        made = chains[wanted].files(data, "image.jpg")
        cpu = time.process_time() - begun
        files = {key.removeprefix(_PREFIX): file for key, file in made.items() if key.startswith(_PREFIX)}
        if job["out"]:
            for key, file in files.items():
                (Path(job["out"]) / key).write_bytes(file)
        _say({"cpu": cpu, "bytes": {key: len(file) for key, file in files.items()}})


def _chain(job: dict[str, object]) -> Chain:
    wanted = {"name": "set", "widths": job["widths"], "formats": job["formats"], "quality": job["quality"]}
    # One rendition is the least that an image can have: a pixel, and without a watermark.
    pixel = {"name": "pixel", "width": 1, "height": 1, "watermark": False}
    logo = Path(str(job["logo"])).relative_to(ROOT)
    watermark = {"image": str(logo), "opacity": 1, "scale": 0.25}
    # The machine may be busy.
    values = {"name": "bench", "renditions": [pixel], "sets": [wanted], "watermark": watermark}
    values |= {"limits": {"seconds": 250}, "services": {key: {"timeout_seconds": 300} for key in _TIMED}}
    return Chain(settings.parse(values))


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
