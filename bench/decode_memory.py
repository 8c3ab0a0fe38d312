"""The memory of a decode: the model of services/resize beside measured peaks, as a table in Markdown.

`python -m bench.decode_memory [MEGAPIXELS [WORD]]`: all pictures, or those with a word in their names.
Linux only: peaks are read from /proc.
"""

import io
import json
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from PIL import Image

_MEGAPIXELS: Final = 24
_CHILD: Final = """
import importlib, json, re, sys
from pathlib import Path
from services.resize.formats import memory_cost
from services.resize.settings import Limits, Settings
from services.resize.step import render
for name in ("Avif", "Bmp", "Gif", "Jpeg", "Png", "Tiff", "WebP"):
    importlib.import_module(f"PIL.{name}ImagePlugin")
costs = []
real = memory_cost.check_memory
def recorded(cost, limits):
    costs.append(cost.bytes)
    real(cost, limits)
for module in list(sys.modules.values()):
    if getattr(module, "check_memory", None) is real:
        module.check_memory = recorded
def peak():
    return int(re.findall(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[0]) * 1024
limits = Limits(pixels=10**9, memory_mb=10**5, seconds=600, bytes=2**31, side_px=65535, frame_pixels=10**10)
data = Path(sys.argv[1]).read_bytes()
before = peak()
render(data, Settings(work_bucket="w", limits=limits))
print(json.dumps({"modelled": max(costs, default=0), "measured": peak() - before}))
"""


def _scene(size: tuple[int, int], mode: str) -> Image.Image:
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, across)).convert(mode)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _fields(size: tuple[int, int]) -> bytes:
    """A 16-bit BMP whose red is where others have blue."""
    data = bytes(size[0] * size[1] * 2)
    head = struct.pack("<IiiHHIIiiII", 56, *size, 1, 16, 3, 0, 0, 0, 0, 0)
    head += struct.pack("<IIII", 0x1F, 0x3E0, 0x7C00, 0x8000)
    return b"BM" + struct.pack("<IHHI", 70 + len(data), 0, 0, 70) + head + data


def _cases(size: tuple[int, int]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    def case(name: str, form: str, mode: str, **options: object) -> tuple[str, Callable[[], bytes]]:
        return name, lambda: _saved(_scene(size, mode), form, **options)

    yield case("JPEG, baseline, 4:2:0", "JPEG", "RGB")
    yield case("JPEG, baseline, without its end", "JPEG", "RGB")
    yield case("JPEG, progressive, 4:2:0", "JPEG", "RGB", progressive=True)
    yield case("JPEG, progressive, 4:4:4", "JPEG", "RGB", progressive=True, subsampling=0)
    yield case("JPEG, progressive, grey", "JPEG", "L", progressive=True)
    yield case("JPEG, progressive, CMYK", "JPEG", "CMYK", progressive=True)
    for mode in ("1", "L", "P", "RGB", "RGBA", "LA"):
        yield case(f"PNG, {mode}", "PNG", mode, compress_level=1)
    yield "PNG, 16-bit grey", lambda: _saved(_scene(size, "I").convert("I;16"), "PNG", compress_level=1)
    yield case("WebP, lossy", "WEBP", "RGB", method=0)
    yield case("WebP, lossless with alpha", "WEBP", "RGBA", lossless=True, quality=0, method=0)
    yield case("AVIF, 4:2:0", "AVIF", "RGB", speed=10)
    yield case("AVIF, 4:4:4 with alpha", "AVIF", "RGBA", speed=10, subsampling="4:4:4")
    yield case("GIF", "GIF", "P")
    yield case("TIFF, uncompressed", "TIFF", "RGB")
    yield case("TIFF, LZW", "TIFF", "RGB", compression="tiff_lzw")
    yield case("TIFF, CMYK", "TIFF", "CMYK")
    yield "TIFF, 16-bit grey", lambda: _saved(_scene(size, "I").convert("I;16"), "TIFF")
    yield case("TIFF, floating-point grey", "TIFF", "F")
    yield case("BMP", "BMP", "RGB")
    yield "BMP, masks", lambda: _fields(size)
    yield case("JPEG 2000", "JPEG2000", "RGB", irreversible=True, quality_layers=[20])
    yield case("JPEG 2000, with alpha", "JPEG2000", "RGBA", irreversible=True, quality_layers=[20])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure every case, and print the table."""
    megapixels = float(sys.argv[1]) if len(sys.argv) > 1 else _MEGAPIXELS
    word = sys.argv[2] if len(sys.argv) > 2 else ""  # noqa: PLR2004
    width = round((megapixels * 1e6 * 1.5) ** 0.5)
    size = (width, round(width / 1.5))
    _say(f"Pictures of {size[0]} x {size[1]} px, {megapixels:g} MP.\n")
    _say("| picture | modelled MB | measured MB | modelled / measured |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        for name, made in _cases(size):
            if word not in name:
                continue
            data = made()
            path.write_bytes(data[:-2] if "without its end" in name else data)
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, str(path)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                _say(f"| {name} | {(re.findall('.+', done.stderr) or ['?'])[-1][:90]} | | |")
                continue
            found = json.loads(done.stdout)
            modelled, measured = (found[each] / 1e6 for each in ("modelled", "measured"))
            _say(f"| {name} | {modelled:.0f} | {measured:.0f} | {modelled / max(1, measured):.2f} |")


if __name__ == "__main__":
    main()
