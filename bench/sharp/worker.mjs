// sharp in one pass: shrink on load, upright, logo, encode. Answers lines of JSON as workers/serve.py does.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

const SIDE_PX = 1024;
const QUALITY = 82;

// One thread and no cache of operations: what is measured is one image on one core.
sharp.concurrency(1);
sharp.cache(false);

const marks = new Map();

async function markOf(logo, width) {
  const key = `${logo} ${width}`;
  if (!marks.has(key)) {
    const { data, info } = await sharp(logo).resize({ width }).png().toBuffer({ resolveWithObject: true });
    const raw = await sharp(data).ensureAlpha().raw().toBuffer();
    marks.set(key, { input: raw, raw: { width: info.width, height: info.height, channels: 4 } });
  }
  return marks.get(key);
}

function sizeInside(width, height) {
  const scale = Math.min(1, SIDE_PX / width, SIDE_PX / height);
  return [Math.round(width * scale), Math.round(height * scale)];
}

async function chain(data, kind, logo) {
  const animated = kind === "gif";
  let image = sharp(data, { animated })
    .rotate()
    .resize({ width: SIDE_PX, height: SIDE_PX, fit: "inside", withoutEnlargement: true });
  if (logo) {
    const header = await sharp(data, { animated }).metadata();
    const turned = (header.orientation ?? 1) > 4;
    const stored = [header.width, header.pageHeight ?? header.height];
    const [width, height] = sizeInside(...(turned ? stored.reverse() : stored));
    const mark = await markOf(logo, Math.floor(width / 4));
    const margin = Math.round(Math.min(width, height) * 0.02);
    const left = width - mark.raw.width - margin;
    const top = height - mark.raw.height - margin;
    // Of an animation sharp takes the mark once for each frame: they lie one under the other.
    const layers = Array.from({ length: header.pages ?? 1 }, (_, page) => ({ ...mark, left, top: top + page * height }));
    image = image.composite(layers);
  }
  if (kind === "jpeg") return image.jpeg({ quality: QUALITY }).toBuffer();
  if (kind === "webp") return image.webp({ quality: QUALITY }).toBuffer();
  if (kind === "gif") return image.gif().toBuffer();
  return image.png().toBuffer();
}

const read = new Map();
console.log(JSON.stringify({ version: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const { path, kind, logo, out } = JSON.parse(line);
  if (!read.has(path)) read.set(path, readFileSync(path));
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = await chain(read.get(path), kind, logo);
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  if (out) writeFileSync(out, result);
  // maxRSS is in kilobytes.
  const rss = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6, wall, bytes: result.length, rss }));
}
