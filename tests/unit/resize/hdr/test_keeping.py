"""HDR pixels show the same part of the picture as their rendition, and what loses them says why."""

import itertools
import struct
import sys
from dataclasses import replace

import pytest
from kit.hdr import BT_2020, HLG, HLG_HEIC, P3, PQ, hdr_avif, hdr_png, ramp
from kit.pictures import gradient, saved
from kit.resize_step import uploaded
from PIL import Image

from services.resize.faces import DetectedFaces
from services.resize.formats.opener import opened
from services.resize.hdr import keeping
from services.resize.settings import INPUT_FORMATS, ImageSet, Limits, Rendition, Settings
from services.resize.step import render
from shared import intermediates
from shared.deadline import Deadline
from shared.errors import EncoderMissing, ImageTooSlow
from shared.hdr_signals import Signals

WHOLE = Rendition(name="whole", width=48, height=48, format="avif")
CROPPED = Rendition(name="cropped", width=30, height=16, fit="cover", gravity="south-east", format="avif")
PADDED = Rendition(name="padded", width=48, height=48, fit="contain", background="#3366cc", format="avif")
JPEG = Rendition(name="jpeg", width=48, height=48, format="jpeg")
KEEP = Settings(work_bucket="work", hdr="keep", extras=("avif10",), renditions=(WHOLE, CROPPED, PADDED, JPEG))
PRIMARIES = "its primaries are not those of BT.2020, Display P3 or sRGB, or it is grey in limited range"
LOST = "HDR (PQ) was tone-mapped to SDR: "


def kept(data, settings=KEEP, **options):
    picture = render(data, settings, **options)
    return picture, {each.rendition.name: each.hdr for each in picture.renditions}


def at(found, page, x, y):
    """Red, green and blue of one pixel."""
    width, height = page.frames[0].size
    place = 2 * (y * width + x)
    return tuple(struct.unpack_from("<H", found.words, plane * 2 * width * height + place)[0] for plane in range(3))


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (hdr_avif(quality=100), (BT_2020, PQ, None)),
        (hdr_avif(quality=100, transfer=HLG, primaries=P3), (P3, HLG, None)),
        (hdr_avif(quality=100, max_cll=703), (BT_2020, PQ, 703)),
        (hdr_avif(quality=100, max_cll=1000), (BT_2020, PQ, 1000)),
        (hdr_png(), (BT_2020, PQ, None)),
    ],
)
def test_each_rendition_as_avif_has_its_part_of_the_picture(data, codes):
    picture, found = kept(data)
    pages = {each.rendition.name: each for each in picture.renditions}
    assert found["jpeg"] is None
    for name in ("whole", "cropped", "padded"):
        hdr, size = found[name], pages[name].frames[0].size
        assert (hdr.primaries, hdr.transfer, hdr.max_cll) == codes
        assert len(hdr.words) == 6 * size[0] * size[1]
    assert picture.warnings == ()
    assert at(found["whole"], pages["whole"], 24, 16) == pytest.approx((30_000, 30_000, 20_000), abs=900)
    # 96 x 64 px: the largest window of its shape is 96 x 51, at the bottom.
    assert at(found["cropped"], pages["cropped"], 15, 0) == pytest.approx((31_000, 13_600, 20_000), abs=1_500)
    ground = Signals(primaries=codes[0], transfer=codes[1]).of_colour((0x33, 0x66, 0xCC))
    assert at(found["padded"], pages["padded"], 5, 2) == ground
    assert at(found["padded"], pages["padded"], 24, 24) == pytest.approx((30_000, 30_000, 20_000), abs=900)


def test_a_heic_becomes_avif():
    picture, found = kept(HLG_HEIC)
    assert (found["whole"].primaries, found["whole"].transfer) == (BT_2020, HLG)
    assert picture.warnings == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_as_the_picture_is(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture, found = kept(hdr_png(exif=exif.tobytes().removeprefix(b"Exif\0\0")))
    page = picture.renditions[0]
    shown = page.frames[0].convert("RGB")
    width, height = shown.size
    for x, y in itertools.product((4, width - 5), (4, height - 5)):
        red, green, _ = at(found["whole"], page, x, y)
        dark = shown.getpixel((x, y))
        assert (red > 30_000) == (dark[0] > 90), (x, y)
        assert (green > 30_000) == (dark[1] > 90), (x, y)


def test_all_widths_of_a_set_as_avif_have_them_once():
    settings = replace(KEEP, renditions=(), sets=(ImageSet(name="s", widths=(32, 64), formats=("avif", "webp")),))
    result, objects = uploaded(hdr_png(), settings=settings)
    message = result.message
    assert [(each.format, each.hdr is not None) for each in message.renditions] == [
        ("avif", True),
        ("webp", False),
    ] * 2
    members = dict.fromkeys(each.hdr.member for each in message.renditions if each.hdr)
    packed = intermediates.unpack(objects.objects["work", message.intermediate_key].body, tuple(members))
    assert [len(packed[name]) for name in members] == [6 * 32 * 21, 6 * 64 * 43]


def test_sharpening_makes_the_steps_larger():
    step = (ramp()[0] * 0 + 20_000).cast("ushort").embed(0, 0, 96, 64).bandjoin([])
    half = step.insert((step * 0 + 40_000).cast("ushort").crop(0, 0, 48, 64), 0, 0).cast("ushort")
    data = hdr_png(half.bandjoin([half, half]).copy(interpretation="rgb16"))
    plain, sharp = (
        kept(data, replace(KEEP, renditions=(replace(WHOLE, width=96, height=96, sharpen=each),))) for each in (0, 100)
    )
    (before, after) = (at(found["whole"], picture.renditions[0], 47, 30)[0] for picture, found in (plain, sharp))
    assert before == 40_000
    assert after > 44_000
    assert at(sharp[1]["whole"], sharp[0].renditions[0], 10, 30) == (40_000,) * 3


def transparent():
    words = ramp()
    with_alpha = words.bandjoin((words[0] * 0 + 30_000).cast("ushort")).copy(interpretation="rgb16")
    return hdr_png(with_alpha)


def eight_bits():
    png, donor = saved(gradient(), "PNG"), hdr_png()
    start = donor.index(b"cICP") - 4
    return png[:33] + donor[start : start + 16] + png[33:]


@pytest.mark.parametrize(
    ("data", "renditions", "reason"),
    [
        (hdr_avif(), (JPEG,), "hdr: keep keeps it in outputs whose format is avif"),
        (hdr_avif(), (replace(WHOLE, format="smallest"),), "hdr: keep keeps it in outputs whose format is avif"),
        (transparent(), (WHOLE,), "parts of whole are transparent"),
        (hdr_png(), (replace(PADDED, background="transparent"),), "parts of padded are transparent"),
        (eight_bits(), (WHOLE,), "it has 8 bits"),
        (hdr_avif(primaries=2), (WHOLE,), PRIMARIES),
        (hdr_png(primaries=11), (WHOLE,), PRIMARIES),
    ],
)
def test_what_is_sdr_after_all_says_why(data, renditions, reason):
    picture, found = kept(data, replace(KEEP, renditions=renditions))
    assert set(found.values()) == {None}
    assert picture.warnings == (LOST + reason,)


def test_a_picture_that_takes_too_much_memory_is_sdr(monkeypatch):
    monkeypatch.setitem(keeping._BYTES, "PNG", 200_000)
    picture, found = kept(hdr_png())
    assert found["whole"] is None
    reason = "at 10 bits it takes 1,171 MB, and the limit is 1,000 MB (limits.memory_mb)"
    assert picture.warnings == (LOST + reason,)


def test_an_output_of_too_many_pixels_is_sdr_and_the_others_are_not(monkeypatch):
    monkeypatch.setattr(keeping, "_MAX_OUTPUT_PX", 32 * 48)
    picture, found = kept(hdr_png())
    assert [name for name, hdr in found.items() if hdr] == ["whole", "cropped"]
    assert picture.warnings == (LOST + "padded has more than 1,536 pixels",)


@pytest.mark.parametrize("word", [8_000, 20_000, 38_000, 52_000])
def test_padding_by_the_edges_continues_the_picture(word):
    flat = (ramp() * 0 + word).cast("ushort").copy(interpretation="rgb16")
    rendition = replace(PADDED, background="auto")
    picture, found = kept(hdr_png(flat), replace(KEEP, renditions=(rendition,)))
    page = picture.renditions[0]
    assert at(found["padded"], page, 24, 2) == at(found["padded"], page, 24, 24) == (word,) * 3


def test_a_large_source_is_averaged_before_it_is_resized():
    """As SDR is; the same picture as by one resize of all its pixels, but faster."""
    data = hdr_png(ramp((1200, 800)))
    picture, found = kept(data, replace(KEEP, renditions=(replace(WHOLE, width=75, height=75),)))
    page = picture.renditions[0]
    for x, y in ((0, 0), (37, 25), (74, 49)):
        red, green, _ = at(found["whole"], page, x, y)
        assert red == pytest.approx(60_000 * (x + 0.5) / 75, abs=120)
        assert green == pytest.approx(60_000 * (y + 0.5) / 50, abs=120)


def test_hidden_faces_stay_hidden():
    faces = DetectedFaces(boxes=((0.1, 0.1, 0.5, 0.5),), mode="blur")
    picture, found = kept(hdr_png(), faces=faces)
    assert set(found.values()) == {None}
    assert picture.warnings == (LOST + "its faces are hidden",)


def test_without_the_extra_the_warning_names_it():
    picture, found = kept(hdr_avif(), replace(KEEP, extras=()))
    assert set(found.values()) == {None}
    assert picture.warnings == (LOST + "hdr: keep keeps it in AVIF outputs, with `extras: [avif10]`",)


@pytest.mark.parametrize("data", [saved(gradient(), "PNG"), saved(gradient(), "AVIF"), saved(gradient(), "JPEG")])
def test_an_sdr_picture_is_as_ever(data):
    picture, found = kept(data)
    assert set(found.values()) == {None}
    assert picture.warnings == ()
    plain = render(data, replace(KEEP, hdr="sdr"))
    assert [each.frames[0].tobytes() for each in picture.renditions] == [
        each.frames[0].tobytes() for each in plain.renditions
    ]


def test_the_sdr_renditions_are_those_without_hdr():
    picture, plain = (render(hdr_png(), replace(KEEP, hdr=each)) for each in ("keep", "sdr"))
    assert [each.frames[0].tobytes() for each in picture.renditions] == [
        each.frames[0].tobytes() for each in plain.renditions
    ]


def test_pixels_of_another_size_are_not_used(monkeypatch):
    monkeypatch.setattr(keeping, "picture_of", lambda *_: ramp((10, 10)))
    picture, _ = kept(hdr_png())
    assert picture.warnings == (LOST + "at 10 bits it decodes to 10 x 10 px, not 96 x 64",)


def test_the_deadline_counts_before_each_rendition(monkeypatch):
    passed = [0.0]
    real = keeping.picture_of

    def slow(*given):
        passed[0] += 100
        return real(*given)

    monkeypatch.setattr(keeping, "picture_of", slow)
    with pytest.raises(ImageTooSlow):
        render(hdr_png(), KEEP, Deadline(30, lambda: passed[0]))


def test_a_zip_without_the_library_fails_the_image(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(EncoderMissing, match="build the zips of resize and watermark"):
        render(hdr_png(), KEEP)


def test_the_extra_is_no_format_of_uploads():
    settings = Settings.from_env({"WORK_BUCKET": "w", "EXTRAS": '["avif10"]'})
    assert settings.formats == INPUT_FORMATS
    assert settings.extras == ("avif10",)
    with opened(hdr_avif(), Limits(), formats=settings.formats) as source:
        assert source.encoding.hdr == "PQ"
