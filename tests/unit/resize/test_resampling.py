import pytest
from kit.pictures import gradient
from PIL import Image, ImageChops, ImageStat

from services.resize.resampling import BICUBIC_FROM, REDUCED_FROM, resample

WHOLE = (0.0, 0.0, 640.0, 480.0)


def mean_difference(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def detailed(mode="RGB"):
    """Rings that get finer outwards: what a bad filter turns into other rings."""
    waves = Image.radial_gradient("L").resize((640, 480)).point(lambda value: (value * 7) % 256)
    return Image.merge("RGB", (waves, waves.rotate(90), waves.rotate(180))).convert(mode)


@pytest.mark.parametrize(
    "size", [(600, 450), (400, 300), (300, 225), (150, 112), (64, 48), (640, 120), (100, 480), (9, 7)]
)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "CMYK"])
def test_every_gap_gives_the_size_and_nearly_what_one_lanczos_pass_gives(size, mode):
    image = gradient((640, 480)).convert(mode)
    result = resample(image, size, WHOLE)
    assert (result.size, result.mode) == (size, mode)
    assert mean_difference(result.convert("RGB"), image.resize(size, Image.Resampling.LANCZOS).convert("RGB")) < 1


@pytest.mark.parametrize("gap", [BICUBIC_FROM + 0.1, 2.5, REDUCED_FROM + 0.1, 5])
def test_fine_detail_comes_out_as_from_one_lanczos_pass(gap):
    size = (round(640 / gap), round(480 / gap))
    image = detailed()
    nearest = mean_difference(
        image.resize(size, Image.Resampling.NEAREST), image.resize(size, Image.Resampling.LANCZOS)
    )
    assert mean_difference(resample(image, size, WHOLE), image.resize(size, Image.Resampling.LANCZOS)) < nearest / 5


@pytest.mark.parametrize("box", [(80.5, 60.25, 560.5, 420.25), (0.0, 60.25, 640.0, 420.0), (80.0, 0.0, 560.0, 480.0)])
@pytest.mark.parametrize("size", [(400, 300), (240, 180), (48, 36)])
def test_a_part_is_taken_to_the_fraction_of_a_pixel(box, size):
    image = gradient((640, 480))
    expected = image.resize(size, Image.Resampling.LANCZOS, box=box)
    assert mean_difference(resample(image, size, box), expected) < 1


@pytest.mark.parametrize("side", [20, 40, 70, 90])
def test_transparent_black_leaves_no_dark_fringe_on_any_path(side):
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (30, 30, 70, 70))
    result = resample(image, (side, side), (0.0, 0.0, 100.0, 100.0))
    seen = [pixel for pixel in result.get_flattened_data() if pixel[3] > 8]
    assert any(pixel[3] < 255 for pixel in seen)
    assert min(pixel[0] for pixel in seen) >= 250
