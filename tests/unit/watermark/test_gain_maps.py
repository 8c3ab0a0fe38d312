"""An HDR JPEG through resize and watermark: its JPEG outputs are HDR, and releases that do not know it make SDR."""

import io
import json
from contextlib import nullcontext
from dataclasses import replace

import pytest
from kit.clocks import still
from kit.gain_maps import PIXEL, elements, ultra_hdr
from kit.icc import DISPLAY_P3, matrix_profile
from kit.pictures import gradient, noise
from kit.resize_step import uploaded
from PIL import Image

from services.resize.gain_map.finding import gain_map_of
from services.resize.settings import ImageSet, Rendition
from services.resize.settings import Settings as ResizeSettings
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.encoding.files import encode
from services.watermark.gain_maps import added, members_of, reserved_bytes
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared import inline, intermediates
from shared.messages import Copyright, ImageResized

MARKED = Rendition(name="marked", width=400, height=400)
PLAIN = Rendition(name="plain", width=400, height=400, watermark=False)
P3 = matrix_profile(DISPLAY_P3)


def grey():
    return ultra_hdr(gradient((800, 600)), gradient((400, 300), "L"))


def coloured(picture=None):
    given = elements(PIXEL | {"GainMapMax": ("1", "2", "3")})
    return ultra_hdr(
        picture or Image.new("RGB", (800, 600), (250, 20, 20)), gradient((400, 300)), given, icc_profile=P3
    )


def resized(data, *, hdr="keep", renditions=(MARKED, PLAIN), sets=()):
    settings = ResizeSettings(work_bucket="work", renditions=renditions, sets=sets, hdr=hdr)
    result, objects = uploaded(data, settings=settings)
    return result.message.encode(), objects


def files(body, objects):
    settings = Settings(work_bucket="work")
    message = watermark(
        ImageResized.decode(body),
        objects=objects,
        settings=settings,
        watermarks=DrawnWatermarks(settings),
        cpu=nullcontext,
        clock=still,
    ).message
    packed = objects.objects["work", message.intermediate_key].body if not message.inline else b""
    packed = packed or inline.file_of(message.inline)
    members = intermediates.unpack(packed, tuple(each.member for each in message.renditions))
    assert len(members) == len(message.renditions)
    assert [len(members[each.member]) for each in message.renditions] == [
        each.size_bytes for each in message.renditions
    ]
    return {(each.name, each.format): members[each.member] for each in message.renditions}


def unaware(body):
    """The message as a release reads it that knows no gain map."""
    message = json.loads(body)
    for each in message["renditions"]:
        del each["gain_map"]
    return json.dumps(message)


def test_a_jpeg_keeps_its_gain_map_and_the_watermark_is_on_the_picture_alone():
    found = files(*resized(grey()))
    gain_maps = {name: gain_map_of(data) for (name, _), data in found.items()}
    assert gain_maps["marked"].file == gain_maps["plain"].file
    assert gain_maps["plain"].values == gain_map_of(grey()).values
    assert Image.open(io.BytesIO(gain_maps["plain"].file)).size == (200, 150)
    one, other = (Image.open(io.BytesIO(data)).tobytes() for data in found.values())
    assert one != other


@pytest.mark.parametrize("source", [grey, coloured])
def test_a_release_that_knows_no_gain_map_makes_what_sdr_makes(source):
    body, objects = resized(source())
    assert files(unaware(body), objects) == files(*resized(source(), hdr="sdr"))


def test_the_picture_is_that_of_sdr_to_the_last_pixel():
    hdr, sdr = files(*resized(grey())), files(*resized(grey(), hdr="sdr"))
    assert gain_map_of(sdr["marked", "jpeg"]) is None
    for name, data in hdr.items():
        assert Image.open(io.BytesIO(data)).tobytes() == Image.open(io.BytesIO(sdr[name])).tobytes()


def test_colours_of_a_wide_gamut_are_in_jpegs_alone():
    wide = ImageSet(name="hero", widths=(200,), formats=("webp", "jpeg"), watermark=False)
    found = files(*resized(coloured(), sets=(wide,)))
    jpeg, webp = (Image.open(io.BytesIO(found["hero-200", form])) for form in ("jpeg", "webp"))
    assert jpeg.info["icc_profile"] == P3
    assert jpeg.getpixel((9, 9)) == pytest.approx((250, 20, 20), abs=4)
    assert webp.info.get("icc_profile") is None
    assert webp.convert("RGB").getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=4)
    assert gain_map_of(found["hero-200", "jpeg"]).has_colours


def test_another_hdr_setting_is_another_intermediate_object():
    keys = {json.loads(resized(grey(), hdr=hdr)[0])["intermediate_key"] for hdr in ("sdr", "keep")}
    assert len(keys) == 2


@pytest.mark.parametrize("source", [grey, lambda: coloured(noise((800, 600)))], ids=["grey", "coloured"])
def test_a_gain_map_counts_for_max_bytes(source):
    whole = files(*resized(source()))["plain", "jpeg"]
    limit = len(whole) - 200
    within = files(*resized(source(), renditions=(replace(PLAIN, max_bytes=limit),)))["plain", "jpeg"]
    assert len(within) <= limit
    assert gain_map_of(within).file == gain_map_of(whole).file


def test_a_rendition_without_room_for_a_gain_map_is_sdr():
    small = replace(PLAIN, max_bytes=5_000)
    body, objects = resized(grey(), renditions=(small, MARKED))
    found = files(body, objects)
    assert gain_map_of(found["plain", "jpeg"]) is None
    assert gain_map_of(found["marked", "jpeg"]) is not None
    assert json.loads(body)["warnings"] == ["HDR gain map ignored: plain has no room for it in max_bytes"]
    assert files(*resized(grey(), hdr="sdr", renditions=(small,)))["plain", "jpeg"] == found["plain", "jpeg"]


def test_the_smallest_of_some_formats_is_sdr():
    smallest = replace(PLAIN, format="smallest", candidates=("jpeg", "webp"))
    body, objects = resized(coloured(), renditions=(smallest,))
    assert files(body, objects) == files(*resized(coloured(), hdr="sdr", renditions=(smallest,)))


def test_what_a_gain_map_adds_is_never_more_than_is_reserved():
    body, objects = resized(coloured())
    message = ImageResized.decode(body)
    packed = objects.objects["work", message.intermediate_key].body
    for each in message.renditions:
        members = intermediates.unpack(packed, tuple(members_of(each)))
        image = Image.new("RGB", (8, 8))
        for fields in (None, Copyright(artist="Ada")):
            encoded = encode([image], "jpeg", quality=82, animation=None, copyright_fields=fields)
            more = len(added(encoded, each, members)) - len(encoded.data)
            assert 0 < reserved_bytes(each, members) - more < 400
