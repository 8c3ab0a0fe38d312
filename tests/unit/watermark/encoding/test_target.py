"""The quality at which a picture reaches a score: which one a search finds, and at what cost."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import decoded, drawing, photograph
from PIL import Image

from services.watermark.encoding import target as searching
from services.watermark.encoding.files import encode
from services.watermark.encoding.quality import encoder_quality
from services.watermark.encoding.similarity import Reference
from services.watermark.encoding.target import MAX_ENCODINGS, reached, typical_quality


class Encoder:
    """A real encoder that counts its files."""

    def __init__(self, form):
        self.form, self.made = form, []

    def __call__(self, image, quality):
        self.made.append((image.size, image.mode, quality))
        return encode([image], self.form, quality=quality, format_quality={self.form: quality}, animation=None).data


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "jxl"])
@pytest.mark.parametrize("target", [70, 85])
def test_a_picture_reaches_its_score(form, target):
    picture, encoder = photograph(), Encoder(form)
    found = reached(picture, form, target, encoder)
    assert (found.close, len(encoder.made) <= MAX_ENCODINGS) == (True, True)
    assert Reference(picture).score(decoded(encoder(picture, found.quality))) == found.score
    assert target - 0.75 <= found.score < target + 2


@given(at_50=st.floats(20, 85), slope=st.floats(0.25, 1.2), target=st.integers(50, 90))
def test_the_lowest_quality_is_found_in_few_files(at_50, slope, target):
    def score(quality):
        return at_50 + slope * (quality - 50)

    made = []
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(searching, "_score", lambda _, data: score(len(data)))
        found = reached(Image.new("RGB", (8, 8)), "jpeg", target, lambda _, q: made.append(q) or bytes(q))
    assert len(made) <= MAX_ENCODINGS
    assert 30 <= found.quality <= 95
    if score(30) >= target:
        assert found.quality == 30
    elif score(95) < target - 0.75:
        assert (found.quality, found.close) == (95, False)
    else:
        assert found.close
        assert score(found.quality) < target + 2.5


def test_a_score_out_of_reach_is_reported():
    colours = drawing().convert("L").resize((160, 100)).resize((480, 300), Image.Resampling.NEAREST)
    picture = Image.merge("RGB", (colours, Image.new("L", colours.size, 40), Image.eval(colours, lambda v: 255 - v)))
    found = reached(picture, "webp", 90, Encoder("webp"))
    assert (found.close, found.quality) == (False, encoder_quality("webp", 95))
    assert found.score < 89


def test_a_large_picture_is_judged_by_a_megapixel_of_it():
    for size in ((2600, 1400), (300, 9000), (5000, 250)):
        encoder = Encoder("jpeg")
        reached(photograph((500, 500)).resize(size), "jpeg", 80, encoder)
        (width, height), _, _ = encoder.made[0]
        assert 500_000 <= width * height <= 1_048_576


def test_pieces_come_from_all_over_a_large_picture():
    picture = Image.new("RGB", (4096, 2048))
    for place in ((0, 0), (3840, 0), (0, 1792), (3840, 1792)):
        picture.paste((255, 255, 255), (*place, place[0] + 256, place[1] + 256))
    judged = searching._judged(picture)
    assert [judged.getpixel((x, y)) for x in (0, judged.width - 1) for y in (0, judged.height - 1)] == [
        (255, 255, 255)
    ] * 4


def test_what_is_transparent_makes_no_difference():
    picture = photograph().convert("RGBA")
    picture.putalpha(0)
    assert reached(picture, "webp", 80, Encoder("webp")).score == pytest.approx(100, abs=0.5)


def on(picture, colour):
    background = Image.new("RGBA", picture.size, colour)
    background.alpha_composite(picture.convert("RGBA"))
    return background.convert("RGB")


@pytest.mark.parametrize("form", ["webp", "avif", "jxl"])
def test_a_transparent_picture_has_its_score_on_the_worse_of_two_backgrounds(form):
    picture, encoder = photograph(), Encoder(form)
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    found = reached(picture, form, 80, encoder)
    file = Image.open(io.BytesIO(encoder(picture, found.quality)))
    scores = [Reference(on(picture, colour)).score(on(file, colour)) for colour in ("#1a1a1a", "#e6e6e6")]
    assert min(scores) == pytest.approx(80, abs=2)


def test_white_is_not_judged_on_white():
    picture = Image.new("RGB", (300, 200), "white")
    picture.putalpha(photograph((300, 200)).convert("L"))
    assert reached(picture, "avif", 85, Encoder("avif")).quality > encoder_quality("avif", 40)


def test_a_transparent_picture_is_judged_on_white_as_jpeg():
    picture, encoder = photograph(), Encoder("jpeg")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    found = reached(picture, "jpeg", 80, encoder)
    assert Reference(on(picture, "white")).score(decoded(encoder(picture, found.quality))) == pytest.approx(80, abs=2)


def test_a_score_has_a_typical_quality():
    assert [typical_quality(score) for score in (50, 63, 79, 90)] == [30, 50, 82, 95]
    assert sorted(map(typical_quality, range(20, 101))) == list(map(typical_quality, range(20, 101)))
