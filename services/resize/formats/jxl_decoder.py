"""Decodes a JPEG XL from stdin, in a process of its own whose first argument is its limit of memory in MiB.

The decoder can neither be stopped nor bounded from outside: it takes a file whole, and a frame may refer to four
others. So its process has a limit of memory, and the one that started it ends it when its time is over. A file that
makes it crash costs that process alone. No AWS.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1024**2

# What it ends with where the file does not decode. libjxl does not say whether it lacks memory, or the file is damaged.
DAMAGED: Final = 3

_STATM: Final = Path("/proc/self/statm")


def main() -> int:
    """Write a line of JSON about the picture, then its profile and its pixels; or nothing, and DAMAGED."""
    import pillow_jxl  # noqa: PLC0415 - installed with the extra jxl alone

    data = sys.stdin.buffer.read()
    _bound(int(sys.argv[1]))
    try:
        is_jpeg, info, pixels, profile, _ = pillow_jxl.Decoder(num_threads=0)(data)
    except Exception:  # noqa: BLE001 - whatever a damaged file makes of it
        return DAMAGED
    profile = bytes(profile or b"")
    described = {"jpeg": is_jpeg, "mode": info.mode, "size": [info.width, info.height], "profile_bytes": len(profile)}
    sys.stdout.buffer.write(json.dumps(described).encode() + b"\n" + profile)
    sys.stdout.buffer.write(pixels)
    return 0


def _bound(megabytes: int) -> None:
    """Let this process take so much more memory than it has."""
    if _STATM.is_file():  # Linux
        pages = int(_STATM.read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + megabytes * MEBIBYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
