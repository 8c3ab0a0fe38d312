#!/bin/sh
# sharp 0.35.5 (libvips 8.18.7): a GIF that repeats 65,535 times becomes a WebP that plays forever.
#
# Expected: a GIF of n repeats is played n + 1 times, and WebP's ANIM chunk has the number of plays in 16 bits, where 0 is forever
# (WebP Container Specification, "Animation"). 65,536 plays do not fit, so 65,535, the maximum, would be written.
# Seen: metadata() returns 65536, and the WebP has 0. One repeat less, 65,534, is written as 65,535 and is right.
set -eu
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund sharp@0.35.5 >/dev/null 2>&1
cat > loops.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import sharp from "sharp";

const pixels = Buffer.alloc(8 * 16 * 3, 40).fill(200, 0, 8 * 8 * 3);
const frames = sharp(pixels, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
const gif = await frames.gif({ loop: 3, delay: [100, 100] }).toBuffer();
const count = gif.indexOf("NETSCAPE2.0") + 13;
const seen = {};
for (const repeats of [2, 65534, 65535]) {
  gif.writeUInt16LE(repeats, count);
  const animation = sharp(gif, { animated: true });
  const { loop } = await animation.metadata();
  const webp = await animation.webp().toBuffer();
  seen[repeats] = [loop, webp.readUInt16LE(webp.indexOf("ANIM") + 12)];
  console.log(`${repeats} repeats: metadata().loop ${seen[repeats][0]}, plays in the WebP ${seen[repeats][1]}`);
}
console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`);
console.log("expected: 65,535 plays for 65,535 repeats");
console.log(`seen:     ${seen[65535][1]}, which is forever`);
assert.deepStrictEqual(seen, { 2: [3, 3], 65534: [65535, 65535], 65535: [65536, 0] }, "sharp bounds the plays now");
JAVASCRIPT
node loops.mjs
