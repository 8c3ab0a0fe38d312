"""The defaults and limits of `pipeline load-test`, apart from what it needs to run: its help names them."""

from typing import Final

IMAGES: Final = 100
MAX_IMAGES: Final = 100_000

WORKERS: Final = 8
# As many connections as a client keeps.
MAX_WORKERS: Final = 32

# What a photograph measures, (width, height) in pixels, one after the other.
SIZES: Final = {
    "small": ((640, 480), (1200, 900), (480, 640), (1600, 1200), (800, 600), (900, 1200), (1280, 720), (320, 240)),
    "12mp": ((4000, 3000), (3000, 4000), (4240, 2832), (4000, 3000)),
    "24mp": ((6000, 4000), (4000, 6000)),
}
