"""Pixels are encoded to the final file."""

import io

import pytest
from kit.pictures import gradient, grain, saved
from PIL import Image, ImageChops

from services.watermark.encoding import files
from services.watermark.encoding.files import CONTENT_TYPES, encode
from shared.messages import Animation


def moving(count=4, mode="RGBA"):
    frames = []
    for index in range(count):
        frame = gradient((80, 60), "RGBA" if mode == "RGBA" else "RGB").convert("RGBA")
        frame.paste((0, 0, 255, 255), (index * 12, 10, index * 12 + 12, 30))
        frames.append(frame)
    return frames


def opened(encoded):
    return Image.open(io.BytesIO(encoded.data))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("form", CONTENT_TYPES)
def test_every_format_takes_every_mode(form, mode):
    encoded = encode([gradient(mode=mode)], form, quality=82, animation=None)
    with opened(encoded) as image:
        image.load()
        assert image.format.lower() == form
        assert image.size == (96, 64)
        assert Image.MIME[image.format] == encoded.content_type
    assert encoded.frames == 1


@pytest.mark.parametrize("form", ["png", "gif", "webp", "avif"])
def test_an_animation_keeps_frames_and_durations(form):
    durations = (40, 50, 60, 400)
    encoded = encode(moving(), form, quality=82, animation=Animation(durations_ms=durations, plays=0))
    assert encoded.frames == 4
    with opened(encoded) as image:
        seen = []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            seen.append(round(image.info["duration"]))
    assert tuple(seen) == durations


@pytest.mark.parametrize(
    ("form", "plays", "loop"),
    [("gif", 0, 0), ("gif", 1, None), ("gif", 3, 2), ("webp", 0, 0), ("webp", 3, 3), ("png", 3, 3)],
)
def test_an_animation_plays_as_often_as_it_did(form, plays, loop):
    encoded = encode(moving(), form, quality=82, animation=Animation(durations_ms=(50,) * 4, plays=plays))
    with opened(encoded) as image:
        assert image.info.get("loop") == loop


def test_a_gif_keeps_its_transparency():
    frame = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    frame.paste((200, 30, 30, 255), (10, 10, 30, 30))
    with opened(encode([frame], "gif", quality=82, animation=None)) as image:
        result = image.convert("RGBA")
    assert result.getpixel((0, 0))[3] == 0
    assert result.getpixel((20, 20)) == (200, 30, 30, 255)


def test_a_moving_transparent_gif_leaves_no_trail():
    frames = []
    for index in range(3):
        frame = Image.new("RGBA", (60, 20), (0, 0, 0, 0))
        frame.paste((200, 30, 30, 255), (index * 20, 0, index * 20 + 20, 20))
        frames.append(frame)
    encoded = encode(frames, "gif", quality=82, animation=Animation(durations_ms=(50, 50, 50)))
    with opened(encoded) as image:
        image.seek(2)
        last = image.convert("RGBA")
    assert last.getpixel((5, 5))[3] == 0
    assert last.getpixel((50, 5))[3] == 255


def test_a_jpeg_has_a_white_background():
    frame = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    with opened(encode([frame], "jpeg", quality=95, animation=None)) as image:
        assert min(image.getpixel((8, 8))) > 250


def test_a_png_loses_nothing():
    frame = gradient(mode="RGBA")
    with opened(encode([frame], "png", quality=1, animation=None)) as image:
        assert ImageChops.difference(image, frame).getbbox(alpha_only=False) is None


def test_lower_quality_is_smaller():
    frame = grain((200, 200), 60).convert("RGB")
    for form in ("jpeg", "webp", "avif"):
        low, high = (len(encode([frame], form, quality=each, animation=None).data) for each in (30, 90))
        assert low < high


@pytest.mark.parametrize(("limit", "optimized"), [(96 * 64, True), (96 * 64 - 1, False)])
def test_a_jpeg_has_tables_of_its_own_unless_it_is_large(monkeypatch, limit, optimized):
    monkeypatch.setattr(files, "_MAX_OPTIMIZED_PX", limit)
    plain, own = (saved(gradient(), "JPEG", quality=80, optimize=each) for each in (False, True))
    assert len(own) < len(plain)
    encoded = encode([gradient()], "jpeg", quality=80, animation=None)
    assert encoded.data == (own if optimized else plain)
