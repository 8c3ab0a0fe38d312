"""A PNG's deflated pixels, inflated by ISA-L on their way to Pillow, which takes longer for that. No AWS.

Pillow gets them as deflate blocks without compression. So it still finds the chunks and undoes the filters.
docs/adr/0040-png-inflated-by-isa-l.md describes why no other library decodes the whole of a PNG.
"""

import struct
from collections.abc import Callable
from typing import Final

from isal import igzip_lib, isal_zlib
from PIL import Image

# RFC 1950, 2.2: a zlib stream whose blocks may look back 32 KiB. The first byte of a header has the method, which is 8,
# and the size of the window, up to 7. The second has the bit of a dictionary. Both make a multiple of 31.
_HEADER: Final = b"\x78\x01"
_METHODS: Final = frozenset(range(0x08, 0x80, 0x10))
_DICTIONARY: Final = 0x20
_MULTIPLE: Final = 31
# How zlib names a stream with its header and checksum, and one of blocks alone.
_ZLIB_STREAM: Final = 15
_BLOCKS_ALONE: Final = -15

# RFC 1951, 3.2.4: before a block without compression are a byte whose lowest bit marks the last block, the number of
# bytes, and its complement.
_BLOCK: Final = struct.Struct("<BHH")
_MAX_BLOCK_BYTES: Final = 0xFFFF


def inflated(image: Image.Image, *, checked: bool = True) -> bool:
    """Decode a PNG; False if that failed, in which case only a newly opened image says why.

    Args:
        image: image as Pillow's PNG plug-in opened it, not yet decoded.
        checked: whether it fails where the checksum of the stream is wrong.

    Raises:
        EOFError: pixels are missing.
    """
    # ImageFile.load takes all data of the pixels from here.
    image.load_read = _Blocks(image.load_read, checked=checked).read  # type: ignore[attr-defined]
    try:
        image.load()
    except (igzip_lib.IsalError, OSError, SyntaxError, ValueError):  # type: ignore[misc]  # an instance, says its stub
        return False
    finally:
        # An image that refers to itself stays in memory until the next garbage collection.
        del image.load_read  # type: ignore[attr-defined]
    return True


class _Blocks:
    """A zlib stream whose blocks are not compressed, from one whose blocks are.

    Args:
        read: returns about as many bytes of the compressed stream as it is asked for; none at the end.
        checked: whether its checksum counts.
    """

    def __init__(self, read: Callable[[int], bytes], *, checked: bool) -> None:
        self._read = read
        self._stream = isal_zlib.decompressobj(wbits=_ZLIB_STREAM if checked else _BLOCKS_ALONE)
        self._past_header = checked
        self._begin = _HEADER
        self._compressed = b""
        self._has_more = False

    def read(self, size: int) -> bytes:
        """The next block; no bytes where the compressed stream is cut off.

        Args:
            size: number of bytes to read of the compressed stream.

        Raises:
            IsalError: the stream is damaged.
            OSError: its header is damaged or missing.
            EOFError: the stream ended, and Pillow needs more for its picture.
        """
        if not self._past_header:
            self._read_header()
        while not self._stream.eof:
            if not self._compressed and not self._has_more:
                self._compressed = self._read(size)
                if not self._compressed:
                    return b""
            data = self._stream.decompress(self._compressed, _MAX_BLOCK_BYTES)
            self._compressed = self._stream.unconsumed_tail
            self._has_more = len(data) == _MAX_BLOCK_BYTES
            if data:
                begin, self._begin = self._begin, b""
                return begin + _BLOCK.pack(0, len(data), len(data) ^ _MAX_BLOCK_BYTES) + data
        # Pillow 13 alone would leave the missing rows black where the last one that is there is whole.
        raise EOFError("the pixels are truncated: their stream ends before the picture does")

    def _read_header(self) -> None:
        header = b""
        while len(header) < len(_HEADER):
            more = self._read(len(_HEADER) - len(header))
            if not more:
                raise OSError("the stream of the pixels has no header")
            header += more
        is_deflated = header[0] in _METHODS and int.from_bytes(header, "big") % _MULTIPLE == 0
        if not is_deflated or header[1] & _DICTIONARY:
            raise OSError("the header of the pixels' stream is damaged")
        self._past_header = True
