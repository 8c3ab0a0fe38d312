"""Answers lines of JSON, {"reference": path, "file": path}, with {"ssimulacra2": …}, in its own environment."""

import json
import sys
import tempfile
from pathlib import Path

from PIL import Image
from ssimulacra2 import compute_ssimulacra2


def main() -> None:
    """Answer each line until the input ends."""
    _say({"version": ""})
    with tempfile.TemporaryDirectory(prefix="score-") as folder:
        shown = Path(folder) / "shown.png"
        for line in sys.stdin:
            requested = json.loads(line)
            with Image.open(requested["file"]) as image:
                image.convert("RGB").save(shown, compress_level=1)
            _say({"ssimulacra2": float(compute_ssimulacra2(requested["reference"], str(shown)))})


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
