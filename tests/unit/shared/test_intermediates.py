"""The intermediate object in the work bucket between two services, and the pixels in it."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib

import deflate
import pytest
from hypothesis import given
from hypothesis import strategies as st
from isal import isal_zlib
from kit.pictures import gradient, grain
from PIL import Image, ImageChops

from ops.settings import ROOT
from services.resize.packing import pack
from services.watermark.unpacking import unpack
from shared import intermediates
from shared.errors import IntermediateObjectMissing
from shared.messages import Source

BOX = struct.Struct(">4I")
ONE_PIXEL = BOX.pack(0, 0, 1, 1)


@given(st.dictionaries(st.text("abc0-", min_size=1), st.binary(), min_size=1))
def test_members_come_out_as_they_went_in(members):
    assert intermediates.unpack(intermediates.pack(members), tuple(members)) == members


@given(st.dictionaries(st.text("abc0-", min_size=1), st.binary(), min_size=1))
def test_a_pack_is_the_zip_that_zipfile_makes(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    assert intermediates.pack(members) == made.getvalue()


def test_a_compressed_member_is_noticed():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 100)
    with pytest.raises(IntermediateObjectMissing, match="a is damaged"):
        intermediates.unpack(made.getvalue(), ("a",))


def test_every_checksum_of_the_services_is_that_of_a_zip():
    data = bytes(range(256)) * 40
    assert deflate.crc32(data) == isal_zlib.crc32(data) == zlib.crc32(data)


def test_the_same_members_are_the_same_bytes():
    assert intermediates.pack({"a": b"1", "b": b"2"}) == intermediates.pack({"a": b"1", "b": b"2"})


@pytest.mark.parametrize("packed", [b"", b"PK", b"no zip at all", intermediates.pack({"b": b""})])
def test_what_is_missing_is_named(packed):
    with pytest.raises(IntermediateObjectMissing, match="does not hold a"):
        intermediates.unpack(packed, ("a",))


def test_a_damaged_member_is_noticed():
    packed = intermediates.pack({"a": b"x" * 100})
    with pytest.raises(IntermediateObjectMissing):
        intermediates.unpack(packed.replace(b"x" * 100, b"y" * 100), ("a",))


def test_a_key_reports_image_service_and_settings():
    source = Source(bucket="b", key="k", size_bytes=1, uploaded_at="t")
    one = intermediates.intermediate_key(source, "resize", intermediates.fingerprint({"quality": 82}))
    assert one == intermediates.intermediate_key(source, "resize", intermediates.fingerprint({"quality": 82}))
    assert one != intermediates.intermediate_key(source, "resize", intermediates.fingerprint({"quality": 83}))
    assert one.startswith(f"{source.image_id}/resize-")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_still_comes_out_to_the_last_bit(mode):
    image = gradient((211, 97), mode)
    (back,) = unpack(pack([image], animated=False), frames=None)
    assert (back.mode, back.size, back.tobytes()) == (mode, image.size, image.tobytes())


def test_an_animation_comes_out_to_the_last_bit():
    hidden = Image.new("RGBA", (50, 40), (200, 100, 50, 0))
    frames = [gradient((50, 40), "RGBA"), gradient((50, 40), "RGBA"), hidden, Image.new("RGBA", (50, 40)), hidden]
    back = unpack(pack(frames, animated=True), frames=5)
    assert [frame.tobytes() for frame in back] == [frame.tobytes() for frame in frames]


def test_frames_that_do_not_change_cost_next_to_nothing():
    noise = grain((200, 200), 90).convert("RGBA")
    one, ten = (len(pack([noise] * count, animated=True)) for count in (1, 10))
    assert ten < one * 1.2


def test_frames_that_are_equal_come_out_as_images_of_their_own():
    first = gradient((50, 40), "RGBA")
    back = unpack(pack([first, first], animated=True), frames=2)
    back[1].paste((1, 2, 3, 4), (0, 0, 9, 9))  # as a watermark is drawn
    assert back[0].tobytes() == first.tobytes()


def test_a_small_change_of_a_large_frame_costs_its_box_alone():
    ground = grain((200, 200), 90).convert("RGBA")
    changed = ground.copy()
    changed.paste(grain((20, 20), 90).convert("RGBA"), (90, 130))
    packed = pack([ground, changed], animated=True)
    assert len(packed) < len(pack([ground], animated=True)) + 2_000
    assert unpack(packed, frames=2)[1].tobytes() == changed.tobytes()


@pytest.mark.parametrize("member", [b"", ONE_PIXEL + b"not deflated", ONE_PIXEL + zlib.compress(b"")])
def test_a_damaged_frame_is_named_as_intermediate_pixels(member):
    with pytest.raises(IntermediateObjectMissing, match="intermediate pixels do not decode"):
        unpack(intermediates.pack({"00000": member}), frames=1)


def test_frames_of_the_former_release_come_out_to_the_last_bit():
    """It compressed them with zlib: resize is deployed after watermark, and runs beside it for a while."""
    first, second = gradient((50, 40), "RGBA"), gradient((50, 40), "RGBA")
    second.paste((9, 8, 7, 6), (10, 20, 30, 25))
    box = (10, 20, 30, 25)
    changed = ImageChops.subtract_modulo(second, first).crop(box)
    members = {
        "00000": BOX.pack(0, 0, 50, 40) + zlib.compress(first.tobytes(), 1),
        "00001": BOX.pack(*box) + zlib.compress(changed.tobytes(), 1),
        "00002": BOX.pack(0, 0, 0, 0) + zlib.compress(b"", 1),
    }
    back = unpack(intermediates.pack(members), frames=3)
    assert [frame.tobytes() for frame in back] == [frame.tobytes() for frame in (first, second, second)]


def test_the_former_release_reads_frames_of_this_one():
    """After a rollback of watermark: each frame is a box and a zlib stream of its pixels."""
    frames = [gradient((50, 40), "RGBA"), Image.new("RGBA", (50, 40))]
    members = intermediates.unpack(pack(frames, animated=True), ("00000", "00001"))
    assert BOX.unpack_from(members["00001"]) == (0, 0, 50, 40)
    assert zlib.decompress(members["00000"][BOX.size :]) == frames[0].tobytes()
    difference = ImageChops.subtract_modulo(frames[1], frames[0])
    assert zlib.decompress(members["00001"][BOX.size :]) == difference.tobytes()


def test_a_damaged_box_takes_no_memory():
    huge = BOX.pack(0, 0, 2**31, 2**31) + zlib.compress(b"\0" * 400)
    turned = BOX.pack(9, 9, 1, 1) + zlib.compress(b"")
    for member in (huge, turned):
        with pytest.raises(IntermediateObjectMissing, match="intermediate pixels do not decode"):
            unpack(intermediates.pack({"00000": member}), frames=1)


def test_a_still_does_not_load_the_libraries_that_compress_animations():
    code = (
        "import sys; from PIL import Image\n"
        "from services.resize.packing import pack\n"
        "from services.watermark.unpacking import unpack\n"
        "unpack(pack([Image.new('RGB', (9, 9))], animated=False), frames=None)\n"
        "sys.exit(bool({'deflate', 'isal'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
