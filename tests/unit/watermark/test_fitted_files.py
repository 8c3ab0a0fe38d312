"""Files have the quality, the score, the bytes and the names of their rendition."""

import io

import pytest
from kit.pictures import decoded, gradient, grain, noise, photograph
from kit.watermarked import encoded
from PIL import Image

from services.watermark.encoding.files import encode
from services.watermark.encoding.similarity import Reference
from shared.errors import OutputTooLarge


def test_a_format_s_own_quality_reaches_its_encoder():
    own, same = (encoded(format="webp", format_quality=each)[1] for each in ({"webp": 30}, {"avif": 30}))
    assert own == encode([gradient()], "webp", quality=82, format_quality={"webp": 30}, animation=None).data
    assert same == encode([gradient()], "webp", quality=82, animation=None).data != own


def test_a_file_within_its_bytes_is_as_it_would_be_without_the_limit():
    message, data = encoded(format="jpeg")
    assert encoded(format="jpeg", max_bytes=len(data)) == (message, data)


def test_a_file_that_is_too_large_gets_a_lower_quality():
    limit = len(encoded(noise((300, 200)), format="jpeg")[1]) * 2 // 3
    message, data = encoded(noise((300, 200)), format="jpeg", max_bytes=limit)
    (rendition,) = message.renditions
    assert 0.9 * limit < rendition.size_bytes == len(data) <= limit
    assert (rendition.width, rendition.height, message.warnings) == (300, 200, ("page 1 of 3",))


def test_fewer_pixels_are_reported():
    message, data = encoded(noise((300, 200)), format="png", max_bytes=90_000)
    (rendition,) = message.renditions
    assert 60_000 < len(data) <= 90_000
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (rendition.width, rendition.height)
    has = f"x has {rendition.width} x {rendition.height} px, not 300 x 200, to have at most 90,000 bytes"
    assert message.warnings == ("page 1 of 3", has)


@pytest.mark.parametrize(("form", "colours"), [("webp", 32), ("jxl", 12)])
def test_a_lossless_file_that_is_too_large_becomes_a_lossy_one_of_the_highest_quality(form, colours):
    picture = grain((300, 200), 40).quantize(colours).convert("RGB")
    _, exact = encoded(picture, format=form, lossless=True)
    message, data = encoded(picture, format=form, lossless=True, max_bytes=len(exact) - 1)
    assert (decoded(exact).tobytes(), message.renditions[0].width) == (picture.tobytes(), 300)
    assert data == encode([picture], form, quality=82, animation=None).data


def test_the_smallest_file_is_reported_with_its_format():
    flat = Image.new("RGB", (300, 200), (9, 90, 200))
    for picture, forms in ((flat, {"png", "webp"}), (noise((300, 200)), {"avif"})):
        message, data = encoded(picture, format="avif", candidates=("avif", "webp", "jpeg", "png"))
        (rendition,) = message.renditions
        with Image.open(io.BytesIO(data)) as image:
            assert image.format.lower() == rendition.format in forms
        assert rendition.content_type == f"image/{rendition.format}"


@pytest.mark.parametrize("form", ["avif", "webp"])
@pytest.mark.parametrize("last", ["png", None], ids=["first", "second"])
def test_a_lossless_candidate_that_is_too_large_becomes_a_lossy_one(form, last):
    candidates = (form, "png") if last else ("png", form)
    picture = grain((300, 200), 8).quantize(2).convert("RGB")
    _, exact = encoded(picture, format=candidates[0], candidates=candidates)
    with Image.open(io.BytesIO(exact)) as image:
        assert image.convert("RGB").tobytes() == picture.tobytes()
    message, data = encoded(picture, format=candidates[0], candidates=candidates, max_bytes=len(exact) - 1)
    (rendition,) = message.renditions
    assert (rendition.format, rendition.width, len(data) < len(exact)) == (form, 300, True)


def test_flat_art_of_a_format_without_an_equal_becomes_a_lossy_webp_before_it_loses_pixels():
    picture = Image.merge("RGBA", (*grain((300, 200), 8).quantize(8).convert("RGB").split(), gradient((300, 200), "L")))
    settings = {"format": "png", "lossless": True, "alternatives": ("png", "webp")}
    _, exact = encoded(picture, **settings)
    message, data = encoded(picture, **settings, max_bytes=len(exact) - 1)
    (rendition,) = message.renditions
    assert (rendition.format, rendition.width, len(data) < len(exact)) == ("webp", 300, True)


def test_files_of_a_set_are_reported_with_their_formats():
    options = {"name": "x-300", "set": "x"}
    message, _ = encoded(noise((300, 200)), format="png", max_bytes=90_000, **options)
    assert message.warnings[-1].startswith("x-300 as png has ")
    with pytest.raises(OutputTooLarge, match=r"^rendition x-300 as png: "):
        encoded(noise((300, 200)), format="png", max_bytes=1_000, **options)


def test_files_of_further_pages_are_reported_with_their_page():
    message, _ = encoded(noise((300, 200)), format="png", max_bytes=90_000, page=2)
    assert message.warnings[-1].startswith("x of page 2 has ")
    message, _ = encoded(noise((300, 200)), format="avif", quality_target=90, page=2)
    assert message.warnings[-1].startswith("x of page 2 has a score of about ")
    with pytest.raises(OutputTooLarge, match=r"^rendition x of page 2: "):
        encoded(noise((300, 200)), format="png", max_bytes=1_000, page=2)


def test_a_file_that_cannot_fit_names_its_rendition():
    with pytest.raises(OutputTooLarge, match=r"rendition x: .* the limit is 1,000 \(max_bytes\)"):
        encoded(noise((300, 200)), format="png", max_bytes=1_000)


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "jxl"])
def test_a_picture_has_the_score_that_is_wanted(form):
    picture = photograph()
    message, data = encoded(picture, format=form, quality=1, quality_target=80)
    assert Reference(picture).score(decoded(data)) == pytest.approx(80, abs=2)
    assert message.warnings == ("page 1 of 3",)


def test_candidates_of_one_score_are_compared():
    picture = photograph()
    forms = ("avif", "webp", "jpeg", "png")
    each = {form: encoded(picture, format=form, quality_target=75)[1] for form in forms}
    _, data = encoded(picture, format="avif", candidates=forms, quality_target=75)
    assert len(data) == min(map(len, each.values()))
    assert Reference(picture).score(decoded(data)) == pytest.approx(75, abs=2)


def test_an_encoder_s_own_quality_counts_more_than_a_score():
    own = encoded(photograph(), format="webp", quality_target=80, format_quality={"webp": 30})[1]
    assert own == encoded(photograph(), format="webp", format_quality={"webp": 30})[1]


def test_a_score_out_of_reach_is_reported():
    message, data = encoded(noise((300, 200)), format="avif", quality_target=90)
    score = Reference(noise((300, 200))).score(decoded(data))
    missed = f"x has a score of about {score:.0f} as avif, not 90 (quality_target)"
    assert message.warnings == ("page 1 of 3", missed)


def test_a_score_out_of_reach_is_reported_of_fewer_bytes_too():
    free, data = encoded(noise((300, 200)), format="webp", quality_target=90)
    bound, fewer = encoded(noise((300, 200)), format="webp", quality_target=90, max_bytes=len(data) - 1)
    assert len(fewer) < len(data)
    assert bound.warnings == (*free.warnings[:-1], free.warnings[-1].replace("of about", "of less than"))
    assert "of less than" in bound.warnings[-1]


def test_what_is_stored_without_loss_misses_no_score():
    flat = Image.merge("RGB", [noise((30, 20)).resize((300, 200), Image.Resampling.NEAREST).split()[0]] * 3)
    flat = flat.quantize(8).convert("RGB")
    message, data = encoded(flat, format="webp", lossless=True, quality_target=90)
    assert (data[12:16], message.warnings) == (b"VP8L", ("page 1 of 3",))


def test_a_score_is_within_the_bytes():
    _, free = encoded(photograph(), format="jpeg", quality_target=85)
    _, bound = encoded(photograph(), format="jpeg", quality_target=85, max_bytes=len(free) * 2 // 3)
    assert len(bound) <= len(free) * 2 // 3
