// sharp in one pass: shrink on load, upright, logo, encode. Answers lines of JSON as workers/serve.py does.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

const SIDE_PX = 1024;
// Those of workers/serve.py: one file after the other, the largest first.
const WIDTHS_PX = [2560, 1920, 1600, 1280, 960, 640, 480, 320];
const QUALITY = 82;

// One thread and no cache of operations: what is measured is one image on one core.
sharp.concurrency(1);
sharp.cache(false);

const marks = new Map();

// The logo resized once for each width, and kept as raw pixels.
async function keptMark(logo, width) {
  const key = `${logo} ${width}`;
  if (!marks.has(key)) {
    const { data, info } = await sharp(logo).resize({ width }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    marks.set(key, { input: data, raw: { width: info.width, height: info.height, channels: 4 } });
  }
  const mark = marks.get(key);
  return { layer: mark, width: mark.raw.width, height: mark.raw.height };
}

// As examples have it: the logo's file resized to a PNG for this one image.
async function freshMark(logo, width) {
  const { data, info } = await sharp(logo).resize({ width }).png().toBuffer({ resolveWithObject: true });
  return { layer: { input: data }, width: info.width, height: info.height };
}

function sizeInside(width, height, side) {
  const scale = Math.min(1, side / width, side / height);
  return [Math.round(width * scale), Math.round(height * scale)];
}

async function chain(data, kind, logo, kept) {
  if (kind !== "widths") return rendition(data, kind, logo, kept, SIDE_PX);
  const files = [];
  for (const side of WIDTHS_PX) files.push(await rendition(data, "jpeg", logo, kept, side));
  return Buffer.concat(files);
}

async function rendition(data, kind, logo, kept, side) {
  const animated = kind === "gif" || kind === "animated webp";
  let image = sharp(data, { animated, limitInputPixels: false })
    .rotate()
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true });
  if (logo) {
    const header = await sharp(data, { animated, limitInputPixels: false }).metadata();
    const turned = (header.orientation ?? 1) > 4;
    const stored = [header.width, header.pageHeight ?? header.height];
    const [width, height] = sizeInside(...(turned ? stored.reverse() : stored), side);
    const mark = await (kept ? keptMark : freshMark)(logo, Math.floor(width / 4));
    const margin = Math.round(Math.min(width, height) * 0.02);
    const left = width - mark.width - margin;
    const top = height - mark.height - margin;
    // An animation is one tall picture to sharp: each frame gets its own logo.
    image = image.composite(
      Array.from({ length: header.pages ?? 1 }, (_, page) => ({ ...mark.layer, left, top: top + page * height })),
    );
  }
  if (kind === "jpeg") return image.jpeg({ quality: QUALITY, ...(kept && { optimiseCoding: false }) }).toBuffer();
  if (kind === "avif") return image.avif({ quality: QUALITY, ...(kept && { effort: 2 }) }).toBuffer();
  if (kind === "webp" || kind === "animated webp")
    return image.webp({ quality: QUALITY, ...(kept && { effort: 2 }) }).toBuffer();
  if (kind === "gif") return image.gif(kept ? { effort: 1 } : {}).toBuffer();
  return image.png(kept ? { compressionLevel: 3 } : {}).toBuffer();
}

// In bytes. Linux's VmHWM belongs to the program that runs; getrusage's figure is inherited from whoever started it.
function peak() {
  if (!existsSync("/proc/self/status")) return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
}

const read = new Map();
console.log(JSON.stringify({ version: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const { path, kind, logo, mark, out } = JSON.parse(line);
  if (!read.has(path)) read.set(path, readFileSync(path));
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = await chain(read.get(path), kind, logo, mark === "kept");
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const used = process.cpuUsage(cpu);
  if (out) writeFileSync(out, result);
  console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6, wall, bytes: result.length, peak: peak() }));
}
