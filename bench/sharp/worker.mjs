// sharp in one pass: shrink on load, upright, logo, encode. Answers lines of JSON as workers/serve.py does.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

const SIDE_PX = 1024;
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

function sizeInside(width, height) {
  const scale = Math.min(1, SIDE_PX / width, SIDE_PX / height);
  return [Math.round(width * scale), Math.round(height * scale)];
}

async function chain(data, kind, logo, kept) {
  const animated = kind === "gif";
  let image = sharp(data, { animated })
    .rotate()
    .resize({ width: SIDE_PX, height: SIDE_PX, fit: "inside", withoutEnlargement: true });
  if (logo) {
    const header = await sharp(data, { animated }).metadata();
    const turned = (header.orientation ?? 1) > 4;
    const stored = [header.width, header.pageHeight ?? header.height];
    const [width, height] = sizeInside(...(turned ? stored.reverse() : stored));
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
  if (kind === "webp") return image.webp({ quality: QUALITY, ...(kept && { effort: 2 }) }).toBuffer();
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
