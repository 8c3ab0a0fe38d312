"""A crop by attention keeps the part with the most detail, in every orientation of the file."""

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import gradient, grain, saved, turned
from PIL import Image, ImageChops, ImageStat

from ops.demo.scene import LIGHTS, scene
from services.resize.attention import aimed, best_share
from services.resize.downscale import SourceInfo
from services.resize.scaling import plan
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render

SUBJECT_PX = 60


def detailed(size, at):
    """A smooth picture with a chequered square whose top left corner is here."""
    image = Image.linear_gradient("L").resize(size).point(lambda value: 100 + value // 8).convert("RGB")
    for left in range(0, SUBJECT_PX, 10):
        for top in range(0, SUBJECT_PX, 10):
            colour = (230, 60, 40) if (left + top) % 20 else (20, 20, 90)
            image.paste(colour, (at[0] + left, at[1] + top, at[0] + left + 10, at[1] + top + 10))
    return image


def crop_of(image, orientation=1, box=(100, 100)):
    info = SourceInfo(
        size=image.size if orientation < 5 else image.size[::-1],
        orientation=orientation,
        icc_profile=None,
        animated=False,
    )
    return aimed(plan(info.size, box, "cover", gravity="attention"), image, info).crop


def rendered(data, box=(100, 100)):
    rendition = Rendition(name="x", width=box[0], height=box[1], fit="cover", gravity="attention")
    picture = render(data, Settings(work_bucket="w", renditions=(rendition,), limits=Limits()))
    return picture.renditions[0].frames


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "LAB"])
@pytest.mark.parametrize("start", [0, 150, 400, 650, 900 - SUBJECT_PX])
@pytest.mark.parametrize("upwards", [False, True])
def test_the_subject_is_in_the_crop_wherever_it_is(start, upwards, mode):
    image = detailed((900, 300), (start, 120))
    if upwards:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    # Pillow converts no other mode to LAB: any three bands will do.
    crop = crop_of(Image.merge("LAB", image.split()) if mode == "LAB" else image.convert(mode))
    low, high = (crop[1], crop[3]) if upwards else (crop[0], crop[2])
    assert low <= start + 1
    assert high >= start + SUBJECT_PX - 1


@pytest.mark.parametrize("start", [300, 420, 500])
def test_a_subject_with_room_around_it_is_centred(start):
    left, _, right, _ = crop_of(detailed((900, 300), (start, 120)))
    assert abs((left + right) / 2 - (start + SUBJECT_PX / 2)) < 40


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_subject_is_found_in_every_orientation(orientation):
    seen = detailed((900, 300), (700, 120))
    crop = crop_of(turned(seen, orientation), orientation)
    assert crop == pytest.approx(crop_of(seen), abs=1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    (got,) = rendered(saved(turned(seen, orientation), "PNG", exif=exif))
    (expected,) = rendered(saved(seen, "PNG"))
    assert max(ImageStat.Stat(ImageChops.difference(got, expected)).mean) < 2


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("size", [(900, 300), (300, 901), (30_000, 1), (2, 30_000)])
def test_a_uniform_picture_is_cropped_in_the_middle(size, mode):
    flat = Image.new(mode, size, 77 if mode == "L" else (77,) * len(mode))
    assert crop_of(flat) == pytest.approx(plan(size, (100, 100), "cover").crop)


def test_noise_is_cropped_near_the_middle():
    off = []
    for seed in range(9):
        noise = Image.frombytes("L", (900, 300), random.Random(seed).randbytes(900 * 300))  # noqa: S311 - no secret
        left, _, right, _ = crop_of(noise.convert("RGB"))
        off.append(abs((left + right) / 2 - 450))
    assert median(off) < 50


@pytest.mark.parametrize("scale", [1, 8], ids=["scored at full size", "scored reduced"])
def test_transparent_detail_draws_no_attention(scale):
    image = Image.new("RGBA", (90 * scale, 30 * scale), (100, 100, 100, 0))
    hidden = grain((10, 10), 120).resize((30 * scale, 30 * scale), Image.Resampling.NEAREST)
    image.paste(hidden.convert("RGB"), (0, 0))
    image.putalpha(0)
    left, right = 70 * scale, 76 * scale
    image.paste((130, 130, 130), (left, 12 * scale, right, 18 * scale))
    crop = crop_of(image)
    assert crop[0] <= left
    assert crop[2] >= right


def test_a_jpeg_decoded_at_a_fraction_is_cropped_alike():
    image = detailed((3600, 1200), (2900, 500))
    assert crop_of(image.reduce(4)) == pytest.approx([edge / 4 for edge in crop_of(image)], abs=8)
    (got,) = rendered(saved(image, "JPEG", quality=95))
    (expected,) = rendered(saved(image, "PNG"))
    assert max(ImageStat.Stat(ImageChops.difference(got, expected)).mean) < 2


def test_every_frame_of_an_animation_is_cropped_alike():
    first, other = detailed((900, 300), (700, 120)), detailed((900, 300), (40, 120))
    data = saved(first, "PNG", save_all=True, append_images=[other], duration=100)
    frames = rendered(data)
    assert len(frames) == 2
    assert max(high for _, high in frames[1].convert("RGB").getextrema()) < 160, "its chequers are not in the window"


def test_detail_beats_a_plain_bright_spot():
    image = detailed((900, 300), (700, 120))
    image.paste((255, 255, 255), (60, 140, 80, 160))
    assert crop_of(image)[2] >= 760


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("left", [60, 420, 780])
def test_a_plain_boat_is_found_on_a_rippled_lake(left, light):
    image = scene((1000, 400), light, seed=3)
    image.paste((215, 40, 35), (left, 230, left + 70, 275))
    crop = crop_of(image)
    assert crop[0] <= left
    assert crop[2] >= left + 70


def test_the_same_picture_is_always_cropped_alike():
    image = gradient((640, 200))
    assert len({crop_of(image) for _ in range(3)}) == 1


profiles = st.lists(st.floats(0, 1e6), min_size=1, max_size=120)


@given(profile=profiles, part=st.floats(0, 1))
def test_a_share_is_a_fraction_of_what_is_cropped_away(profile, part):
    assert 0 <= best_share(profile, part) <= 1


@given(cells=st.integers(1, 120), part=st.floats(0, 1))
def test_the_middle_is_taken_where_there_is_nothing_to_see(cells, part):
    assert best_share([0.0] * cells, part) == 0.5


@given(spot=st.integers(0, 99), part=st.floats(0.05, 0.95))
def test_a_mirrored_profile_gives_the_mirrored_share(spot, part):
    profile = [1.0] * 100
    profile[spot] = 50.0
    assert best_share(profile, part) == pytest.approx(1 - best_share(profile[::-1], part), abs=1e-6)


@given(spot=st.integers(0, 99), part=st.floats(0.05, 0.95))
def test_a_spot_is_always_in_the_window(spot, part):
    profile = [0.0] * 100
    profile[spot] = 1.0
    length = max(1, round(100 * part))
    start = best_share(profile, part) * (100 - length)
    assert start - 0.5 <= spot <= start + length - 0.5


@pytest.mark.parametrize(("spot", "share"), [(0, 0.0), (49, 1.0)])
def test_a_spot_at_either_end_draws_the_window_there(spot, share):
    profile = [0.0] * 50
    profile[spot] = 1.0
    assert best_share(profile, 0.3) == pytest.approx(share, abs=0.01)
