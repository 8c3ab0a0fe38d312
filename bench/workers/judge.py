"""Compares pictures with the expected ones: size, logo, PSNR, SSIM, SSIMULACRA2.

Runs in its own environment. Reads a job as JSON from stdin, and answers with JSON:

    {"pictures": [{"name", "kind", "source", "side" of its box in pixels,
                   "files": {contestant: {"clean": path, "marked": path}}}],
     "model": contestant whose marked picture the others must look like, "quality": of the JPEG to compare with}
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, ImageSequence
from skimage.metrics import structural_similarity
from ssimulacra2 import compute_ssimulacra2

_ANIMATED = ("gif", "apng", "animated webp")
_GREY = (128, 128, 128)
# Where nothing differs the PSNR would be infinite, which JSON does not support.
_BEST_PSNR = 99.0


def judge(job: dict[str, Any]) -> dict[str, Any]:
    """The figures of every picture, by picture and contestant."""
    return {picture["name"]: _picture(picture, job["model"], job["quality"]) for picture in job["pictures"]}


def _picture(picture: dict[str, Any], model: str, quality: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        wanted = list(_reference(picture))
        reference = Path(folder) / "reference.png"
        is_jpeg, is_opaque = picture["kind"] == "jpeg", picture["kind"] not in (*_ANIMATED, "png")
        verdicts: dict[str, Any] = {}
        if is_opaque:
            Image.fromarray(_bytes(wanted[0])).save(reference)
        for name, files in picture["files"].items():
            clean = list(_frames(files["clean"]))
            verdict = {"size": list(clean[0].shape[1::-1]), "frames": len(clean), **_likeness(wanted, clean)}
            if is_opaque:
                verdict["ssimulacra2"] = _ssimulacra2(reference, clean[0])
            marked, likeness = next(_frames(files["marked"])), next(_frames(picture["files"][model]["marked"]))
            verdicts[name] = verdict | _logo(clean[0], marked, likeness)
        best = None
        if is_jpeg:
            plain = Path(folder) / "plain.jpg"
            Image.fromarray(_bytes(wanted[0])).save(plain, quality=quality)
            best = _ssimulacra2(reference, next(_frames(str(plain))))
        return {
            "size": list(wanted[0].shape[1::-1]),
            "frames": len(wanted),
            "files": verdicts,
            "plain_ssimulacra2": best,
        }


def _reference(picture: dict[str, Any]) -> Iterator[np.ndarray]:
    """Decoded in full, upright, and resized once by Lanczos in floating point, without rounding in between."""
    with Image.open(picture["source"]) as image:
        if picture["kind"] in _ANIMATED:
            for frame in ImageSequence.Iterator(image):
                yield _flat(frame.convert("RGBA"))
            return
        upright = ImageOps.exif_transpose(image)
        scale = min(1, picture["side"] / upright.width, picture["side"] / upright.height)
        size = (round(upright.width * scale), round(upright.height * scale))
        if not upright.has_transparency_data:
            # A channel at a time: all of 200 MP in floating point would take gigabytes.
            small = [_lanczos(np.asarray(band, dtype=np.float32), size) for band in upright.convert("RGB").split()]
            yield np.clip(np.stack(small, axis=2), 0, 255)
            return
        channels = [np.asarray(band, dtype=np.float32) for band in upright.convert("RGBA").split()]
        alpha = channels.pop() / 255
        small = [_lanczos(channel * alpha, size) for channel in channels]
        coverage = np.clip(_lanczos(alpha, size), 0, 1)
        ground = _GREY[0] * (1 - coverage)
        yield np.clip(np.stack([channel + ground for channel in small], axis=2), 0, 255)


def _lanczos(channel: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    resized = Image.fromarray(channel.astype(np.float32), mode="F").resize(size, Image.Resampling.LANCZOS)
    return np.asarray(resized, dtype=np.float64)


def _frames(path: str) -> Iterator[np.ndarray]:
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            yield _flat(frame.convert("RGBA"))


def _flat(image: Image.Image) -> np.ndarray:
    """The image on grey, so that transparent pixels do not count."""
    ground = Image.new("RGBA", image.size, (*_GREY, 255))
    return np.asarray(Image.alpha_composite(ground, image).convert("RGB"), dtype=np.float64)


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _likeness(wanted: list[np.ndarray], got: list[np.ndarray]) -> dict[str, float]:
    """Means over the frames, of the common part where a side differs by a pixel."""
    pairs = [_common(a, b) for a, b in zip(wanted, got, strict=False)]
    return {
        "psnr": float(np.mean([_psnr(a, b) for a, b in pairs])),
        "ssim": float(np.mean([structural_similarity(a, b, channel_axis=2, data_range=255) for a, b in pairs])),
    }


def _common(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    return a[:height, :width], b[:height, :width]


def _psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(np.mean((a - b) ** 2))
    return _BEST_PSNR if error == 0 else min(_BEST_PSNR, 10 * float(np.log10(255**2 / error)))


def _ssimulacra2(reference: Path, pixels: np.ndarray) -> float:
    with tempfile.TemporaryDirectory(prefix="judge-") as folder, Image.open(reference) as wanted:
        path = Path(folder) / "picture.png"
        picture = Image.fromarray(_bytes(pixels))
        # It needs pictures of the same size: an edge that is a pixel short is extended.
        (picture if picture.size == wanted.size else picture.resize(wanted.size)).save(path)
        return float(compute_ssimulacra2(str(reference), str(path)))


def _logo(clean: np.ndarray, marked: np.ndarray, likeness: np.ndarray) -> dict[str, float]:
    """How much the logo changes its corner, in levels, and the PSNR of that corner against the model's, in dB."""
    clean, marked = _common(clean, marked)
    height, width, _ = marked.shape
    left, top = width - width // 4 - width // 20, height - width // 8
    a, b = _common(marked, likeness)
    return {
        "logo_levels": float(np.abs(clean - marked)[top:, left:].mean()),
        "logo_psnr": _psnr(a[top:, left:], b[top:, left:]),
    }


if __name__ == "__main__":
    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None
    print(json.dumps(judge(json.load(sys.stdin))))
