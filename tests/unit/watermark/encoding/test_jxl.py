"""A still becomes a JPEG XL, which decodes to what it was."""

import io
import sys

import pytest
from kit.jxl import CODESTREAM, boxes
from kit.metadata_files import AI, OWNER
from kit.pictures import decoded, drawing, gradient, is_same, photograph
from PIL import Image
from pillow_jxl import Decoder

from services.watermark.encoding.files import encode
from services.watermark.encoding.jxl import jxl
from services.watermark.encoding.similarity import Reference
from shared.errors import EncoderMissing, PermanentError
from shared.messages import Animation


def encoded(image, **options):
    return encode([image], "jxl", **{"quality": 82, "animation": None, **options})


def shown(data):
    """The picture by the plug-in's own decoder, past Pillow."""
    _, facts, pixels, _, _ = Decoder(num_threads=0)(data)
    return Image.frombytes(facts.mode, (facts.width, facts.height), bytes(pixels))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_without_loss_every_mode_comes_back_as_it_was(mode):
    image = gradient(mode="RGBA").convert(mode)
    data = jxl(image, {}, quality=82, lossless=True)
    assert data.startswith(CODESTREAM)
    assert (shown(data).mode, shown(data).tobytes()) == (mode, image.tobytes())


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_lossy_file_is_alike_and_smaller(mode):
    image = photograph().convert(mode)
    lossy, exact = (jxl(image, {}, quality=82, lossless=lossless) for lossless in (False, True))
    assert Reference(image.convert("RGB")).score(shown(lossy).convert("RGB")) > 70
    assert len(lossy) < len(exact) / 2


def test_alpha_keeps_every_level_in_a_lossy_file():
    image = photograph().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    made = shown(encoded(image).data)
    assert made.mode == "RGBA"
    assert made.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert made.convert("RGB").tobytes() != image.convert("RGB").tobytes()


def test_a_higher_quality_has_more_bytes_and_the_highest_loses_nothing():
    sizes = [len(jxl(photograph(), {}, quality=quality, lossless=False)) for quality in (1, 30, 60, 80, 90, 99, 100)]
    assert sizes == sorted(set(sizes))
    assert is_same(shown(jxl(photograph(), {}, quality=100, lossless=False)), photograph())


def test_an_encoder_s_own_quality_is_that_of_libjxl():
    assert encoded(photograph(), format_quality={"jxl": 40}).data == jxl(photograph(), {}, quality=40, lossless=False)


@pytest.mark.parametrize(
    ("image", "lossless", "exact", "kept"),
    [
        (photograph(), False, False, False),
        (photograph(), True, False, False),
        (photograph(), True, True, True),
        (drawing(), True, False, True),
        (drawing(), False, False, False),
    ],
    ids=["photograph", "lossless photograph", "photograph that must be", "lossless drawing", "drawing"],
)
def test_what_is_lossless_stays_so_where_that_costs_little_or_must_be(image, lossless, exact, kept):
    made = decoded(encoded(image, lossless=lossless, exact=exact).data)
    assert is_same(made, image) == kept


def test_metadata_is_in_boxes_of_a_container_and_nowhere_without():
    plain = encoded(photograph()).data
    assert boxes(plain) == []
    data = encoded(photograph(), copyright_fields=OWNER, digital_source_type=AI).data
    kinds = dict(boxes(data))
    assert AI.encode() in kinds[b"xml "]
    assert OWNER.credit.encode() in kinds[b"xml "]
    # Four bytes say where the TIFF header begins, which follows at once.
    assert kinds[b"Exif"][:4] == bytes(4)
    assert kinds[b"Exif"][4:8] in {b"II*\0", b"MM\0*"}
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif()[0x013B].encode("latin-1").decode() == OWNER.artist
    assert is_same(shown(data), shown(plain))


def test_a_source_type_alone_makes_no_exif():
    assert b"Exif" not in dict(boxes(encoded(photograph(), digital_source_type=AI).data))


def test_an_animation_gives_its_first_frame():
    frames = [photograph(), photograph().rotate(180)]
    made = encode(frames, "jxl", quality=82, animation=Animation(durations_ms=(40, 40), plays=0))
    assert (made.form, made.content_type, made.frames) == ("jxl", "image/jxl", 1)
    assert made.data == encoded(photograph()).data


def test_it_may_be_the_smallest_of_some_with_loss_and_without():
    lossy = encode([photograph()], "png", quality=82, animation=None, candidates=("jpeg", "png", "jxl"))
    assert lossy == encoded(photograph())
    exact = encode([drawing()], "png", quality=82, animation=None, candidates=("png", "jxl"))
    assert (exact.form, is_same(decoded(exact.data), drawing())) == ("jxl", True)


def test_without_the_encoder_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    with pytest.raises(EncoderMissing, match=r"extras: \[jxl\].*make package") as missing:
        encoded(photograph())
    assert isinstance(missing.value, PermanentError)
    assert encode([photograph()], "webp", quality=82, animation=None).form == "webp"
