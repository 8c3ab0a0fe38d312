#!/bin/sh
# deflate 0.9.0 (libdeflate 1.25): decompressing takes a stream that is shorter than it was said to be for a whole one.
#
# Expected: `zlib_decompress(data, originalsize)` has the number of bytes of the stream, so another number is an error.
# libdeflate itself has a result of its own for it, LIBDEFLATE_SHORT_OUTPUT, if it is called without a place for the
# actual number of bytes: https://github.com/ebiggers/libdeflate/blob/v1.25/libdeflate.h
# Seen: a longer stream is refused, but a shorter one is returned as it is, without an error. With 0 the result is
# empty for a stream of any length. So a caller that sizes a picture by the result must compare the length itself.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check deflate==0.9.0
venv/bin/python - <<'PYTHON'
import zlib

import deflate

print("deflate", deflate.__version__)
pixels = bytes(range(100))
written = zlib.compress(pixels)


def result(size):
    try:
        return len(deflate.zlib_decompress(written, size))
    except deflate.DeflateError as error:
        return f"DeflateError: {error}"


seen = {size: result(size) for size in (0, 99, 100, 101, 10_000)}
print(seen)
assert "DeflateError" in str(seen[99]), seen
assert (seen[0], seen[100], seen[101], seen[10_000]) == (0, 100, 100, 100), seen
PYTHON
echo "SEEN: 10,000 bytes are expected, and 100 come without an error"
