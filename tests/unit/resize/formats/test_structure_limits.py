"""The structures in a file are counted before any decoder is started."""

import io
import struct
import zlib

import pytest
from kit.heif import Heif, hvcc, ispe
from kit.pictures import animation, gradient, saved
from PIL import Image

from services.resize.formats import structure_limits
from services.resize.formats.opener import opened
from services.resize.formats.pillow import without_exif_bomb
from services.resize.formats.sniffing import probe
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, ImageTooSlow


def segments(count, marker=b"\xff\xe5", body=b""):
    data = saved(gradient(), "JPEG")
    return data[:2] + (marker + struct.pack(">H", 2 + len(body)) + body) * count + data[2:]


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(between=b""):
    data = saved(gradient(), "PNG")
    return data[:33] + between + data[33:]


def gif(blocks):
    data = saved(gradient().quantize(), "GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    return data[:at] + blocks + data[at:]


def tiff(tag, kind, count, *, order="<", big=False):
    """A directory with one tag whose values would fill the file."""
    magic = b"II" if order == "<" else b"MM"
    if big:
        head = magic + struct.pack(order + "HHHQQ", 43, 8, 0, 16, 1)
        return head + struct.pack(order + "HHQQ", tag, kind, count, 0) + b"\0" * 8 * 300_000
    head = magic + struct.pack(order + "HIH", 42, 8, 1)
    return head + struct.pack(order + "HHII", tag, kind, count, 0) + b"\0" * 8 * 300_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(segments(4097), "JPEG has more than 4,096 segments", id="jpeg segments"),
        pytest.param(segments(17, b"\xff\xe1", b"Exif\0\0"), "16 EXIF segments", id="jpeg exif"),
        pytest.param(segments(1) + b"", None, id="one segment"),
        pytest.param(saved(gradient(), "JPEG")[:2] + b"\xff" * 2_000_000, "bytes between its segments", id="jpeg fill"),
        pytest.param(
            saved(gradient(), "JPEG")[:-2] + b"\xff" * 2_000_000 + b"\xd9",
            "bytes between its segments",
            id="jpeg fill after its data",
        ),
        pytest.param(
            saved(gradient(), "JPEG")[:-2] + b"\xff" * 2_000_000,
            "bytes between its segments",
            id="jpeg fill to its end",
        ),
        pytest.param(png(chunk(b"prVt") * 100_001), "PNG has more than 100,000 chunks", id="png chunks"),
        pytest.param(png(chunk(b"prVt") * 99), None, id="some chunks"),
        pytest.param(gif(b"!\xfe" + b"\x01x" * 1_000_001 + b"\0"), "more than 1,000,000 blocks", id="gif comment"),
        pytest.param(gif(b"!\xff\0" * 1_000_001), "more than 1,000,000 blocks", id="gif extensions"),
        pytest.param(gif(b"\1" * 1_000_001), "more than 1,000,000 blocks", id="gif filling"),
        pytest.param(gif(b"!\xfe" + b"\x01x" * 99 + b"\0"), None, id="some blocks"),
        pytest.param(tiff(273, 4, 262_145), "262,144 values of tag 273", id="tiff strips"),
        pytest.param(tiff(282, 5, 262_145, order=">"), "262,144 values of tag 282", id="tiff resolution"),
        pytest.param(tiff(273, 16, 262_145, big=True), "262,144 values of tag 273", id="big tiff strips"),
        pytest.param(tiff(273, 4, 262_144), None, id="as many strips as allowed"),
        pytest.param(tiff(700, 7, 2_000_000), None, id="long text"),
        pytest.param(tiff(273, 4, 2**32 - 1), None, id="more than the file holds"),
    ],
)
def test_a_file_of_too_many_pieces_is_refused(data, words):
    if words is None:
        probe(data, Limits())
        return
    with pytest.raises(ImageTooLarge, match=words):
        probe(data, Limits())


def test_what_follows_a_whole_picture_counts_only_after_long_filling():
    picture, rest = saved(gradient(), "JPEG")[:-2], b"\0" + segments(4097)[2:]
    for before in map(bytes, range(0, 2048, 8)):
        probe(picture + before + b"\xff" * 4095 + rest, Limits())
        with pytest.raises(ImageTooLarge, match="4,096 segments"):
            probe(picture + before + b"\xff" * 4096 + rest, Limits())


@pytest.mark.parametrize("compression", [1, 2])
def test_a_bmp_of_very_many_runs_is_refused(compression):
    data = bytearray(saved(gradient(), "BMP")) + b"\1\0" * structure_limits.MAX_RLE_BYTES
    probe(bytes(data), Limits())
    data[30] = compression
    probe(bytes(data[: structure_limits.MAX_RLE_BYTES]), Limits())
    with pytest.raises(ImageTooLarge, match="16,777,216 bytes of run-length encoding"):
        probe(bytes(data), Limits())


def test_a_directory_far_beyond_the_file_is_left_to_the_decoder():
    probe(b"II" + struct.pack("<HHHQ", 43, 8, 0, 2**64 - 1), Limits())


def test_tags_may_be_as_many_as_a_tiff_can_count():
    data = b"II" + struct.pack("<HHHQQ", 43, 8, 0, 16, 2**60)
    with pytest.raises(ImageTooLarge, match="65,535 tags"):
        probe(data, Limits())


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_frames_are_counted_before_any_is_decoded(form):
    data = animation(form)
    probe(data, Limits(frames=5))
    with pytest.raises(ImageTooLarge, match=r"more than 4 frames, the limit \(limits.frames\)"):
        probe(data, Limits(frames=4))
    with pytest.raises(ImageTooLarge, match=r"more than 3 frames of 64 x 48 px.*limits\.frame_pixels"):
        probe(data, Limits(frame_pixels=64 * 48 * 4 - 1))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_the_number_of_frames_in_a_header_is_ignored(form):
    still = saved(gradient(), form)
    if form == "PNG":
        still = still[:33] + chunk(b"acTL", struct.pack(">II", 2**31, 0)) + still[33:]
    probe(still, Limits(frames=1))


def test_a_still_is_not_an_animation_of_one_frame():
    probe(saved(gradient(), "GIF"), Limits(frame_pixels=1))


def heic(exif):
    return Heif().item(1, b"hvc1", ispe(64, 48), hvcc()).item(2, b"Exif", data=exif).refer(b"cdsc", 2, 1).bytes()


@pytest.mark.parametrize("form", ["HEIC", "TIFF", "track"])
def test_exif_is_checked_where_the_decoder_reads_it_on_opening(form):
    data = exif = tiff(0x112, 3, 262_145)
    if form == "HEIC":
        data = heic(b"\0\0\0\0" + exif)
    if form == "track":
        inner = Heif().item(2, b"Exif", data=bytes(4) + exif).meta()
        data = Heif(b"avis", primary=None).track(b"av01", 2, references=inner).bytes()
    with pytest.raises(ImageTooLarge, match="262,144 values of tag 274"):
        probe(data, Limits())


def test_pixels_that_only_look_like_exif_are_not_checked():
    assert probe(heic(b"") + tiff(0x112, 3, 262_145), Limits()) == "HEIC"


def test_tiff_headers_in_exif_are_bounded():
    with pytest.raises(ImageTooLarge, match="64 TIFF headers"):
        probe(heic(b"II*\0\x08\0\0\0" * 50_000), Limits())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(segments(60), id="JPEG"),
        pytest.param(png(chunk(b"prVt") * 60), id="PNG"),
        pytest.param(gif(b"!\xff\0" * 60), id="GIF extensions"),
        pytest.param(gif(b"!\xfe" + b"\x01x" * 60_000 + b"\0"), id="GIF blocks"),
        pytest.param(animation("WEBP") + b"junk\0\0\0\0" * 60, id="WebP"),
        pytest.param(heic(b"II*\0" * 60), id="HEIC"),
    ],
)
def test_the_deadline_is_checked_in_every_loop(data):
    seconds = iter(range(10_000))
    with pytest.raises(ImageTooSlow):
        probe(data, Limits(), Deadline(40, lambda: next(seconds)))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_exif_with_a_bomb_in_it_is_ignored(form):
    data = saved(gradient(), form, exif=tiff(0x112, 3, 262_145))
    with opened(data, Limits()) as source:
        assert len(source._image.getexif()) == 0
        assert (source.orientation, source.copyright_fields()) == (1, None)


def test_missing_exif_is_not_a_bomb():
    image = gradient()
    image.info["exif"] = None  # as in pi-heif
    assert without_exif_bomb(image) is image


@pytest.mark.parametrize(
    "check",
    [structure_limits.check_gif, structure_limits.check_png, structure_limits.check_webp, structure_limits.check_tiff],
)
@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_half_a_header_is_left_to_the_decoder(check, form):
    data = saved(gradient(), form)
    for length in range(64):
        check(data[:length], Limits())


def jpeg_of_scans(frame, components, scans):
    """A JPEG whose decoder expects more scans, unless a scan has all components of a sequential frame."""
    head = struct.pack(">BHHB", 8, 8, 8, 3) + b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    scan = bytes((components,)) + b"".join(bytes((number, 0)) for number in range(1, components + 1)) + b"\0\x3f\0"
    made = b"".join(
        marker + struct.pack(">H", 2 + len(body)) + body
        for marker, body in ((frame, head), *[(b"\xff\xda", scan)] * scans)
    )
    return b"\xff\xd8" + made + b"\xff\xd9"


@pytest.mark.parametrize(
    ("frame", "components"), [(b"\xff\xc0", 1), (b"\xff\xc1", 2), (b"\xff\xc2", 3), (b"\xff\xc9", 3)]
)
def test_scans_are_counted_where_one_is_not_the_whole_picture(frame, components):
    with pytest.raises(ImageTooLarge, match="more than 5 scans"):
        structure_limits.check_jpeg(jpeg_of_scans(frame, components, 6), Limits(jpeg_scans=5))


def test_nothing_is_read_after_a_scan_that_is_the_whole_picture():
    whole = jpeg_of_scans(b"\xff\xc0", 3, 1)
    structure_limits.check_jpeg(whole[:-2] + b"\xff\xfe\0\2" * 5_000 + whole[-2:], Limits())
    structure_limits.check_jpeg(whole[: whole.index(b"\xff\xda") + 4], Limits())
    # The decoder refuses a second scan.
    data = saved(gradient(), "JPEG")
    scan = data[data.index(b"\xff\xda") : -2]
    with Image.open(io.BytesIO(data[:-2] + scan * 40 + data[-2:])) as image, pytest.raises(OSError, match="broken"):
        image.load()
