"""Damaged metadata of a PNG never costs the picture."""

import struct
import zlib

import pytest
from kit.icc import ADOBE_RGB, matrix_profile
from kit.pictures import animation, gradient, grain, saved

from services.resize.formats.opener import opened
from services.resize.formats.png_chunks import MAX_PROFILE_BYTES, chunks, without_damage
from services.resize.settings import Limits
from shared.errors import UnreadableImage
from shared.messages import Copyright

PLAIN = saved(gradient(), "PNG")


def chunk(kind, body=b"", *, wrong=0):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) ^ wrong)


def with_chunks(*made, data=PLAIN):
    """A PNG with these chunks right after IHDR."""
    return data[:33] + b"".join(made) + data[33:]


def before_end(*made):
    return PLAIN[:-12] + b"".join(made) + PLAIN[-12:]


def packed(length):
    return zlib.compress(b"a text " * (length // 7))


def picture(data):
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return frame.image.convert("RGB").tobytes(), source


DAMAGED = [
    pytest.param(with_chunks(chunk(b"zTXt", b"workflow\0\0" + packed(2_000_000))), id="large compressed text"),
    pytest.param(
        with_chunks(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed(2_000_000))), id="large compressed XMP"
    ),
    pytest.param(with_chunks(chunk(b"zTXt", b"Author\0\0" + packed(2_000_000))), id="large author"),
    pytest.param(
        with_chunks(chunk(b"zTXt", b"Raw profile type exif\0\0" + packed(2_000_000))), id="large EXIF in a text"
    ),
    pytest.param(
        with_chunks(*[chunk(b"zTXt", b"Author\0\0" + packed(1_000_000))] * 90), id="many texts that are not too large"
    ),
    pytest.param(
        with_chunks(chunk(b"iCCP", b"made\0\0" + zlib.compress(bytes(MAX_PROFILE_BYTES + 1)))), id="enormous profile"
    ),
    pytest.param(with_chunks(chunk(b"iCCP", b"made\0\7" + packed(3000))), id="profile of an unknown compression"),
    pytest.param(with_chunks(chunk(b"iCCP", b"")), id="empty profile"),
    pytest.param(with_chunks(chunk(b"iCCP", b"no end of its name")), id="profile without the end of its name"),
    pytest.param(with_chunks(chunk(b"zTXt", b"Title\0\7abc")), id="text of an unknown compression"),
    *(
        pytest.param(with_chunks(chunk(kind, b"\0" * 40, wrong=1)), id=f"checksum of {kind.decode()}")
        for kind in (b"tEXt", b"iCCP", b"eXIf", b"gAMA", b"pHYs", b"tIME", b"vpAg", b"acTL", b"tRNS", b"bKGD")
    ),
    *(
        pytest.param(with_chunks(chunk(kind, b"\0")), id=f"short {kind.decode()}")
        for kind in (b"pHYs", b"gAMA", b"cHRM", b"tRNS", b"acTL", b"cICP")
    ),
    pytest.param(with_chunks(chunk(b"sRGB")), id="empty sRGB"),
    pytest.param(before_end(chunk(b"tEXt", b"Title\0end", wrong=1)), id="checksum after the pixels"),
    pytest.param(before_end(chunk(b"pHYs", b"\0")), id="short pHYs after the pixels"),
    pytest.param(before_end(chunk(b"tRNS", b"\0" * 6)), id="transparency after the pixels"),
    *(
        pytest.param(with_chunks(chunk(b"tEXt", word + b"\0words")), id=f"text called {word.decode()}")
        for word in (b"icc_profile", b"transparency", b"loop", b"exif", b"default_image")
    ),
    pytest.param(with_chunks(b"\0\0\0\5tEXtComment\0" + b"x" * 90), id="length that is too short"),
    pytest.param(with_chunks(b"\x7f\0\0\0tEXtComment\0x"), id="length that is longer than the file"),
    pytest.param(PLAIN[:-12], id="no end"),
    pytest.param(PLAIN[:-5], id="truncated IEND"),
    pytest.param(PLAIN + b"rest" * 100, id="bytes after the end"),
    *(
        pytest.param(before_end(chunk(kind, b"x" * 40)[:-20])[:-12], id=f"file truncated in a {kind.decode()}")
        for kind in (b"tEXt", b"eXIf", b"IDAT")
    ),
    pytest.param(before_end(b"\0\1\0\0tEXtTitle\0x"), id="length that is longer than the file, after the pixels"),
    pytest.param(before_end(b"\x7f\0\0\0IDAT"), id="pixels after the pixels, longer than the file"),
]


@pytest.mark.parametrize("data", DAMAGED)
def test_damaged_metadata_does_not_cost_the_picture(data):
    seen, source = picture(data)
    assert seen == gradient().tobytes()
    assert source.icc_profile is None or len(source.icc_profile) == 0


def test_a_clean_file_is_not_copied():
    data = with_chunks(chunk(b"tEXt", b"Software\0words"), chunk(b"pHYs", b"\0" * 9), chunk(b"gAMA", b"\0\1\0\0"))
    kept, profile = without_damage(data)
    assert kept is data
    assert profile is None


@pytest.mark.parametrize("padding", [0, 1_300_000, 3_900_000])
def test_a_profile_is_applied_however_large(padding):
    profile = matrix_profile(ADOBE_RGB) + bytes(padding)
    _, source = picture(with_chunks(chunk(b"iCCP", b"made\0\0" + zlib.compress(profile))))
    assert source.icc_profile == profile


def test_the_first_of_two_profiles_counts():
    both = [chunk(b"iCCP", b"made\0\0" + zlib.compress(each * 200)) for each in (b"a", b"b")]
    _, source = picture(with_chunks(*both))
    assert source.icc_profile == b"a" * 200


def test_author_and_copyright_are_read_in_spite_of_the_damage():
    data = with_chunks(
        chunk(b"tEXt", b"Author\0Ada"),
        chunk(b"zTXt", b"workflow\0\0" + packed(2_000_000)),
        chunk(b"zTXt", b"Copyright\0\0" + zlib.compress(b"(c) Ada")),
    )
    with opened(data, Limits()) as source:
        assert source.copyright_fields() == Copyright(artist="Ada", copyright="(c) Ada")


def test_a_palette_is_found_after_a_chunk_of_wrong_length():
    image = gradient().quantize(16)
    data = with_chunks(b"\0\0\0\5tEXtComment\0" + b"x" * 90, data=saved(image, "PNG"))
    assert picture(data)[0] == image.convert("RGB").tobytes()


def test_an_animation_whose_control_chunk_is_damaged_is_a_still():
    data = bytearray(animation("PNG"))
    data[data.index(b"acTL") + 5] ^= 1
    with opened(bytes(data), Limits()) as source:
        assert not source.animated
        assert len(list(source.frames())) == 1


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT"])
def test_a_damaged_critical_chunk_stays_an_error(name):
    data = bytearray(saved(grain((64, 64), 80), "PNG"))
    data[data.index(name) + 20] ^= 0xFF
    with pytest.raises(UnreadableImage):
        picture(bytes(data))


@pytest.mark.parametrize("lost_bytes", [1, 3, 200])
def test_pixels_in_many_chunks_stay_truncated_if_the_last_lacks_some(lost_bytes):
    data = saved(grain((64, 64), 80), "PNG")
    (pixels,) = (data[each.body : each.end - 4] for each in chunks(data) if each.name == b"IDAT")
    # The last four bytes are the checksum of the stream, and those before them the end of its last block.
    cut = len(pixels) - 8 - lost_bytes
    begin = data[: data.index(b"IDAT") - 4]
    with pytest.raises(UnreadableImage, match="truncated"):
        picture(begin + chunk(b"IDAT", pixels[:1000]) + chunk(b"IDAT", pixels[1000:])[: 8 + cut - 1000])


def test_candidates_for_resuming_are_bounded():
    decoys = b"\0\0\0\0IDATxxxx" * 50_000
    assert without_damage(with_chunks(b"\x7f\0\0\0tEXt" + decoys)[:-12])[1] is None


def test_chunks_end_where_the_file_does():
    assert [each.name for each in chunks(PLAIN)] == [b"IHDR", b"IDAT", b"IEND"]
    assert [each.name for each in chunks(PLAIN[:-13])] == [b"IHDR"]
    assert list(chunks(b"")) == []
