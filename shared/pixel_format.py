"""The format in which pixels are between resize and watermark: lossless, one file per rendition."""

import struct
from typing import Final

# Stills: uncompressed TIFF, 0.5 ms each way for 1024 x 768 px where PNG takes 60 ms; its extra size costs less than
# the time. Animations would be hundreds of MB that way: each frame is its difference from the one before, in the box
# that changed, as a zlib stream: docs/adr/0038-animations-by-libdeflate.md has the measurements. PNG filters row by
# row, which takes longer; lossless WebP is smaller, but discards frames that repeat.
FRAME_NAME: Final = "{:05}"
MODE: Final = "RGBA"
# (left, top, right, bottom) of what differs, before a zlib stream of its pixels; for the first frame that is all of it.
BOX: Final = struct.Struct(">4I")
