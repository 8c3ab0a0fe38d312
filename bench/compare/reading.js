// Chromium as a reference: reads the bytes at a path of this page, and returns pixels as RGBA in base64.

const BOX_PX = 1024;
const SIDE_PX = 64;
const MAX_FRAMES = 600;

async function base64(bytes) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([bytes]));
  });
  return url.slice(url.indexOf(",") + 1);
}

function canvasOf(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  return context;
}

// The source's pixels in each of `target` pixels along one side, each with its share: whole ones, as Pillow's BOX has it.
function shares(source, target) {
  return Array.from({ length: target }, (_, index) => {
    const begin = Math.floor((index * source) / target + 0.5);
    const end = Math.floor(((index + 1) * source) / target + 0.5);
    return Array.from({ length: end - begin }, (_, at) => [begin + at, 1 / (end - begin)]);
  });
}

// The mean of the pixels that each of 64 x 64 covers, weighted by their alpha.
function reduced({ data, width, height }) {
  const across = shares(width, SIDE_PX);
  const rows = new Float32Array(height * SIDE_PX * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < SIDE_PX; x++)
      for (const [at, share] of across[x]) {
        const from = (y * width + at) * 4;
        const to = (y * SIDE_PX + x) * 4;
        const alpha = share * data[from + 3];
        for (let channel = 0; channel < 3; channel++) rows[to + channel] += data[from + channel] * alpha;
        rows[to + 3] += alpha;
      }
  const result = new Uint8ClampedArray(SIDE_PX * SIDE_PX * 4);
  shares(height, SIDE_PX).forEach((parts, y) => {
    for (let x = 0; x < SIDE_PX; x++) {
      const sums = [0, 0, 0, 0];
      for (const [at, share] of parts)
        for (let channel = 0; channel < 4; channel++) sums[channel] += rows[(at * SIDE_PX + x) * 4 + channel] * share;
      const to = (y * SIDE_PX + x) * 4;
      for (let channel = 0; channel < 3; channel++) result[to + channel] = sums[3] ? sums[channel] / sums[3] : 0;
      result[to + 3] = sums[3];
    }
  });
  return result;
}

// An ImageBitmap forgets how bright an HDR picture is at most (clli), so its tones are mapped otherwise than on a page.
async function element(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  return image;
}

async function still(blob) {
  const bitmap = await createImageBitmap(blob);
  // An element with pixels that do not decode is drawn as nothing, without an error: the bitmap comes first.
  const image = blob.type === "image/avif" ? await element(blob) : bitmap;
  const scale = Math.min(1, BOX_PX / bitmap.width, BOX_PX / bitmap.height);
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvasOf(width, height);
  context.drawImage(image, 0, 0, width, height);
  const pixels = await base64(context.getImageData(0, 0, width, height).data);
  return { size: [bitmap.width, bitmap.height], frames: [{ size: [width, height], pixels }], durations: [] };
}

async function animation(decoder, count) {
  const frames = [];
  const durations = [];
  let size;
  for (let frameIndex = 0; frameIndex < count; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex });
    size = [image.displayWidth, image.displayHeight];
    const context = canvasOf(...size);
    context.drawImage(image, 0, 0);
    durations.push(Math.round((image.duration ?? 0) / 1000));
    image.close();
    const drawn = context.getImageData(0, 0, ...size);
    const small = Math.min(...size) < SIDE_PX;
    frames.push({
      size: small ? size : [SIDE_PX, SIDE_PX],
      pixels: await base64(small ? drawn.data : reduced(drawn)),
    });
  }
  return { size, frames, durations };
}

async function read({ path, type }) {
  const bytes = await (await fetch(path)).arrayBuffer();
  let decoder;
  try {
    decoder = new ImageDecoder({ data: bytes, type });
    await decoder.tracks.ready;
    await decoder.completed;
    const count = decoder.tracks.selectedTrack.frameCount;
    if (count > MAX_FRAMES) throw new Error(`${count} frames`);
    if (count > 1) return await animation(decoder, count);
  } catch (error) {
    // What is not an animation is read as a page reads it: an image that is cut short has no frame for this interface.
    if (decoder?.tracks?.selectedTrack?.frameCount > 1) throw error;
  }
  return await still(new Blob([bytes], { type }));
}
