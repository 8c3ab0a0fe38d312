// sharp on animations: decode and encode, or encode alone. Answers lines of JSON as bench/line_process.py reads them.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

const QUALITY = 82;

sharp.concurrency(1);
sharp.cache(false);

function encoded(image, form) {
  // Encoders as they come: quality is that of our renditions.
  return (form === "webp" ? image.webp({ quality: QUALITY }) : image.gif()).toBuffer();
}

// The pixels, decoded before the clock starts.
async function decoded(data) {
  const { pageHeight, height, delay, loop } = await sharp(data, { animated: true, limitInputPixels: false }).metadata();
  const image = sharp(data, { animated: true, limitInputPixels: false }).ensureAlpha();
  const { data: pixels, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels, pageHeight: pageHeight ?? height };
  return { pixels, raw, timing: { delay, loop } };
}

async function whole(data, form, side) {
  const image = sharp(data, { animated: true, limitInputPixels: false });
  if (side) image.resize({ width: side, height: side, fit: "inside", withoutEnlargement: true });
  return encoded(image, form);
}

async function alone({ pixels, raw, timing }, form) {
  const image = sharp(pixels, { raw, limitInputPixels: false });
  return form === "webp"
    ? image.webp({ quality: QUALITY, ...timing }).toBuffer()
    : image.gif(timing).toBuffer();
}

async function answer({ path, form, part, side, out }) {
  const data = readFileSync(path);
  const frames = part === "encoder" ? await decoded(data) : null;
  const cpu = process.cpuUsage();
  const result = frames ? await alone(frames, form) : await whole(data, form, side);
  const { user, system } = process.cpuUsage(cpu);
  if (out) writeFileSync(out, result);
  return { cpu: (user + system) / 1e6, bytes: result.length };
}

console.log(JSON.stringify({ version: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` }));
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { error: String(error.message).split("\n")[0] };
  }
  console.log(JSON.stringify(said));
}
