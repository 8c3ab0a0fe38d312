"""Frames are encoded to a GIF and read back."""

import io
import struct
from itertools import pairwise

import pytest
from kit.pictures import frames_of, gradient, grain, is_same
from PIL import Image, ImageChops, ImageDraw

from services.watermark.encoding.files import encode
from services.watermark.encoding.gif import gif
from shared.messages import Animation

WHITE = (255, 255, 255, 255)


def written(frames):
    return gif(frames, Animation(durations_ms=(40,) * len(frames)), None)


def images_of(data):
    """(disposal, box, colours of the frame's own palette, bits of the first LZW code) of each image."""
    at = 13 + (3 << (data[10] & 7) + 1)
    found, disposal = [], 0
    while data[at : at + 1] != b";":
        if data[at : at + 2] == b"!\xf9":
            disposal = data[at + 3] >> 2
        if data[at : at + 1] == b",":
            left, top, width, height, flags = struct.unpack_from("<4HB", data, at + 1)
            own = 2 << (flags & 7) if flags & 0x80 else 0
            at += 10 + 3 * own
            found.append((disposal, (left, top, width, height), own, data[at]))
            at, disposal = at + 1, 0
        else:
            at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    return found


def noise(size=(120, 90), seed=3):
    """Many colours, none of them red."""
    background = Image.linear_gradient("L").resize(size)
    waves = ImageChops.add_modulo(background, background.rotate(37).point([each * seed % 256 for each in range(256)]))
    return Image.merge("RGB", (background.point([each // 2 for each in range(256)]), waves, background)).convert("RGBA")


def test_a_flash_of_one_frame_keeps_its_colours():
    frames = [Image.new("RGBA", (60, 40), (index * 7,) * 3 + (255,)) for index in range(36)]
    frames[1] = Image.new("RGBA", (60, 40), (255, 0, 0, 255))
    assert all(map(is_same, frames_of(written(frames)), frames))


def test_a_flash_among_frames_of_many_colours_keeps_its_colours():
    frames = [noise(seed=index + 3) for index in range(8)]
    frames[4].paste((255, 0, 0, 255), (50, 50, 70, 60))
    red, green, blue, _ = frames_of(written(frames))[4].getpixel((60, 55))
    assert red > 235
    assert max(green, blue) < 20


def test_as_many_colours_as_each_frame_has_are_kept_exactly():
    frames = []
    for hue in range(4):
        levels = Image.linear_gradient("L").resize((256, 20)).rotate(180 * (hue % 2))
        bands = [levels, levels.point([each * hue * 31 % 256 for each in range(256)]), levels.rotate(180)]
        frames.append(Image.merge("RGB", bands).convert("RGBA").crop((0, 0, 250, 20)))
    assert all(map(is_same, frames_of(written(frames)), frames))


@pytest.mark.parametrize("colours", [1, 2, 3, 4, 5, 16, 17, 255])
def test_a_palette_of_any_size_is_exact(colours):
    frame = Image.new("RGBA", (colours, 3))
    for index in range(colours):
        frame.paste((index, 2 * index % 256, 255 - index, 255), (index, 0, index + 1, 3))
    other = frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert all(map(is_same, frames_of(written([frame, other])), [frame, other]))


def test_a_still_of_256_colours_is_exact():
    frame = Image.merge("RGB", [Image.linear_gradient("L")] * 3)
    assert is_same(frames_of(gif([frame], None, None))[0], frame.convert("RGBA"))


def test_two_dots_in_opposite_corners_cost_no_picture_between_them():
    background = grain((240, 180), 90).point([each & 0xF0 for each in range(256)]).convert("RGBA")
    frames = []
    for index in range(20):
        frame = background.copy()
        ImageDraw.Draw(frame).rectangle((0, 0, 4, 4), fill=(index * 10, 0, 0, 255))
        ImageDraw.Draw(frame).rectangle((235, 175, 239, 179), fill=(0, index * 10, 0, 255))
        frames.append(frame)
    assert len(written(frames)) < 1.3 * len(gif(frames[:1], None, None))


def test_a_momentary_change_is_disposed_of_and_not_painted_over():
    background = noise((240, 180))
    flash = background.copy()
    flash.paste((0, 200, 0, 255), (20, 20, 220, 160))
    data = written([background, flash, background, flash, background])
    assert [disposal for disposal, *_ in images_of(data)] == [1, 3, 1, 3, 1]
    seen = frames_of(data)
    assert is_same(seen[0], seen[2])
    assert is_same(seen[0], seen[4])
    assert len(data) < 1.2 * len(gif([background], None, None))


def test_few_colours_have_short_codes_and_a_small_palette():
    frames = [Image.new("RGBA", (20, 20), WHITE) for _ in range(2)]
    frames[1].paste((0, 0, 0, 255), (3, 4, 9, 14))
    data = written(frames)
    assert len(data) < 150
    assert [image[1:] for image in images_of(data)] == [((0, 0, 20, 20), 0, 2), ((3, 4, 6, 10), 0, 2)]


def test_the_first_frame_covers_the_canvas_even_where_it_is_transparent():
    frame = Image.new("RGBA", (40, 30))
    frame.paste((9, 9, 9, 255), (10, 10, 20, 20))
    assert images_of(written([frame, frame]))[0][1] == (0, 0, 40, 30)


def test_a_subject_that_moves_on_transparency_leaves_no_trail_with_own_palettes():
    frames = []
    for index in range(4):
        frame = Image.new("RGBA", (200, 60))
        frame.paste(noise((50, 60), index + 5), (50 * index, 0))
        frames.append(frame)
    for wanted, seen in zip(frames, frames_of(written(frames)), strict=True):
        assert seen.getchannel("A").tobytes() == wanted.getchannel("A").tobytes()


def test_half_transparent_pixels_become_transparent_or_opaque():
    with Image.open(io.BytesIO(encode([gradient(mode="RGBA")], "gif", quality=82, animation=None).data)) as image:
        alphas = {alpha for _, alpha in image.convert("RGBA").getchannel("A").getcolors()}
    assert alphas == {0, 255}


def test_a_comment_of_any_length_is_written_in_blocks():
    comment = b"(c) Somebody " * 40
    with Image.open(io.BytesIO(gif([gradient()], None, comment))) as image:
        image.load()
        assert image.info["comment"] == comment


def test_later_frames_are_drawn_only_where_they_differ():
    frames = [Image.new("RGBA", (50, 50), (index * 20, 0, 0, 255)) for index in range(1)]
    for index in range(5):
        frame = frames[-1].copy()
        frame.paste((0, 50 + index, 0, 255), (index * 10, 5, index * 10 + 8, 9))
        frames.append(frame)
    boxes = [box for _, box, *_ in images_of(written(frames))]
    assert all(box[2:] == (8, 4) for _, box in pairwise(boxes))


def test_a_small_flash_among_frames_of_many_colours_keeps_its_colour():
    levels = Image.linear_gradient("L").resize((160, 120)).point([each // 2 for each in range(256)])
    background = Image.merge("RGB", (levels, levels.rotate(180), Image.radial_gradient("L").resize((160, 120))))
    frames = [background.rotate(180 * (turn % 2)).convert("RGBA") for turn in range(8)]
    frames[5].paste((255, 0, 0, 255), (80, 60, 86, 66))
    red, green, blue, _ = frames_of(written(frames))[5].getpixel((83, 63))
    assert red > 235
    assert max(green, blue) < 20


def spectrum(tint, colours=200):
    """Bars, each of a different colour."""
    image = Image.new("RGBA", (colours, 40))
    for index in range(colours):
        levels = [index, 255 - index, tint]
        image.paste((*levels[tint % 3 :], *levels[: tint % 3], 255), (index, 0, index + 1, 40))
    return image


def test_frames_of_more_colours_than_a_shared_palette_holds_are_exact_in_their_own():
    frames = [spectrum(tint) for tint in (10, 90, 170, 251)]
    data = written(frames)
    assert all(map(is_same, frames_of(data), frames))
    assert sum(own > 0 for _, _, own, _ in images_of(data)) >= 3


def test_a_frame_of_too_many_colours_for_the_shared_palette_gets_one_of_its_own():
    ramps = Image.merge(
        "RGB",
        (gradient((160, 120)).getchannel("R"), gradient((160, 120)).getchannel("G"), noise((160, 120)).getchannel("G")),
    )
    frames = [
        Image.blend(ramps, Image.new("RGB", ramps.size, ink), 0.5).convert("RGBA")
        for ink in ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    ]
    data = written(frames)
    assert all(own == 256 for _, _, own, _ in images_of(data))


def test_a_large_change_in_two_colours_of_many_has_a_palette_of_two():
    frames = [spectrum(10), spectrum(10)]
    dots = grain((200, 40), 90).point([255 * (level > 128) for level in range(256)])
    one, other = frames[0].getpixel((3, 0)), frames[0].getpixel((190, 0))
    frames[1] = Image.composite(Image.new("RGBA", (200, 40), one), Image.new("RGBA", (200, 40), other), dots)
    data = written(frames)
    assert all(map(is_same, frames_of(data), frames))
    assert images_of(data)[1][2] == 4  # two, and one for pixels that are not drawn


def watermarked_bars(tint):
    """A frame of 150 colours, with a small box of a thousand more, as a watermark makes."""
    frame = spectrum(tint, 150)
    frame.paste(
        Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn).resize((30, 20)) for turn in range(3)])
    )
    return frame


def test_frames_keep_their_colours_exactly_around_a_watermark():
    frames = [watermarked_bars(tint) for tint in (10, 90, 170)]
    around = 40, 0, 150, 40
    seen = frames_of(written(frames))
    assert all(is_same(one.crop(around), frame.crop(around)) for one, frame in zip(seen, frames, strict=True))


def redder(image, levels):
    return ImageChops.add(image, Image.new("RGBA", image.size, (levels, 0, 0, 0)))


def test_pixels_off_by_a_level_are_drawn_again_only_in_frames_whose_colours_are_exact():
    sizes = [len(written([watermarked_bars(10), redder(watermarked_bars(10), levels)])) for levels in (1, 3)]
    assert sizes[0] < 0.9 * sizes[1]
    exact = [spectrum(10), redder(spectrum(10), 1)]
    assert all(map(is_same, frames_of(written(exact)), exact))
