"""AVIFs whose property associations are in several boxes."""

import struct

import pytest
from kit.pictures import gradient, saved
from PIL import Image, UnidentifiedImageError

from services.resize.formats.heif_associations import with_distinct_associations
from services.resize.formats.opener import opened
from services.resize.settings import Limits

SIZE = (64, 48)


def plain():
    return saved(gradient(SIZE, "RGBA"), "AVIF", quality=90)


def in_two_boxes(data):
    """The file as encoders of 2020 wrote it: the associations of the picture and of its alpha in separate boxes."""
    at = data.index(b"ipma") - 4
    (length,) = struct.unpack_from(">I", data, at)
    body = data[at + 16 : at + length]
    ends, position = [], 0
    for _ in range(2):
        position += 3 + body[position + 2]
        ends.append(position)
    entries = body[: ends[0]], body[ends[0] : ends[1]]
    made = b"".join(struct.pack(">I4sII", 16 + len(each), b"ipma", 0, 1) + each for each in entries)
    grown = len(made) - length
    changed = bytearray(data[:at] + made + data[at + length :])
    for name in (b"meta", b"iprp"):
        (size,) = struct.unpack_from(">I", changed, changed.index(name) - 4)
        struct.pack_into(">I", changed, changed.index(name) - 4, size + grown)
    place = changed.index(b"iloc") + 4
    (count,) = struct.unpack_from(">H", changed, place + 6)
    for index in range(count):
        offset_at = place + 8 + 14 * index + 6
        (offset,) = struct.unpack_from(">I", changed, offset_at)
        struct.pack_into(">I", changed, offset_at, offset + grown)
    return bytes(changed)


def read(data):
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return frame.image.copy()


def test_the_decoder_opens_no_file_with_two_boxes_by_itself(tmp_path):
    path = tmp_path / "two.avif"
    path.write_bytes(in_two_boxes(plain()))
    with pytest.raises(UnidentifiedImageError), Image.open(path) as image:
        image.load()


def test_a_file_with_two_boxes_is_read_with_its_alpha():
    image = read(in_two_boxes(plain()))
    assert image.mode == "RGBA"
    assert image.tobytes() == read(plain()).tobytes()


def test_a_file_with_one_box_or_none_is_not_changed():
    data = plain()
    assert with_distinct_associations(data) is data
    assert with_distinct_associations(b"") == b""


def test_indices_keep_the_length_of_their_flag():
    data = bytearray(in_two_boxes(plain()))
    for box in (data.index(b"ipma"), data.rindex(b"ipma")):
        data[box + 7] |= 1
    changed = with_distinct_associations(bytes(data))
    assert (changed[changed.index(b"ipma") + 7], changed[changed.rindex(b"ipma") + 7]) == (1, 3)


def test_truncated_boxes_change_nothing():
    data = in_two_boxes(plain())
    for length in range(0, data.rindex(b"ipma"), 3):
        assert with_distinct_associations(data[:length]) == data[:length]
