"""Frames are encoded to a WebP: losslessly where the source is lossless, and without unneeded key frames."""

import io

import pytest
from kit.pictures import frames_of, gradient, grain, is_same
from PIL import Image

from services.watermark.encoding import webp as encoder
from services.watermark.encoding.files import encode
from shared.messages import Animation


def webp(frames, **options):
    animation = Animation(durations_ms=(40,) * len(frames)) if len(frames) > 1 else None
    return encode(frames, "webp", quality=82, animation=animation, **options).data


def drifting(count=12):
    background = Image.merge("RGB", [grain((30, 20), 60, seed).resize((150, 100)) for seed in range(3)]).convert("RGBA")
    frames = []
    for index in range(count):
        frame = background.copy()
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


@pytest.mark.parametrize("still", [False, True], ids=["moving", "still"])
def test_opaque_rectangles_leave_the_rest_of_the_canvas_transparent(still):
    frames = []
    for index in range(3):
        frame = Image.new("RGBA", (120, 90))
        frame.paste((20, 200, 90, 255), (10, 10, 50, 60) if still else (10 + 20 * index, 10, 50 + 20 * index, 60))
        frames.append(frame)
    with Image.open(io.BytesIO(webp(frames))) as image:
        assert image.mode == "RGBA"
    seen = frames_of(webp(frames))
    assert [frame.getpixel((0, 0))[3] for frame in seen] == [0, 0, 0]
    assert [frame.getpixel((5 + 20 * index, 30))[3] for index, frame in enumerate(seen)] == (
        [0, 255, 255] if still else [0, 0, 0]
    )


def test_flat_frames_of_a_lossless_source_lose_nothing():
    frames = flat()
    assert all(map(is_same, frames_of(webp(frames, lossless=True)), frames))
    assert is_same(frames_of(webp(frames[:1], lossless=True))[0], frames[0])


def test_a_photograph_of_a_lossless_source_is_not_made_many_times_larger():
    image = Image.merge("RGB", [grain((160, 120), 60, seed) for seed in range(3)])
    assert webp([image], lossless=True) == webp([image])


def test_an_unchanged_background_is_written_once():
    frames = drifting()
    assert len(webp(frames)) < 4 * len(webp(frames[:1]))


def noisy(count, levels):
    """Frames that change everywhere; the fewer levels, the smaller without loss."""
    frames = []
    for turn in range(count):
        bands = [grain((96, 72), 60).point([each // levels * levels for each in range(256)])] * 3
        frames.append(Image.merge("RGB", bands).rotate(180 * turn % 360).convert("RGBA"))
    return frames


@pytest.fixture
def ways(monkeypatch):
    """Whether each animation of all frames was encoded losslessly, in order."""
    taken, plain = [], encoder._animated

    def noted(frames, animation, options):
        if len(frames) >= encoder._MIN_SAMPLED:
            taken.append(options.get("lossless", False))
        return plain(frames, animation, options)

    monkeypatch.setattr(encoder, "_animated", noted)
    return taken


@pytest.mark.parametrize(("levels", "way"), [(1, False), (128, True)])
def test_a_long_animation_is_encoded_only_the_way_that_sampled_frames_predict(ways, levels, way):
    frames = noisy(24, levels)
    data = webp(frames, lossless=True)
    assert ways == [way]
    assert all(map(is_same, frames_of(data), frames)) == way


def test_an_animation_whose_sample_does_not_decide_is_encoded_both_ways(ways, monkeypatch):
    monkeypatch.setattr(encoder, "_predicted_ratio", lambda *_: 1.2)
    webp(noisy(12, 16), lossless=True)
    assert sorted(ways) == [False, True]


@pytest.mark.parametrize("frames", [drifting(24), noisy(24, 1), noisy(24, 32)], ids=["drifting", "noise", "few"])
def test_the_predicted_ratio_is_near_the_actual_one(frames):
    timed = Animation(durations_ms=(40,) * len(frames))
    options = {"kmin": 0, "kmax": 0, "method": 2}
    exact, lossy = {**options, "lossless": True, "quality": 60}, {**options, "quality": 82}
    came = len(encoder._animated(frames, timed, exact)) / len(encoder._animated(frames, timed, lossy))
    assert encoder._predicted_ratio(frames, exact, lossy) == pytest.approx(came, rel=0.25)


def test_required_losslessness_needs_no_sample(ways, monkeypatch):
    monkeypatch.setattr(encoder, "_predicted_ratio", lambda *_: pytest.fail("sampled"))
    webp(noisy(12, 1), lossless=True, exact=True)
    assert ways == [True]


def test_a_short_animation_of_noise_is_not_made_many_times_larger():
    frames = noisy(4, 1)
    assert len(webp(frames, lossless=True)) < 0.8 * len(webp(frames, lossless=True, exact=True))


def test_flat_frames_of_a_lossy_source_are_written_without_loss_where_that_is_smaller():
    assert b"VP8L" in webp(flat())


@pytest.mark.parametrize("exact", [False, True])
def test_only_the_first_frame_has_unchanged_pixels(exact):
    frames = drifting(24)
    body = webp(frames, lossless=exact, exact=exact)
    parts = [part for kind, part in encoder._riff_chunks(body) if kind == b"ANMF"]
    widths = [int.from_bytes(part[6:9], "little") + 1 for part in parts]
    assert widths[0] == 150
    assert max(widths[1:]) < 150
