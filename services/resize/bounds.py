"""The limits of images, as errors that name the limit. Arithmetic only: no Pillow, no AWS."""

from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnsupportedImage


def check_bytes(size_bytes: int, limits: Limits) -> None:
    """Refuse a file that is empty or too large.

    Raises:
        UnsupportedImage: the file has no bytes.
        ImageTooLarge: the file has too many bytes.
    """
    if size_bytes == 0:
        raise UnsupportedImage("the file is empty (0 bytes)")
    if size_bytes > limits.bytes:
        raise ImageTooLarge(f"the file has {size_bytes:,} bytes; the limit is {limits.bytes:,} (limits.bytes)")


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture with too many pixels or too long a side.

    Raises:
        ImageTooLarge: names the limit.
    """
    if width * height > limits.pixels:
        raise ImageTooLarge(
            f"{width} x {height} px is {width * height:,} pixels; the limit is {limits.pixels:,} (limits.pixels)"
        )
    if max(width, height) > limits.side_px:
        raise ImageTooLarge(f"{width} x {height} px; a side may have {limits.side_px:,} px (limits.side_px)")


def check_frames(count: int, width: int, height: int, limits: Limits) -> None:
    """Refuse an animation that has more frames than allowed, or more pixels in all of them.

    Args:
        count: number of the frames seen so far, never what a header claims; one frame is not an animation.
        width: width of a frame, in pixels.
        height: height of a frame, in pixels.
        limits: the limits to stay within.

    Raises:
        ImageTooLarge: names the limit.
    """
    if count > limits.frames:
        raise ImageTooLarge(f"the animation has more than {limits.frames:,} frames, the limit (limits.frames)")
    if count > 1 and count * width * height > limits.frame_pixels:
        raise ImageTooLarge(
            f"the animation has more than {count - 1} frames of {width} x {height} px;"
            f" the limit is {limits.frame_pixels:,} pixels in all (limits.frame_pixels)"
        )
