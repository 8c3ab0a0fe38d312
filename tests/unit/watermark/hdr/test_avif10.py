"""The encoder of AVIFs of ten bits."""

import pyvips
from kit.hdr import BT_2020, PQ

from services.watermark.hdr.avif10 import avif10
from services.watermark.hdr.pixels import HdrPicture


def test_a_file_is_the_same_on_any_number_of_processors():
    bands = [pyvips.Image.gaussnoise(700, 500, seed=seed, mean=30_000, sigma=9_000) for seed in range(3)]
    words = bands[0].bandjoin(bands[1:]).clamp(min=0, max=65_535).cast("ushort").copy(interpretation="rgb16")
    picture, files = HdrPicture(words=words.copy_memory(), primaries=BT_2020, transfer=PQ), set()
    for processors in (1, 2, 8):
        pyvips.concurrency_set(processors)
        files.add(avif10(picture, {}, quality=60))
    assert len(files) == 1
