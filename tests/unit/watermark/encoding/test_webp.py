"""Frames to a WebP: without loss where the source is, without key frames that nobody needs."""

import io

import pytest
from pictures import gradient
from PIL import Image, ImageChops

from services.watermark.encoding.files import encode
from shared.messages import Animation


def webp(frames, **options):
    animation = Animation(durations_ms=(40,) * len(frames)) if len(frames) > 1 else None
    return encode(frames, "webp", quality=82, animation=animation, **options).data


def frames_of(data):
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            frames.append(image.convert("RGBA"))
        return frames


def is_same(one, other):
    return ImageChops.difference(one.convert("RGBa"), other.convert("RGBa")).getbbox(alpha_only=False) is None


def drifting(count=12):
    ground = Image.merge("RGB", [Image.effect_noise((30, 20), 60).resize((150, 100)) for _ in range(3)]).convert("RGBA")
    frames = []
    for index in range(count):
        frame = ground.copy()
        frame.paste((250, 250, 250, 255), (5 + index * 8, 40, 25 + index * 8, 60))
        frames.append(frame)
    return frames


def flat(count=4):
    frames = []
    for index in range(count):
        frame = Image.new("RGBA", (120, 90), (20, 60, 120, 255))
        frame.paste((250, 200, 30, 255), (index * 20, 10, index * 20 + 17, 70))
        frames.append(frame)
    return frames


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_still_that_must_be_lossless_is(mode):
    image = gradient((200, 150), mode)
    assert is_same(frames_of(webp([image], lossless=True, exact=True))[0], image.convert("RGBA"))


@pytest.mark.parametrize("frames", [drifting(), flat()], ids=["drifting", "flat"])
def test_an_animation_that_must_be_lossless_is(frames):
    seen = frames_of(webp(frames, lossless=True, exact=True))
    assert len(seen) == len(frames)
    assert all(map(is_same, seen, frames))


def test_flat_frames_of_a_lossless_source_lose_nothing():
    frames = flat()
    assert all(map(is_same, frames_of(webp(frames, lossless=True)), frames))
    assert is_same(frames_of(webp(frames[:1], lossless=True))[0], frames[0])


def test_a_photograph_of_a_lossless_source_is_not_made_many_times_larger():
    image = Image.merge("RGB", [Image.effect_noise((160, 120), 60) for _ in range(3)])
    assert webp([image], lossless=True) == webp([image])


def test_a_ground_that_stands_still_is_written_once():
    frames = drifting()
    assert len(webp(frames)) < 4 * len(webp(frames[:1]))
