// sharp as a reference: reads a file and answers a line of JSON a file. Pixels go to a file, as RGBA.

import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

const BOX_PX = 1024;
const MAX_ANIMATION_PIXELS = 50_000_000;

sharp.concurrency(1);
sharp.cache(false);

// GIF and WebP have frames; the pages of a TIFF are not an animation.
const ANIMATED = new Set(["gif", "webp"]);

async function read(path, out) {
  const header = await sharp(path, { limitInputPixels: false }).metadata();
  const pages = ANIMATED.has(header.format) ? (header.pages ?? 1) : 1;
  if (pages * header.width * (header.pageHeight ?? header.height) > MAX_ANIMATION_PIXELS && pages > 1)
    throw new Error("the animation is too large for a comparison");
  let image = sharp(path, { pages, limitInputPixels: false, failOn: "error" });
  const { width, height } = pages > 1 ? { width: header.width, height: header.pageHeight ?? header.height } : header.autoOrient;
  if (pages === 1)
    image = image.autoOrient().resize({ width: BOX_PX, height: BOX_PX, fit: "inside", withoutEnlargement: true });
  const { data, info } = await image
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  writeFileSync(out, data);
  return {
    size: [width, height],
    stored: [info.width, info.height / pages],
    pages,
    durations: pages > 1 ? header.delay : [],
    counts: ANIMATED.has(header.format) || header.format === "jpeg",
  };
}

console.log(JSON.stringify({ version: `${sharp.versions.sharp}, libvips ${sharp.versions.vips}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const { path, out } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await read(path, out)));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message).split("\n")[0] }));
  }
}
