"""What libavif leaves out of 10 bits, against libheif, which rounds; where it rounds too, avif_rounding.py can go."""

import io

import pytest
import pyvips
from kit.hdr import BT_2020, PQ, hdr_avif
from PIL import Image, ImageStat

from services.resize.formats.avif_rounding import missing
from services.resize.formats.heif_facts import Nclx
from services.resize.formats.opener import opened
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from services.watermark.hdr import avif_container

FULL = 1023 << 6


def noisy(mean=32_000):
    """Mid tones whose lower bits are as often one value as another."""
    bands = [pyvips.Image.gaussnoise(256, 256, mean=mean, sigma=1_500, seed=seed) for seed in (1, 2, 3)]
    return bands[0].bandjoin(bands[1:]).cast("ushort").copy(interpretation="rgb16")


def as_if(data, matrix, *, full):
    """The same samples with another matrix and range, in the boxes and in the AV1 data."""
    at = data.index(b"nclx") + 8
    data = data[:at] + matrix.to_bytes(2, "big") + bytes([0x80 * full]) + data[at + 3 :]
    start, end = avif_container._sequence_header(picture := data[data.index(b"mdat") + 4 :])
    bits = "".join(f"{byte:08b}" for byte in picture[start:end])
    codes = "".join(f"{code:08b}" for code in (BT_2020, PQ, 6))
    at = bits.index(codes) + 16
    bits = bits[:at] + f"{matrix:08b}{full:b}" + bits[at + 9 :]
    header = bytes(int(bits[each : each + 8], 2) for each in range(0, len(bits), 8))
    before = len(data) - len(picture)
    return data[: before + start] + header + data[before + end :]


def off(data):
    """By how many levels of 255 Pillow's mean of each channel is off."""
    ten = pyvips.Image.new_from_buffer(data, "")
    with Image.open(io.BytesIO(data)) as image:
        eight = ImageStat.Stat(image.convert("RGB")).mean
    return [mean - ten[band].avg() / FULL * 255 for band, mean in enumerate(eight)]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_it_is_what_the_decoder_leaves_out(matrix, full):
    data = as_if(hdr_avif(noisy(), quality=100), matrix, full=full)
    with opened(data, Limits()) as source:
        more = source.encoding.missing
    assert more == missing(10, Nclx(primaries=BT_2020, transfer=PQ, matrix=matrix, full_range=full))
    without = off(data)
    assert abs(without[1] - (without[0] + without[2]) / 2) > 0.7  # green
    assert [each + 255 * share for each, share in zip(without, more, strict=True)] == pytest.approx([0] * 3, abs=0.25)


@pytest.mark.parametrize(("bits", "matrix"), [(8, 9), (10, 0), (10, 12), (8, 6)])
def test_where_it_rounds_nothing_is_added(bits, matrix):
    assert missing(bits, Nclx(primaries=9, transfer=16, matrix=matrix, full_range=True)) == (0, 0, 0)


def test_twelve_bits_lack_more():
    ten, twelve = (missing(bits, Nclx(primaries=9, transfer=16, matrix=9, full_range=False)) for bits in (10, 12))
    assert twelve[0] > ten[0] > 0
    assert twelve[2] > ten[2] > 0


def test_a_grey_sky_in_pq_is_grey():
    """At 203 cd/m2: a level of PQ is three of sRGB there."""
    sky = noisy(38_000)
    grey = sky[0] * 0.34 + sky[1] * 0.33 + sky[2] * 0.33
    words = (sky * 0.3 + grey * 0.7).cast("ushort").copy(interpretation="rgb16")
    settings = Settings(work_bucket="w", renditions=(Rendition(name="x", width=64, height=64, format="jpeg"),))
    made = render(hdr_avif(words, quality=100), settings).renditions[0].frames[0]
    red, green, blue = ImageStat.Stat(made).mean
    assert abs(green - (red + blue) / 2) < 1
