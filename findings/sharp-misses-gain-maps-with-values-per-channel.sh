#!/bin/sh
# sharp 0.35.5 (libvips 8.18.7, libultrahdr 2.0.2) misses the gain map of an HDR JPEG whose values are given per channel.
#
# Expected: the same gain map from both forms, kept by keepGainMap(). "Ultra HDR Image Format v1.1", "HDR gain map metadata"
# (https://developer.android.com/media/platform/hdr-image-format), gives GainMapMin, GainMapMax, Gamma, OffsetSDR and OffsetHDR the
# type "Real or ordered array of Reals", of one item or of three for red, green and blue. It shares them with Adobe's "Gain map" 1.0
# (https://helpx.adobe.com/camera-raw/using/gain-map.html), and Lightroom and Camera Raw 16 write three (the issues below). In XMP
# an ordered array is an rdf:Seq, which cannot be an attribute.
# Seen: only attributes are read, and no error is raised. With GainMapMax as an rdf:Seq, or as an element of one number, metadata()
# has no gainMap and the output no gain map. With another of the five as an rdf:Seq the gain map is kept, but with the default of
# that property: Gamma 2 becomes 1, which is another HDR picture. The files differ only in the form of these values.
# The pipeline reads attributes, elements and sequences itself, and writes the values of ISO 21496-1 beside its XMP.
# Known upstream: google/libultrahdr issues 116 and 196, libvips/libvips issue 4854.
set -eu
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund sharp@0.35.5 >/dev/null 2>&1
cat > gain-maps.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import sharp from "sharp";

const VALUES = { GainMapMin: "0.0", GainMapMax: "2.0", Gamma: "2.0", OffsetSDR: "0.015625", OffsetHDR: "0.015625" };
const ISO = "urn:iso:std:iso:ts:21496:-1\0";

const segment = (marker, text) => {
  const body = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff]), body]);
};
const withSegments = (jpeg, ...segments) => Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
const xmp = (namespaces, inner) =>
  segment(0xe1, `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" ${namespaces}>
${inner}</rdf:Description>
</rdf:RDF>
</x:xmpmeta>`);

const SEQUENCE = (value) => `<rdf:Seq>${`<rdf:li>${value}</rdf:li>`.repeat(3)}</rdf:Seq>`;
const ONE_NUMBER = (value) => value;

// The XMP of the gain map: these properties as elements of this form, the others as attributes.
function gainMapXmp(elements, form) {
  let [attributes, inner] = ['hdrgm:HDRCapacityMin="0.0" hdrgm:HDRCapacityMax="2.0" hdrgm:BaseRenditionIsHDR="False"', ""];
  for (const [name, value] of Object.entries(VALUES)) {
    if (elements.includes(name)) inner += `<hdrgm:${name}>${form(value)}</hdrgm:${name}>\n`;
    else attributes += ` hdrgm:${name}="${value}"`;
  }
  return xmp(attributes, inner);
}

// The base with its directory (GContainer), the index of both pictures (MPF), and the gain map.
function ultraHdr(base, gainMap) {
  const google = "http://ns.google.com/photos/1.0/container/";
  const item = (semantic, more) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="${semantic}" Item:Mime="image/jpeg"${more}/></rdf:li>\n`;
  const items = item("Primary", "") + item("GainMap", ` Item:Length="${gainMap.length}"`);
  const directory = xmp(
    `xmlns:Container="${google}" xmlns:Item="${google}item/"`,
    `<Container:Directory><rdf:Seq>\n${items}</rdf:Seq></Container:Directory>\n`,
  );
  const index = Buffer.alloc(82);
  const numbers = (at, ...values) => values.forEach((value, place) => index.writeUInt32BE(value, at + 4 * place));
  const starts = 2 + directory.length + 8; // MPF counts from its byte order: after SOI, the XMP, the marker, length and "MPF\0"
  const primary = base.length + directory.length + 8 + index.length;
  numbers(0, 0x4d4d002a, 8);
  index.writeUInt16BE(3, 8);
  numbers(10, 0xb0000007, 4, 0x30313030, 0xb0010004, 1, 2, 0xb0020007, 32, 50);
  numbers(50, 0x030000, primary, 0, 0, 0, gainMap.length, primary - starts, 0);
  return Buffer.concat([withSegments(base, directory, segment(0xe2, `MPF\0${index.toString("latin1")}`)), gainMap]);
}

// The gamma in the last ISO 21496-1 segment: after versions, flags, two headrooms, minimum and maximum, as fractions.
function gammaIn(jpeg) {
  const at = jpeg.lastIndexOf(ISO) + ISO.length + 5 + 4 * 8;
  return jpeg.readUInt32BE(at) / jpeg.readUInt32BE(at + 4);
}

const flat = (width, height, background) => sharp({ create: { width, height, channels: 3, background } }).jpeg().toBuffer();
const [base, map] = [await flat(64, 48, "#808080"), await flat(32, 24, "#646464")];
const CASES = {
  "attributes": [[], SEQUENCE],
  "all per channel": [Object.keys(VALUES), SEQUENCE],
  "GainMapMax per channel": [["GainMapMax"], SEQUENCE],
  "GainMapMax an element": [["GainMapMax"], ONE_NUMBER],
  "all but GainMapMax per channel": [Object.keys(VALUES).filter((name) => name !== "GainMapMax"), SEQUENCE],
  "Gamma per channel": [["Gamma"], SEQUENCE],
};
const seen = {};
console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, libultrahdr ${sharp.versions.uhdr}`);
console.log("expected: a gain map of gamma 2 in each");
for (const [name, [elements, form]] of Object.entries(CASES)) {
  const jpeg = ultraHdr(base, withSegments(map, gainMapXmp(elements, form)));
  const read = (await sharp(jpeg).metadata()).gainMap !== undefined;
  const output = await sharp(jpeg).keepGainMap().resize(32).jpeg().toBuffer();
  const kept = (await sharp(output).metadata()).gainMap !== undefined;
  seen[name] = kept ? gammaIn(output) : null;
  assert.strictEqual(read, kept);
  console.log(`seen:     ${name}: ${kept ? `kept, gamma ${seen[name]}` : "no gain map"}`);
}
const want = {
  "attributes": 2,
  "all per channel": null,
  "GainMapMax per channel": null,
  "GainMapMax an element": null,
  "all but GainMapMax per channel": 1,
  "Gamma per channel": 1,
};
assert.deepStrictEqual(seen, want, "sharp reads values per channel now");
JAVASCRIPT
node gain-maps.mjs
