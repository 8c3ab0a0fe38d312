"""Scripts that run with nothing but what is in an unpacked zip."""

import subprocess
import sys

# e_machine of ELF, at offset 18, for Lambda's arm64.
AARCH64 = 183

OPEN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from services.resize.formats.opener import opened
from services.resize.settings import INPUT_FORMATS, Limits
import pi_heif
for path in sorted(Path(sys.argv[2]).iterdir()):
    with opened(path.read_bytes(), Limits(), formats=(*INPUT_FORMATS, *sys.argv[3:])) as source:
        print(path.name, source.size, sum(1 for frame in source.frames()))
"""

WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from PIL import Image
from services.watermark.encoding.files import encode
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Watermark
from shared.messages import Animation
watermark = DrawnWatermark(Watermark()).at((60, 20))
frames = [Image.new("RGBA", (64, 48), colour) for colour in ("red", "blue")]
for frame in frames:
    frame.alpha_composite(watermark.convert("RGBA"))
for form in sys.argv[2:]:
    moving = Animation(durations_ms=(50, 60), plays=0) if form in {"gif", "webp", "png"} else None
    print(form, encode(frames if moving else frames[:1], form, quality=80, animation=moving).frames)
"""


def run_alone(script, *arguments):
    """The lines that a script prints, which has no package but those of the folder that it is given."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
