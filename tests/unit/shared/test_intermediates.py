"""What lies in the work bucket between two services, and the pixels in it."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import gradient
from PIL import Image

from shared import images, intermediates
from shared.errors import IntermediateObjectMissing
from shared.messages import Source

ONE_PIXEL = struct.pack(">4I", 0, 0, 1, 1)


@given(st.dictionaries(st.text("abc0-", min_size=1), st.binary(), min_size=1))
def test_members_come_out_as_they_went_in(members):
    assert intermediates.unpack(intermediates.pack(members), tuple(members)) == members


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
    (back,) = images.unpack(images.pack([image], animated=False), frames=None)
    assert (back.mode, back.size, back.tobytes()) == (mode, image.size, image.tobytes())


def test_an_animation_comes_out_to_the_last_bit():
    hidden = Image.new("RGBA", (50, 40), (200, 100, 50, 0))
    frames = [gradient((50, 40), "RGBA"), gradient((50, 40), "RGBA"), hidden, Image.new("RGBA", (50, 40)), hidden]
    back = images.unpack(images.pack(frames, animated=True), frames=5)
    assert [frame.tobytes() for frame in back] == [frame.tobytes() for frame in frames]


def test_what_stands_still_costs_next_to_nothing():
    noise = Image.effect_noise((200, 200), 90).convert("RGBA")
    one, ten = (len(images.pack([noise] * count, animated=True)) for count in (1, 10))
    assert ten < one * 1.2


def test_frames_that_are_equal_come_out_as_images_of_their_own():
    first = gradient((50, 40), "RGBA")
    back = images.unpack(images.pack([first, first], animated=True), frames=2)
    back[1].paste((1, 2, 3, 4), (0, 0, 9, 9))  # as a watermark is drawn
    assert back[0].tobytes() == first.tobytes()


def test_a_small_change_of_a_large_frame_costs_its_box_alone():
    ground = Image.effect_noise((200, 200), 90).convert("RGBA")
    changed = ground.copy()
    changed.paste(Image.effect_noise((20, 20), 90).convert("RGBA"), (90, 130))
    packed = images.pack([ground, changed], animated=True)
    assert len(packed) < len(images.pack([ground], animated=True)) + 2_000
    assert images.unpack(packed, frames=2)[1].tobytes() == changed.tobytes()


@pytest.mark.parametrize("member", [b"", ONE_PIXEL + b"not deflated", ONE_PIXEL + zlib.compress(b"")])
def test_a_damaged_frame_is_named_as_intermediate_pixels(member):
    with pytest.raises(IntermediateObjectMissing, match="intermediate pixels do not decode"):
        images.unpack(intermediates.pack({"00000": member}), frames=1)
