"""Frames are encoded to an animated file and read back."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.pictures import gradient, grain
from PIL import Image, ImageChops, ImageStat

from services.watermark.encoding.files import encode
from shared.messages import Animation

RED, BLUE, CLEAR, PAPER = (200, 30, 30, 255), (20, 40, 220, 255), (0, 0, 0, 0), (240, 230, 210, 255)
FORMS = ("gif", "png", "webp", "avif")


def played(data):
    """Every frame as it is shown, the durations, and Pillow's loop."""
    with Image.open(io.BytesIO(data)) as image:
        frames, durations = [], []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            frames.append(image.convert("RGBA"))
            durations.append(round(image.info.get("duration", 0)))
        return frames, tuple(durations), image.info.get("loop")


def on_grey(frame):
    return Image.alpha_composite(Image.new("RGBA", frame.size, (99, 99, 99, 255)), frame).convert("RGB")


def difference(one, other):
    """The mean difference of two pictures as they are shown, in levels of 255."""
    return max(ImageStat.Stat(ImageChops.difference(on_grey(one), on_grey(other))).mean)


def encoded(frames, form, durations=None, plays=0):
    durations = durations or (40,) * len(frames)
    return encode(frames, form, quality=90, animation=Animation(durations_ms=durations, plays=plays))


@st.composite
def animations(draw):
    """Up to six frames: each is the previous one with up to two boxes drawn or cleared, or starts empty."""
    size = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    background = draw(st.sampled_from([CLEAR, PAPER]))
    frames = [Image.new("RGBA", size, background)]
    for _ in range(draw(st.integers(1, 5))):
        frame = frames[-1].copy() if draw(st.booleans()) else frames[0].copy()
        for colour in draw(st.lists(st.sampled_from([RED, BLUE, background]), max_size=2)):
            left, top = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
            right, bottom = draw(st.integers(left + 1, size[0])), draw(st.integers(top + 1, size[1]))
            frame.paste(colour, (left, top, right, bottom))
        frames.append(frame)
    durations = draw(st.tuples(*[st.sampled_from([0, 10, 20, 70, 5000]) for _ in frames]))
    return frames, durations


@pytest.mark.parametrize("form", ["gif", "png", "webp"])
@given(animation=animations())
@settings(max_examples=60, deadline=None)
def test_every_frame_is_kept_with_its_duration(form, animation):
    frames, durations = animation
    result = encoded(frames, form, durations)
    seen, shown, _ = played(result.data)
    assert result.frames == len(seen) == len(frames)
    assert shown == durations


@pytest.mark.parametrize("form", ["gif", "png"])
@given(animation=animations())
@settings(max_examples=60, deadline=None)
def test_frames_look_as_they_were_given(form, animation):
    frames, durations = animation
    seen, _, _ = played(encoded(frames, form, durations).data)
    assert max(map(difference, seen, frames)) < 2


def tall(frame):
    return frame.resize((80, 64), Image.Resampling.NEAREST)


@given(animation=animations())
@settings(max_examples=30, deadline=None)
def test_a_webp_looks_as_given_except_for_its_quality(animation):
    frames = [tall(frame) for frame in animation[0]]
    seen, _, _ = played(encoded(frames, "webp").data)
    still = [played(encode([frame], "webp", quality=90, animation=None).data)[0][0] for frame in frames]
    for got, alone, wanted in zip(seen, still, frames, strict=True):
        assert difference(got, wanted) < difference(alone, wanted) + 4


@pytest.mark.parametrize("form", FORMS)
def test_equal_frames_are_all_kept(form):
    frames = [gradient(mode="RGBA") for _ in range(4)]
    seen, shown, _ = played(encoded(frames, form, (10, 20, 30, 70_000)).data)
    assert len(seen) == 4
    assert shown == (10, 20, 30, 70_000)
    assert max(difference(frame, seen[0]) for frame in seen) < 1


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("form", FORMS)
def test_frames_of_any_mode_are_accepted(form, mode):
    frames = [gradient(mode=mode), gradient(mode=mode).transpose(Image.Transpose.ROTATE_180)]
    seen, _, _ = played(encoded(frames, form).data)
    limit = 20 if (form, mode) == ("gif", "RGBA") else 8  # a GIF's alpha is on or off
    assert max(map(difference, seen, [frame.convert("RGBA") for frame in frames])) < limit


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_cleared_pixels_leave_no_trail_even_where_a_frame_repeats(form):
    first, last = (Image.new("RGBA", (60, 20), CLEAR) for _ in range(2))
    first.paste(RED, (0, 0, 20, 20))
    last.paste(RED, (40, 0, 60, 20))
    seen, _, _ = played(encoded([first, first, first, last, last], form).data)
    assert [frame.getpixel((5, 5))[3] for frame in seen] == [255, 255, 255, 0, 0]
    assert [frame.getpixel((50, 5))[3] for frame in seen] == [0, 0, 0, 255, 255]


@pytest.mark.parametrize(
    ("form", "plays", "loop"),
    [("gif", 70_000, 65_535), ("webp", 70_000, 65_535), ("png", 70_000, 70_000), ("gif", 1, None), ("gif", 2, 1)],
)
def test_plays_are_capped_at_the_maximum_of_the_format(form, plays, loop):
    frames = [gradient(), gradient().rotate(180)]
    assert played(encoded(frames, form, plays=plays).data)[2] == loop


@pytest.mark.parametrize("form", ["gif", "png", "webp"])
def test_an_hour_per_frame_is_capped_at_the_maximum_of_the_format(form):
    frames = [gradient(), gradient().rotate(180)]
    longest = {"gif": 655_350, "png": 3_600_000, "webp": 3_600_000}
    assert played(encoded(frames, form, (3_600_000, 40)).data)[1] == (longest[form], 40)


def test_durations_between_a_gif_s_hundredths_add_up():
    frames = [gradient().rotate(90 * index) for index in range(12)]
    _, shown, _ = played(encoded(frames, "gif", (33,) * 12).data)
    assert sum(shown) == 400
    assert set(shown) <= {30, 40}


def test_an_unchanged_background_is_written_once():
    frames = []
    for index in range(10):
        frame = grain((200, 150), 90).convert("RGBA") if not frames else frames[0].copy()
        frame.paste(RED, (index * 15, 0, index * 15 + 10, 10))
        frames.append(frame)
    for form in ("gif", "png"):
        assert len(encoded(frames, form).data) < 2 * len(encode(frames[:1], form, quality=90, animation=None).data)
