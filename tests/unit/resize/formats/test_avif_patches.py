"""AVIFs that libavif refuses and other decoders accept."""

import struct

import pytest
from kit.heif import Heif, av1c, box, full, ispe
from kit.pictures import gradient, saved
from PIL import Image, UnidentifiedImageError

from services.resize.formats.avif_patches import patched
from services.resize.formats.heif_exif import boxes
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnreadableImage

SIZE = (64, 48)


def child(data, within, name):
    return next(span for kind, span in boxes(data, *within) if kind == name)


def associations(data):
    """(item, offsets of its properties' indices) of each item, and the names of all properties."""
    meta = child(data, (0, len(data)), b"meta")
    iprp = child(data, (meta[0] + 4, meta[1]), b"iprp")
    names = [name for name, _ in boxes(data, *child(data, iprp, b"ipco"))]
    at, _ = child(data, iprp, b"ipma")
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    found = []
    for _ in range(count):
        item, held = struct.unpack_from(">HB", data, at)
        found.append((item, range(at + 3, at + 3 + held)))
        at += 3 + held
    return found, names


def changed(data, *changes):
    data = bytearray(data)
    for at, value in changes:
        data[at] = value
    return bytes(data)


def without_target():
    data = saved(gradient(SIZE, "RGBA"), "AVIF", quality=90)
    at = data.index(b"auxl") + 8
    return changed(data, (at, 0), (at + 1, 0))


def with_optional_turn():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(gradient(SIZE), "AVIF", quality=90, exif=exif)
    ((_, places),), names = associations(data)
    return changed(data, *((at, data[at] & 0x7F) for at in places if names[(data[at] & 0x7F) - 1] == b"irot"))


def with_two_profiles():
    profile = bytes(128) + b"profile"
    return saved(gradient(SIZE), "AVIF", quality=90, icc_profile=profile).replace(b"colrnclx", b"colrrICC")


def with_alpha_without_size():
    data = saved(gradient(SIZE, "RGBA"), "AVIF", quality=90)
    (_, (_, places)), names = associations(data)
    return changed(data, *((at, 0) for at in places if names[(data[at] & 0x7F) - 1] == b"ispe"))


def with_pyramid():
    """A picture in a group whose fields follow its items (pymd), as `heif-enc --add-pyramid-group` writes it."""
    data = saved(gradient(SIZE), "AVIF", quality=90)
    fields = struct.pack(">HHHHH", 64, 48, 1, 0, 0)
    groups = box(b"grpl", full(b"pymd", struct.pack(">III", 7, 1, 1), fields))
    begin, end = child(data, (0, len(data)), b"meta")
    _, places = child(data, (begin + 4, end), b"iloc")
    out = bytearray(data)
    struct.pack_into(">I", out, begin - 8, end - begin + 8 + len(groups))
    struct.pack_into(">I", out, places - 8, struct.unpack_from(">I", out, places - 8)[0] + len(groups))
    return bytes(out[:end]) + groups + bytes(out[end:])


ALL = [without_target, with_two_profiles, with_alpha_without_size, with_pyramid]


def read(data):
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return frame.image.copy(), source.orientation


@pytest.mark.parametrize("made", ALL)
def test_the_decoder_opens_none_of_them_by_itself(made, tmp_path):
    path = tmp_path / "strict.avif"
    path.write_bytes(made())
    with pytest.raises(UnidentifiedImageError), Image.open(path) as image:
        image.load()


@pytest.mark.parametrize("made", [without_target, with_alpha_without_size])
def test_alpha_is_read_though_its_reference_or_size_is_missing(made):
    image, _ = read(made())
    assert (image.mode, image.size) == ("RGBA", SIZE)
    assert image.getchannel("A").getextrema() != (255, 255)


def test_a_rotation_marked_optional_is_refused():
    # Chromium 156 and libavif refuse it too, and viewers that read it disagree.
    with pytest.raises(UnreadableImage):
        read(with_optional_turn())


def test_the_first_of_two_profiles_counts():
    data = with_two_profiles()
    assert patched(data).count(b"colrprof") == 1
    assert b"rICC" not in patched(data)
    read(data)


def test_a_picture_of_a_pyramid_is_read():
    image, _ = read(with_pyramid())
    assert image.tobytes() == read(saved(gradient(SIZE), "AVIF", quality=90))[0].tobytes()


def test_a_gain_map_is_ignored_by_its_brand():
    data = Heif(b"avif", b"mif1", b"tmap").item(1, b"av01", ispe(8, 8), av1c(0x0C)).bytes()
    assert patched(data) == data.replace(b"tmap", b"skip", 1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_valid_file_is_not_changed(mode):
    data = saved(gradient(SIZE, mode), "AVIF", quality=90)
    assert patched(data) == data


@pytest.mark.parametrize("made", ALL)
def test_a_cut_anywhere_in_the_boxes_costs_no_other_error(made):
    data = made()
    for cut in range(8, data.index(b"mdat") + 8, 5):
        assert len(patched(data[:cut])) == cut
        patched(data[:cut] + b"\xff" * 16)
