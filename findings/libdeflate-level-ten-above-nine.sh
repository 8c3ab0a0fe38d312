#!/bin/sh
# libdeflate 1.25 (deflate 0.9.0): levels 10 and 11 write repeated rows larger than level 9, level 12 and zlib do.
#
# Expected: a higher level takes no more bytes, or hardly more. Levels 10 to 12 are the near-optimal ones, so that level
# 10 is the first that encoders of PNG take for small files.
# Seen: 300 rows of 101 bytes, as of a PNG of one colour without a filter, take 130 bytes at levels 9, 11 and 12 and by
# zlib's 9, and 230 at level 10: 1.77 times as many. 300 rows of 513 bytes take 517, and 698 at levels 10 and 11.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check deflate==0.9.0
venv/bin/python - <<'PYTHON'
import zlib

import deflate

print("deflate", deflate.__version__)


def sizes(width):
    rows = (b"\0" + b"\x55" * (width - 1)) * 300
    written = {level: len(deflate.zlib_compress(rows, level)) for level in (9, 10, 11, 12)}
    assert all(zlib.decompress(deflate.zlib_compress(rows, level)) == rows for level in written)
    return len(zlib.compress(rows, 9)), written


for width in (33, 65, 101, 257, 513):
    print(width, *sizes(width))
assert sizes(101) == (130, {9: 130, 10: 230, 11: 130, 12: 130}), sizes(101)
assert sizes(513) == (517, {9: 517, 10: 698, 11: 698, 12: 517}), sizes(513)
PYTHON
echo "SEEN: level 10 is 1.77 times as large as level 9"
