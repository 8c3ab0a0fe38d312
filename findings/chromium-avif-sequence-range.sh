#!/bin/sh
# Chromium 156 reads every AVIF sequence as limited range, although `colr` and the AV1 sequence header state full range.
#
# Expected: a grey of 64 and one of 200 in full range are shown as 64 and 200, in a still and in a sequence (libavif and avifdec).
# Seen: the still is right; the same picture as the first frame of a sequence is shown as 56 and 214, which is 255 / 219 of
# the part above 16. A sequence that is written in limited range is right.
set -eu
command -v chromium >/dev/null || { echo "NOT RUN: chromium is not installed"; exit 0; }
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import base64
import io
import re
import subprocess

from PIL import Image

PAGE = """<body><script>
function greys(image) {
  const context = new OffscreenCanvas(64, 64).getContext("2d");
  context.drawImage(image, 0, 0);
  const at = (x) => context.getImageData(x, 30, 1, 1).data[0];
  document.body.title = `greys ${at(5)} ${at(60)}.`;
}
</script><img onload="greys(this)" src="data:image/avif;base64,%s">"""


def shown(data):
    with open("page.html", "w") as file:
        file.write(PAGE % base64.b64encode(data).decode())
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "page.html"]
    dom = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"greys (\d+) (\d+)\.", dom).groups()))


def encoded(**options):
    image = Image.new("RGB", (64, 64), (200, 200, 200))
    image.paste((64, 64, 64), (0, 0, 32, 64))
    buffer = io.BytesIO()
    image.save(buffer, "AVIF", quality=95, **options)
    return buffer.getvalue()


SEQUENCE = {"save_all": True, "append_images": [Image.new("RGB", (64, 64))], "duration": 60_000}
print(subprocess.run(["chromium", "--version"], capture_output=True, text=True).stdout.strip())
still = shown(encoded(range="full"))
full = shown(encoded(range="full", **SEQUENCE))
limited = shown(encoded(range="limited", **SEQUENCE))
print(f"still, full range: expected about (64, 200), seen {still}")
print(f"sequence, full range: expected about (64, 200), seen {full}")
print(f"sequence, limited range: expected about (64, 200), seen {limited}")
assert max(abs(still[0] - 64), abs(limited[0] - 64)) <= 2
assert full[0] < 60 and full[1] > 208, "Chromium reads it right now"
PYTHON
