"""Bytes to pixels within limits."""

import io
import math
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from kit.pictures import animation, gradient, grain, noise, saved
from PIL import Image

from services.resize.downscale import upright
from services.resize.formats import png
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline, WatchedBytes
from shared.errors import HandedBack, ImageTooLarge, ImageTooSlow, UnreadableImage


def frames_of(data, limits=None):
    with opened(data, limits or Limits()) as source:
        return [(frame.image.copy(), frame.duration_ms) for frame in source.frames()]


class EndingClock:
    """A clock whose time is over after some looks at it."""

    def __init__(self, looks):
        self.looks = looks

    def __call__(self):
        self.looks -= 1
        return 0.0 if self.looks >= 0 else 1e9


@pytest.mark.parametrize("over", [ImageTooSlow, HandedBack], ids=["limits.seconds", "the function's time"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "JPEG2000", "BMP"])
def test_a_sound_image_whose_time_is_over_is_not_called_damaged(form, over):
    data = saved(noise((240, 180)), form)
    outcomes = set()
    for looks in range(1, 16):
        clock = EndingClock(looks)
        deadline = Deadline(9, clock) if over is ImageTooSlow else Deadline(math.inf, clock, 9)
        try:
            with opened(data, Limits(), deadline) as source:
                next(iter(source.frames()))
            outcomes.add(None)
        except (ImageTooSlow, HandedBack, UnreadableImage) as error:
            outcomes.add(type(error))
    assert outcomes <= {over, None}
    assert over in outcomes


@pytest.mark.parametrize(("progressive", "at_once"), [(False, True), (True, False)])
def test_a_jpeg_of_one_scan_is_decoded_from_one_read(progressive, at_once, monkeypatch):
    data = saved(noise((600, 450)), "JPEG", quality=95, progressive=progressive)
    assert len(data) > 3 * 2**16
    with opened(data, Limits()) as source:
        reads = []
        monkeypatch.setattr(
            WatchedBytes, "read", lambda file, size=-1: reads.append(size) or io.BytesIO.read(file, size)
        )
        next(iter(source.frames()))
    assert (len(reads) == 1) is at_once


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_keeps_its_frames_and_durations(form):
    frames = frames_of(animation(form))
    assert [duration for _, duration in frames] == [50, 60, 70, 80, 90]


def test_durations_of_fractional_milliseconds_add_up():
    images = [gradient().rotate(index) for index in range(30)]
    data = bytearray(saved(images[0], "PNG", save_all=True, append_images=images[1:], duration=33))
    at = data.find(b"fcTL")
    while at >= 0:  # a thirtieth of a second each, instead of 33 ms
        data[at + 24 : at + 28] = struct.pack(">HH", 1, 30)
        data[at + 30 : at + 34] = zlib.crc32(data[at : at + 30]).to_bytes(4, "big")
        at = data.find(b"fcTL", at + 1)
    durations = [duration for _, duration in frames_of(bytes(data))]
    assert (len(durations), sum(durations)) == (30, 1000)
    assert set(durations) == {33, 34}


def gif_of(size, *places):
    """A GIF of single-coloured frames, each at (left, top, right, bottom), wherever the canvas ends."""
    images = []
    for left, top, right, bottom in places:
        data = saved(Image.new("P", (right - left, bottom - top), 1), "GIF")
        at = data.index(b",", 13 + (3 << (data[10] & 7) + 1))
        images.append(b"," + struct.pack("<HH", left, top) + data[at + 5 : -1])
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"".join(images) + b";"


def test_a_frame_that_extends_beyond_the_canvas_is_clipped():
    frames = frames_of(gif_of((20, 10), (0, 0, 20, 10), (10, 5, 40, 30)))
    assert [image.size for image, _ in frames] == [(20, 10), (20, 10)]


def test_a_canvas_that_grows_by_its_frames_is_held_to_the_limits():
    data = gif_of((20, 10), (0, 0, 20, 10), (0, 0, 60, 60))
    with pytest.raises(ImageTooLarge, match=r"3,600 pixels; the limit is 3,000 \(limits.pixels\)"):
        frames_of(data, Limits(pixels=3000))
    with pytest.raises(ImageTooLarge, match=r"60 x 60 px; the limit is 7,000 pixels in all"):
        frames_of(data, Limits(frame_pixels=7000))


@pytest.mark.parametrize("pixels", [6000, 3000])
def test_a_size_that_pillow_warns_of_is_refused_like_one_that_it_refuses(pixels):
    with pytest.raises(ImageTooLarge, match=rf"6,144 pixels; the limit is {pixels:,} \(limits.pixels\)"):
        frames_of(saved(gradient(), "TIFF"), Limits(pixels=pixels))


def test_out_of_memory_in_a_frame_does_not_just_end_an_apng(monkeypatch):
    with opened(animation("PNG"), Limits()) as source:
        frames = source.frames()
        next(frames)
        monkeypatch.setattr(Image, "open", lambda *_, **__: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            next(frames)


@pytest.mark.parametrize(
    ("form", "loop", "plays"),
    [("GIF", None, 1), ("GIF", 0, 0), ("GIF", 2, 3), ("PNG", 0, 0), ("PNG", 2, 2), ("WEBP", 0, 0), ("WEBP", 2, 2)],
)
def test_plays_mean_the_same_in_every_format(form, loop, plays):
    options = {} if loop is None else {"loop": loop}
    with opened(animation(form, **options), Limits()) as source:
        assert source.plays == plays


def test_the_first_page_of_a_tiff_is_used():
    pages = saved(gradient(), "TIFF", save_all=True, append_images=[Image.new("RGB", (96, 64))])
    assert len(frames_of(pages)) == 1


def test_too_many_frames_are_refused_as_they_come():
    with pytest.raises(ImageTooLarge, match="more than 3 frames"):
        frames_of(animation("GIF"), Limits(frames=3))


def test_too_many_pixels_in_all_frames_are_refused():
    with pytest.raises(ImageTooLarge, match=r"more than 2 frames of 64 x 48 px.*6,500 pixels"):
        frames_of(animation("WEBP"), Limits(frame_pixels=6_500))


@pytest.mark.parametrize(
    ("limits", "word"), [(Limits(pixels=6143), r"limits\.pixels"), (Limits(side_px=95), r"limits\.side_px")]
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_a_large_picture_is_refused_before_it_is_decoded(form, limits, word):
    with pytest.raises(ImageTooLarge, match=word):
        frames_of(saved(gradient(), form), limits)


def test_exactly_the_limit_is_allowed():
    assert len(frames_of(saved(gradient(), "PNG"), Limits(pixels=96 * 64, side_px=96))) == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "BMP"])
def test_half_a_file_is_unreadable(form):
    data = saved(grain((300, 200), 80).convert("RGB"), form)
    with pytest.raises(UnreadableImage):
        frames_of(data[: len(data) // 2])


def test_a_png_that_fails_once_does_not_pass_the_second_time():
    data = bytearray(saved(grain((64, 64), 80), "PNG"))
    at = data.index(b"IDAT")
    data[at + 6] |= 0b110  # blocks of no known type: RFC 1951, 3.2.3
    length = int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 + length : at + 8 + length] = zlib.crc32(data[at : at + 4 + length]).to_bytes(4, "big")
    with pytest.raises(UnreadableImage):
        frames_of(bytes(data))


def test_damaged_exif_does_not_cost_the_picture():
    data = saved(gradient(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff")
    with opened(data, Limits()) as source:
        assert source.orientation == 1


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_out_of_range_is_ignored(value):
    exif = Image.Exif()
    exif[0x0112] = value
    with opened(saved(gradient(), "JPEG", exif=exif), Limits()) as source:
        assert source.orientation == 1
        assert source.size == (96, 64)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_size_is_that_of_the_upright_picture(form):
    exif = Image.Exif()
    exif[0x0112] = 6
    with opened(saved(gradient(), form, exif=exif), Limits()) as source:
        assert source.size == (64, 96)


def test_a_jpeg_is_decoded_at_a_fraction():
    with opened(saved(gradient((4000, 3000)), "JPEG"), Limits()) as source:
        source.reduce((760, 570))
        (frame,) = source.frames()
        assert frame.image.size == (1000, 750)


def test_a_jpeg_is_not_decoded_too_close_to_its_target():
    with opened(saved(gradient((4000, 3000)), "JPEG"), Limits()) as source:
        source.reduce((1000, 750))
        (frame,) = source.frames()
        assert frame.image.size == (2000, 1500)


def test_frames_of_an_apng_after_a_damaged_one_are_skipped():
    whole = animation("PNG", frames=3)
    last = whole.rindex(b"fdAT")
    damaged = whole[: last + 8] + b"\x00" * 8 + whole[last + 16 :]
    assert len(frames_of(damaged)) == 2


def test_only_the_named_decoder_is_used(monkeypatch):
    seen = []
    real = Image.open
    monkeypatch.setattr(Image, "open", lambda fp, formats: seen.append(formats) or real(fp, formats=formats))
    frames_of(saved(gradient(), "BMP"))
    assert seen == [("BMP",)]


WHOLE_CHAIN = """
import sys
from ops.cli.main import main
code = main(["preview", *sys.argv[2:], "--out", sys.argv[1]])
loaded = {name for name in sys.modules if name.startswith("PIL.") and name.endswith("ImagePlugin")}
print(*sorted(loaded), file=sys.stderr)
sys.exit(code)
"""


def test_no_other_decoder_is_even_imported(tmp_path):
    files = [Path(__file__).parents[4] / "ops" / "demo" / "data" / "lake.heic"]
    for form in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"):
        files.append(tmp_path / f"{form}-picture.{form}")
        files[-1].write_bytes(saved(gradient(), form))
    argv = [sys.executable, "-c", WHOLE_CHAIN, str(tmp_path / "out"), *map(str, files)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4])
    allowed = {
        "Avif",
        "Bmp",
        "Gif",
        "Jpeg",
        "Jpeg2K",
        "Mpo",
        "Png",
        "Ppm",
        "Tiff",
        "WebP",
    }  # Pillow itself imports five of them
    assert {name.removeprefix("PIL.").removesuffix("ImagePlugin") for name in done.stderr.split()} <= allowed


def test_the_decoder_reads_only_the_bytes_given():
    with opened(saved(gradient(), "BMP"), Limits()) as source:
        assert isinstance(source._image.fp, io.BytesIO)


def test_a_tiff_is_rotated_once_and_not_twice():
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = gradient()
    stored = saved(seen.transpose(Image.Transpose.ROTATE_90), "TIFF", exif=exif)
    with opened(stored, Limits()) as source:
        (frame,) = source.frames()
        assert upright(frame.image, source.orientation).tobytes() == seen.tobytes()


def test_a_heic_is_decoded():
    lake = Path(__file__).parents[4] / "ops" / "demo" / "data" / "lake.heic"
    with opened(lake.read_bytes(), Limits()) as source:
        (frame,) = source.frames()
        assert (source.format, source.size, frame.image.size) == ("HEIC", (480, 360), (480, 360))


def test_an_apng_without_a_good_frame_shows_its_default_image():
    frames = [gradient(), gradient().rotate(90).resize((96, 64))]
    data = saved(gradient((96, 64)), "PNG", save_all=True, append_images=frames, default_image=True, duration=50)
    first = data.index(b"fdAT")
    damaged = data[: first + 8] + b"\x00" * 8 + data[first + 16 :]
    assert len(frames_of(data)) == 2
    with opened(damaged, Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.convert("RGB").tobytes() == gradient().tobytes()


def test_a_header_with_too_many_pixels_is_refused_with_the_limit():
    data = bytearray(saved(gradient(), "PNG"))
    data[16:24] = b"\x00\x00\xff\xff" * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    with pytest.raises(ImageTooLarge, match=r"4,294,836,225 pixels; the limit is 250,000,000 \(limits.pixels\)"):
        frames_of(bytes(data))


def test_a_damaged_header_is_unreadable():
    with pytest.raises(UnreadableImage, match="ends before its first frame"):
        frames_of(b"GIF89a\x00")
    with pytest.raises(UnreadableImage, match="header is damaged"):
        frames_of(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("wrong", [MemoryError, KeyboardInterrupt])
def test_an_error_with_another_cause_is_not_blamed_on_the_bytes(monkeypatch, wrong):
    def fail(*_, **__):
        raise wrong

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(wrong), opened(saved(gradient(), "PNG"), Limits()):
        pass


@pytest.mark.parametrize("others", [1, 2])
def test_the_first_picture_of_an_mpo_is_used_with_a_warning(others):
    pictures = [gradient((64, 48)), *[Image.new("RGB", (64, 48), "red")] * others]
    with opened(saved(pictures[0], "MPO", save_all=True, append_images=pictures[1:]), Limits()) as source:
        (frame,) = source.frames()
        assert source.warnings == (f"first of {others + 1} pictures",)
        assert frame.image.getpixel((60, 4)) != (255, 0, 0)


def test_a_preview_in_an_mpo_is_not_counted_as_a_picture():
    pictures = [gradient((64, 48)), Image.new("RGB", (64, 48), "red")]
    data = bytearray(saved(pictures[0], "MPO", save_all=True, append_images=pictures[1:]))
    second = data.index(struct.pack("<HHI", 0xB002, 7, 32)) + 8
    entries = data.index(b"MPF\0") + 4 + struct.unpack_from("<I", data, second)[0]
    data[entries + 16 : entries + 20] = struct.pack("<I", 0x010001)  # a large thumbnail: CIPA DC-007, 5.2.3.3
    with opened(bytes(data), Limits()) as source:
        assert source.warnings == ()


def test_a_plain_jpeg_has_no_warning():
    with opened(saved(gradient(), "JPEG"), Limits()) as source:
        assert source.warnings == ()


def test_an_unforeseen_error_of_a_reader_is_permanent(monkeypatch):
    def broken(*_):
        raise struct.error("unpack_from requires a buffer of at least 8 bytes")

    monkeypatch.setattr(png, "open_source", broken)
    with pytest.raises(UnreadableImage, match="its data is damaged"):
        frames_of(saved(gradient(), "PNG"))


def test_a_missing_module_is_not_taken_for_damage(monkeypatch):
    def broken(*_):
        raise ModuleNotFoundError("No module named 'PIL.PngImagePlugin'")

    monkeypatch.setattr(png, "open_source", broken)
    with pytest.raises(ModuleNotFoundError):
        frames_of(saved(gradient(), "PNG"))
