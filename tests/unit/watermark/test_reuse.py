"""From the upload to the stored file: an unchanged lossless picture does not get larger."""

import io
import random
import struct
import zlib

import pytest
from kit.pictures import frames_of, gradient, is_same, png, saved
from PIL import Image

from bench.chain import Chain
from ops import settings
from services.resize.formats.png_chunks import chunks

SIZE = (256, 220)
SECRET = b"GPS 48.858 N 2.294 E"


def stored(data, key="a.png", **changes):
    rendition = {"name": "made", "width": 1024, "height": 1024, "watermark": False}
    metadata = {"metadata": changes.pop("metadata")} if "metadata" in changes else {}
    (made,) = (
        Chain(settings.parse({"name": "pics", "renditions": [rendition | changes], **metadata})).run(data, key).values()
    )
    return made


def palette_png(idat_end=b"", end=b"", **more):
    """A PNG with an unsorted palette, whose indexes only the filter "up" makes small: rows increase by one."""
    randomly = random.Random(7)  # noqa: S311 - the same pixels in every run
    row = randomly.randbytes(SIZE[0])
    colours = randomly.sample(range(2**24), 256)
    rows = b"\0" + row + (b"\2" + b"\1" * SIZE[0]) * (SIZE[1] - 1)
    palette = b"".join(colour.to_bytes(3, "big") for colour in colours)
    return png(SIZE, 8, 3, bytes(SIZE[1]), PLTE=palette, **more, IDAT=zlib.compress(rows, 9) + idat_end) + end


def lossless_webp(**options):
    """A picture that libwebp makes smaller with more effort than the pipeline spends."""
    return saved(gradient(SIZE), "WEBP", lossless=True, quality=100, method=6, **options)


def test_a_palette_png_is_not_larger_than_it_was():
    data = palette_png()
    made = stored(data)
    assert made == data
    assert len(made) < 4000


def test_a_palette_png_whose_colours_are_converted_is_not_larger_than_it_was():
    data = palette_png(gAMA=struct.pack(">I", 100_000))
    made = stored(data)
    assert len(made) <= len(data)
    assert not is_same(frames_of(made)[0], frames_of(data)[0])
    assert b"gAMA" not in made


def test_a_bilevel_png_is_not_larger_than_it_was():
    row = random.Random(7).randbytes(32)  # noqa: S311 - the same pixels in every run
    data = png((256, 220), 1, 0, bytes(220), IDAT=zlib.compress(b"\0" + row + (b"\2" + b"\1" * 32) * 219, 9))
    assert len(stored(data)) <= len(data)


def test_the_smaller_of_both_is_stored():
    rows = b"\0" + random.Random(7).randbytes(32) * 4  # noqa: S311 - the same pixels in every run
    data = png((256, 220), 4, 3, bytes(220), PLTE=bytes(range(48)), IDAT=zlib.compress(rows * 220, 0))
    made = stored(data)
    assert len(made) < len(data) / 9
    assert is_same(frames_of(made)[0], frames_of(data)[0])


def test_a_lossless_webp_is_not_larger_than_it_was():
    data = lossless_webp()
    made = stored(data, "a.webp")
    assert len(made) <= len(data)
    assert is_same(frames_of(made)[0], frames_of(data)[0])


def test_neither_metadata_nor_bytes_after_the_pixels_are_copied():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = SECRET.decode()
    spare = {"tEXt": b"Comment\0" + SECRET, "zTXt": b"Location\0\0" + zlib.compress(SECRET), "eXIf": SECRET}
    data = palette_png(SECRET, SECRET, iTXt=b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET, **spare)
    made = stored(data)
    assert [chunk.name for chunk in chunks(made)] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert made == palette_png()
    made = stored(lossless_webp(exif=exif.tobytes(), xmp=SECRET) + SECRET, "a.webp")
    assert SECRET not in made
    assert made[12:16] == b"VP8L"
    assert len(made) <= len(lossless_webp())


@pytest.mark.parametrize("changes", [{"watermark": True}, {"width": 255}, {"background": "#102030", "fit": "contain"}])
def test_changed_pixels_are_encoded_again(changes):
    data = palette_png()
    made = stored(data, **changes)
    assert not is_same(frames_of(made)[0].resize(SIZE), frames_of(data)[0])
    assert data[data.index(b"IDAT") : data.index(b"IEND")] not in made


def test_a_watermark_is_visible_in_a_lossless_webp():
    data = lossless_webp()
    assert not is_same(frames_of(stored(data, "a.webp", watermark=True))[0], frames_of(data)[0])


def test_a_picture_too_small_for_its_watermark_is_not_larger_than_it_was():
    data = png((90, 90), 8, 3, bytes(90), PLTE=bytes(range(192)), IDAT=zlib.compress(bytes(91 * 90), 9))
    assert len(stored(data, watermark=True)) <= len(data)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_copyright_stays_where_it_is_kept(form):
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "Ada", "(c) Ada"
    exif.get_ifd(0x8825)[1] = SECRET.decode()
    data = lossless_webp(exif=exif.tobytes()) if form == "WEBP" else palette_png(eXIf=exif.tobytes()[6:])
    made = stored(data, f"a.{form.lower()}", metadata="copyright")
    assert SECRET not in made
    with Image.open(io.BytesIO(made)) as image:
        assert image.getexif()[0x013B] == "Ada"
        assert image.getexif()[0x8298] == "(c) Ada"
        image.load()
    assert is_same(frames_of(made)[0], frames_of(data)[0])
    assert len(made) < len(data) + 600  # for XMP


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_flags_its_alpha_besides_its_copyright(mode):
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    image = gradient(SIZE, mode)
    data = saved(image, "WEBP", lossless=True, quality=100, method=6, exif=exif.tobytes())
    made = stored(data, "a.webp", metadata="copyright")
    assert made[12:16] == b"VP8X"
    assert made[20] == (0x1C if mode == "RGBA" else 0x0C)
    assert struct.unpack("<I", made[24:27] + b"\0")[0] + 1 == SIZE[0]
    assert struct.unpack("<I", made[27:30] + b"\0")[0] + 1 == SIZE[1]
    assert is_same(frames_of(made)[0], image)
