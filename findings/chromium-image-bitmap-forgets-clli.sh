#!/bin/sh
# Chromium 156 tone-maps an HDR AVIF with its clli in an img element, and without it in an ImageBitmap.
#
# Expected: createImageBitmap(image) has the same pixels that drawImage(image) draws: the same grey.
# Seen: PQ with a MaxCLL of 400 cd/m2 is drawn as 249 from the element, and as 213 from its bitmap, as if its peak were 1,000.
set -eu
command -v chromium >/dev/null || { echo "NOT RUN: chromium is not installed"; exit 0; }
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import base64
import http.server
import io
import struct
import subprocess
import threading

from PIL import Image

# The page requests its result as a path, so that nothing has to wait for the promise.
PAGE = """<body><script>
function grey(source) {
  const context = new OffscreenCanvas(64, 64).getContext("2d");
  context.drawImage(source, 0, 0);
  return context.getImageData(30, 30, 1, 1).data[0];
}
async function compare(image) {
  await fetch(`/seen/${grey(image)}/${grey(await createImageBitmap(image))}`);
}
</script><img onload="compare(this)" src="data:image/avif;base64,%s">"""
buffer = io.BytesIO()
Image.new("RGB", (64, 64), (160, 160, 160)).save(buffer, "AVIF", quality=90)
data = bytearray(buffer.getvalue())
codes, channels = data.index(b"colrnclx") + 8, data.index(b"pixi")
data[codes : codes + 4] = struct.pack(">HH", 9, 16)  # BT.2020, PQ
data[channels : channels + 12] = b"clli" + struct.pack(">HH", 400, 0) + bytes(4)
page = (PAGE % base64.b64encode(data).decode()).encode()
seen = []
done = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if self.path.startswith("/seen/"):
            seen.extend(map(int, self.path.split("/")[2:]))
            done.set()
        else:
            self.wfile.write(page)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(subprocess.run(["chromium", "--version"], capture_output=True, text=True).stdout.strip())
command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--user-data-dir=profile"]
browser = subprocess.Popen([*command, f"http://127.0.0.1:{server.server_port}/"], stderr=subprocess.DEVNULL)
done.wait(60)
browser.terminate()
element, bitmap = seen
print(f"element: {element}; bitmap: expected {element}, seen {bitmap}")
assert element - bitmap > 20, "Chromium keeps clli in a bitmap now"
PYTHON
