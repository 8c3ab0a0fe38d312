"""A picture is bounded by the memory that decoding takes, not only by its pixels."""

import struct

import pytest
from kit.pictures import animation, gradient, saved
from PIL import Image

from services.resize.formats.jpeg_segments import frame_of, segments
from services.resize.formats.memory_cost import check_memory, cost, jpeg_cost
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage

MANY_MB = 10_240


def of_size(data, width, height):
    """The same JPEG with another size in its header."""
    large = width * height * 3 // 64 // 4  # the fewest bytes of such a picture
    filling = b"\xff\xe5\xff\xff" + b"\0" * 65_533
    data = data[:2] + filling * (large // len(filling) + 1) + data[2:]
    frame = next(each for each in segments(data) if each.marker in {0xC0, 0xC2})
    return data[: frame.body + 1] + struct.pack(">HH", height, width) + data[frame.body + 5 :]


def opens(data, limits=None):
    with opened(data, limits or Limits()) as source:
        return source.stored_size


@pytest.mark.parametrize(
    ("width", "height", "options"),
    [
        pytest.param(8160, 6144, {}, id="50 MP"),
        pytest.param(9504, 6336, {}, id="61 MP"),
        pytest.param(16320, 12240, {}, id="200 MP"),
        pytest.param(16320, 12240, {"subsampling": 0}, id="200 MP 4:4:4"),
        pytest.param(11648, 8736, {"progressive": True}, id="102 MP progressive"),
        pytest.param(11648, 8736, {"progressive": True, "subsampling": 0}, id="102 MP progressive 4:4:4"),
        pytest.param(16320, 12240, {"progressive": True}, id="200 MP progressive"),
    ],
)
def test_cameras_fit(width, height, options):
    assert opens(of_size(saved(gradient(), "JPEG", **options), width, height)) == (width, height)


@pytest.mark.parametrize(
    ("width", "options", "words"),
    [
        pytest.param(
            15000,
            {"progressive": True, "subsampling": 0},
            r"1,\d\d\d MB \(15000 x 15000 px, progressive\)",
            id="progressive",
        ),
        pytest.param(16000, {}, r"the image has 256,000,000 pixels; .*limits\.pixels", id="pixels"),
    ],
)
def test_a_jpeg_beyond_the_function_does_not(width, options, words):
    with pytest.raises(ImageTooLarge, match=words):
        opens(of_size(saved(gradient(), "JPEG", **options), width, width))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_header_alone_is_not_a_large_picture(options):
    data = saved(gradient(), "JPEG", **options)
    frame = next(each for each in segments(data) if each.marker in {0xC0, 0xC2})
    data = data[: frame.body + 1] + struct.pack(">HH", 9400, 9400) + data[frame.body + 5 :]
    with pytest.raises(UnreadableImage, match=r"truncated: [\d,]+ bytes cannot hold 9400 x 9400 px"):
        opens(data)


def test_a_baseline_jpeg_with_a_scan_for_each_channel_is_buffered():
    data = saved(gradient(), "JPEG", progressive=True)
    assert frame_of(data).buffered
    baseline = saved(gradient(), "JPEG")
    assert not frame_of(baseline).buffered
    scan = next(each for each in segments(baseline) if each.marker == 0xDA)
    alone = baseline[: scan.start] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + baseline[scan.end :]
    assert frame_of(alone).buffered


@pytest.mark.parametrize(("subsampling", "samples"), [(0, 3), (1, 2), (2, 1.5)])
def test_samples_are_counted_as_they_are_stored(subsampling, samples):
    assert frame_of(saved(gradient(), "JPEG", subsampling=subsampling)) == (
        (96, 64),
        samples,
        3,
        False,
        0xC0,
    )


def test_a_jpeg_costs_what_it_is_decoded_at():
    data = saved(gradient((4000, 3000)), "JPEG")
    limits = Limits(memory_mb=16)
    with opened(data, limits) as source:
        source.reduce((400, 300))
        assert next(source.frames()).image.size == (1000, 750)
    with (
        opened(data, limits) as source,
        pytest.raises(ImageTooLarge, match=r"about 46 MB .* 16 MB \(limits.memory_mb\)"),
    ):
        next(source.frames())


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_every_format_is_refused_before_it_is_decoded(form):
    data = saved(Image.new("RGB", (2400, 2400)), form)
    with pytest.raises(ImageTooLarge, match=r"decoding needs about \d+ MB \(2400 x 2400 px, .*limits\.memory_mb"):
        opens(data, Limits(memory_mb=16))
    assert opens(data, Limits(memory_mb=128)) == (2400, 2400)


def test_an_animation_costs_its_canvases():
    still, moving = (cost("GIF", (1000, 1000), "P", animated=animated).bytes for animated in (False, True))
    assert moving > still
    assert opens(animation("GIF")) == (64, 48)


def test_exactly_the_limit_is_allowed():
    limits = Limits(memory_mb=16)
    check_memory(cost("PNG", (2048, 2048), "RGB"), limits)
    with pytest.raises(ImageTooLarge):
        check_memory(cost("PNG", (2048, 2049), "RGB"), limits)


def test_a_grey_jpeg_costs_a_quarter():
    colour, grey = (
        jpeg_cost((800, 800), (800, 800), samples=1, channels=channels, buffered=False).bytes for channels in (3, 1)
    )
    assert colour == 4 * grey


def test_transparency_and_depth_cost_more():
    plain = cost("PNG", (10, 10), "RGB").bytes
    assert cost("PNG", (10, 10), "RGB", transparent=True).bytes > plain
    assert cost("AVIF", (10, 10), "RGB", bits=10).bytes > cost("AVIF", (10, 10), "RGB").bytes
