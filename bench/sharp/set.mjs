// sharp makes a responsive set: eight widths of one picture, each in three formats. Answers lines of JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const logos = new Map();

async function logoOf(path, width) {
  const key = `${path} ${width}`;
  if (!logos.has(key)) {
    const { data, info } = await sharp(path).resize({ width }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    logos.set(key, { data, info });
  }
  return logos.get(key);
}

// The logo over a quarter of the width, at the bottom right.
async function layer(logo, width, height) {
  const { data, info } = await logoOf(logo, Math.floor(width / 4));
  const margin = Math.round(Math.min(width, height) * 0.02);
  const raw = { width: info.width, height: info.height, channels: 4 };
  return { input: data, raw, left: width - info.width - margin, top: height - info.height - margin };
}

// As documents have it: a pipeline for each file, from the source.
async function eachFile(data, { widths, formats, logo }, size) {
  const files = {};
  for (const width of widths) {
    const height = Math.round((size[1] * width) / size[0]);
    const scaled = sharp(data).rotate().resize({ width }).composite([await layer(logo, width, height)]);
    for (const [name, [form, options]] of Object.entries(formats))
      files[`${width}.${name}`] = await scaled.clone().toFormat(form, options).toBuffer();
  }
  return files;
}

// A width is decoded, scaled and watermarked once, as in this pipeline.
async function eachWidth(data, { widths, formats, logo }, size) {
  const files = {};
  for (const width of widths) {
    const height = Math.round((size[1] * width) / size[0]);
    const scaled = sharp(data).rotate().resize({ width }).composite([await layer(logo, width, height)]).removeAlpha();
    const { data: pixels, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    for (const [name, [form, options]] of Object.entries(formats))
      files[`${width}.${name}`] = await sharp(pixels, { raw }).toFormat(form, options).toBuffer();
  }
  return files;
}

console.log(JSON.stringify({ version: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const data = readFileSync(job.path);
  const header = await sharp(data).metadata();
  const size = (header.orientation ?? 1) > 4 ? [header.height, header.width] : [header.width, header.height];
  const before = process.cpuUsage();
  const files = await (job.shared ? eachWidth : eachFile)(data, job, size);
  const used = process.cpuUsage(before);
  if (job.out) for (const [name, file] of Object.entries(files)) writeFileSync(`${job.out}/${name}`, file);
  const bytes = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.length]));
  console.log(JSON.stringify({ cpu: (used.user + used.system) / 1e6, bytes }));
}
