"""An HDR rendition through watermark: quality, bytes, metadata, and what is SDR beside it."""

import io
import zlib
from contextlib import nullcontext
from dataclasses import replace

import pytest
import pyvips
from kit.clocks import still
from kit.hdr import HLG, PQ, planes, ramp
from PIL import Image

from ops.preview.memory import MemoryObjects
from services.resize.formats.heif_reader import read
from services.resize.packing import pack
from services.resize.settings import Limits
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.hdr import fitting
from services.watermark.hdr.avif10 import avif10
from services.watermark.hdr.avif_container import AvifError
from services.watermark.settings import Settings, Watermark
from services.watermark.step import watermark
from shared import inline, intermediates
from shared.errors import ImageTooSlow
from shared.messages import Copyright, HdrPixels, ImageResized, Passthrough, Provenance, ResizedRendition, Source
from shared.ports import Headers

SIZE = (320, 240)
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
HDR = HdrPixels(member="a.hdr", primaries=9, transfer=PQ, max_cll=600)
RENDITION = ResizedRendition(
    name="a", member="a", width=SIZE[0], height=SIZE[1], format="avif", quality=82, watermark=False, hdr=HDR
)


def words(size=SIZE):
    return b"".join(ramp(size)[band].write_to_memory() for band in range(3))


def run(*renditions, copyright_fields=None, provenance=None, mark=None, clock=still, noise=None):
    sdr = noise or Image.linear_gradient("L").resize(SIZE).convert("RGB")
    members = {"a": pack([sdr], animated=False), "a.hdr": words()}
    objects = MemoryObjects()
    packed = intermediates.pack(members, zlib.crc32)
    objects.put("work", "key", packed, Headers(content_type="application/zip"))
    job = ImageResized(
        source=Source(
            bucket="in", key="a.avif", version_id="v", sequencer="01", size_bytes=9, uploaded_at="2026-01-01T00:00:00Z"
        ),
        intermediate_key="key",
        renditions=renditions,
        source_format="AVIF",
        source_width=SIZE[0],
        source_height=SIZE[1],
        animation=None,
        passthrough=Passthrough(),
        copyright_fields=copyright_fields,
        provenance=provenance,
        placeholder="",
    )
    settings = Settings(work_bucket="work", watermark=mark or Watermark())
    message = watermark(
        ImageResized.decode(job.encode()),
        objects=objects,
        settings=settings,
        watermarks=DrawnWatermarks(settings),
        cpu=nullcontext,
        clock=clock,
    ).message
    packed = (
        inline.file_of(message.inline) if message.inline else objects.objects["work", message.intermediate_key].body
    )
    found = intermediates.unpack(packed, tuple(each.member for each in message.renditions))
    return [found[each.member] for each in message.renditions], message


def transfer(data):
    return read(data, "AVIF", Limits()).primary.nclx.transfer


def depth(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    at = data.index(b"pixi")
    return data[at + 9]


def test_an_avif_is_hdr_and_its_formats_beside_it_are_not():
    jpeg = replace(RENDITION, format="jpeg", hdr=None)
    (avif, other), message = run(RENDITION, jpeg)
    assert (transfer(avif), depth(avif)) == (PQ, 10)
    assert read(avif, "AVIF", Limits()).primary.peak_nits == 600
    size, found = planes(avif)
    assert size == SIZE
    wanted = [ramp(SIZE)[band].write_to_memory() for band in range(3)]
    for band in range(3):
        expected = memoryview(wanted[band]).cast("H")
        assert sum(abs(a - b) for a, b in zip(found[band], expected, strict=True)) / len(expected) < 500  # 1 of 131
    assert other.startswith(b"\xff\xd8\xff")
    assert message.renditions[0].content_type == "image/avif"
    assert message.warnings == ()


def test_the_watermark_is_on_it():
    plain, marked = (run(replace(RENDITION, watermark=each))[0][0] for each in (False, True))
    (_, before), (_, after) = planes(plain), planes(marked)
    changed = [x for x, (a, b) in enumerate(zip(before[1], after[1], strict=True)) if abs(a - b) > 5_000]
    assert changed
    assert min(at // SIZE[0] for at in changed) > SIZE[1] // 2  # bottom right
    assert min(at % SIZE[0] for at in changed) > SIZE[0] // 2


def test_copyright_and_the_mark_of_ai_are_kept():
    (avif,), _ = run(
        RENDITION, copyright_fields=Copyright(copyright="Ana Lima"), provenance=Provenance(digital_source_type=AI)
    )
    with Image.open(io.BytesIO(avif)) as image:
        assert image.getexif()[0x8298] == "Ana Lima"
        assert AI.encode() in image.info["xmp"]


def test_a_higher_quality_has_more_bytes():
    sizes = [len(run(replace(RENDITION, quality=each))[0][0]) for each in (50, 82, 95)]
    assert sizes == sorted(set(sizes))
    assert len(run(replace(RENDITION, format_quality={"avif": 95}))[0][0]) > sizes[1]


def test_its_quality_is_that_of_an_sdr_avif_in_hdr(monkeypatch):
    given = []
    monkeypatch.setattr(fitting, "avif10", lambda *_, quality: given.append(quality) or avif10(*_, quality=quality))
    hlg = replace(RENDITION, hdr=replace(HDR, transfer=HLG))
    run(RENDITION)
    run(hlg)
    run(replace(RENDITION, format_quality={"avif": 68}))
    assert given == [83, 74, 68]  # the last as its encoder counts


def test_a_quality_target_settles_the_quality_by_the_sdr_picture():
    low, high = (len(run(replace(RENDITION, quality_target=each))[0][0]) for each in (50, 90))
    assert low < high


def test_max_bytes_lowers_the_quality_and_it_stays_hdr():
    (whole,), _ = run(RENDITION)
    limit = len(whole) * 9 // 10
    (fitted,), message = run(replace(RENDITION, max_bytes=limit))
    assert len(fitted) <= limit
    assert transfer(fitted) == PQ
    assert (message.renditions[0].width, message.warnings) == (SIZE[0], ())


def test_what_fits_at_no_quality_is_sdr_with_a_warning():
    (fitted,), message = run(replace(RENDITION, max_bytes=700))
    assert len(fitted) <= 700
    assert transfer(fitted) != PQ
    assert message.warnings[-1] == "a is SDR: as HDR it has more than max_bytes at the lowest quality"


def test_no_quality_below_the_lowest_is_tried(monkeypatch):
    given = []
    monkeypatch.setattr(fitting, "avif10", lambda *_, quality: given.append(quality) or avif10(*_, quality=quality))
    (whole,), _ = run(RENDITION)
    run(replace(RENDITION, max_bytes=len(whole) * 9 // 10))
    first, lowest, *others = given[1:]
    assert (first, lowest) == (83, 60)
    assert all(60 < each < 83 for each in others)
    assert len(set(others)) == len(others) <= 4


@pytest.mark.parametrize("error", [AvifError("no codes"), pyvips.Error("heifsave:\n image too large")])
def test_what_the_encoder_cannot_make_is_sdr_with_the_reason(monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(fitting, "avif10", fails)
    (made,), message = run(RENDITION)
    assert transfer(made) != PQ
    assert message.warnings[-1].startswith("a is SDR: its encoder failed (")
    assert "\n" not in message.warnings[-1]


def test_the_deadline_counts_before_each_encoding(monkeypatch):
    passed = [0.0]

    def slow(*given, **options):
        passed[0] += 1e9
        return avif10(*given, **options)

    monkeypatch.setattr(fitting, "avif10", slow)
    with pytest.raises(ImageTooSlow):
        run(replace(RENDITION, max_bytes=700), clock=lambda: passed[0])
