"""libvips, which only the zips of `extras: [avif10]` in pipeline.yaml have: for pixels of ten bits. No AWS."""

from typing import Any, Final

from shared.errors import EncoderMissing

# libvips encodes an AVIF in as many threads, and cuts the picture into tiles by them. Its default is the number of
# processors: bytes, and keys with {digest}, would depend on the machine. Two are those of other AVIFs.
_THREADS: Final = 2


def vips() -> Any:  # noqa: ANN401 - its stubs lack most operations
    """The module of libvips.

    Raises:
        EncoderMissing: it is not installed.
    """
    try:
        import pyvips  # noqa: PLC0415 - only where it is installed
    except Exception as error:  # ImportError of Python's part, OSError of the library's, and others of its start
        raise EncoderMissing(
            "10-bit AVIF needs a library that is not installed here. For a function: set `extras: [avif10]` in"
            " pipeline.yaml, build the zips of resize and watermark with `make package` and deploy them; a released"
            ' zip does not have it. For the command: pip install "image-pipeline[avif10]"'
        ) from error
    # What it remembers of one picture is of no use to the next.
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(_THREADS)
    return pyvips
