"""Whether all contestants made the same picture, and how good each one is."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageChops

from bench.contestants import NO_LOGO, OURS, Contestant
from bench.environments import WORKERS, python_of
from bench.inputs import Input
from bench.rounds import Rounds
from bench.worker import working
from ops import settings
from ops.show import note
from services.resize.packing import pack
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import render
from services.watermark.unpacking import unpack

JPEG_QUALITY: Final = 82

# Tolerances of the requested picture. The logo changes its corner by at least ten levels; with different resamplers
# its corner agrees within 30 dB.
MAX_PIXELS_OFF: Final = 1
MIN_LOGO_LEVELS: Final = 5.0
MIN_LOGO_PSNR: Final = 25.0
MIN_PSNR: Final = 25.0


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Comparison of a contestant's picture, made without a logo, with the reference; and the effect of the logo.

    Args:
        size: (width, height) in pixels.
        frames: number of frames.
        psnr: PSNR in dB.
        ssim: SSIM, 0 to 1.
        ssimulacra2: SSIMULACRA2, up to 100; None where it has alpha or is animated.
        logo_levels: how much the logo changes its corner, in levels of 255.
        logo_psnr: PSNR of that corner against this pipeline's, in dB.
    """

    size: tuple[int, int]
    frames: int
    psnr: float
    ssim: float
    ssimulacra2: float | None
    logo_levels: float
    logo_psnr: float


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The judgement of all contestants on one picture.

    Args:
        size: (width, height) required, in pixels.
        frames: number of frames required.
        plain_ssimulacra2: SSIMULACRA2 of a full decode, a Lanczos resize and a JPEG of quality 82; None if not a JPEG.
        likenesses: likenesses by contestant.
    """

    size: tuple[int, int]
    frames: int
    plain_ssimulacra2: float | None
    likenesses: Mapping[str, Likeness]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The judgement of all pictures.

    Args:
        pictures: judgements by input.
        hand_off_loss: the greatest difference between a pixel before and after the hand-off, in levels.
    """

    pictures: Mapping[str, Judged]
    hand_off_loss: int

    def unfit(self) -> dict[tuple[str, str], str]:
        """Reasons why a picture is not the requested one, by (input, contestant)."""
        return {
            (picture, name): why
            for picture, judged in self.pictures.items()
            for name, likeness in judged.likenesses.items()
            if (why := fault(judged, likeness)) is not None
        }


def fault(judged: Judged, likeness: Likeness) -> str | None:
    """What is wrong with a picture; None where it is the requested one."""
    off = max(abs(a - b) for a, b in zip(judged.size, likeness.size, strict=True))
    if off > MAX_PIXELS_OFF:
        return f"it is {likeness.size[0]} x {likeness.size[1]} px, not {judged.size[0]} x {judged.size[1]}"
    if likeness.frames != judged.frames:
        return f"it has {likeness.frames} frames, not {judged.frames}"
    if likeness.psnr < MIN_PSNR:
        return f"it is another picture: {likeness.psnr:.1f} dB"
    if likeness.logo_levels < MIN_LOGO_LEVELS:
        return f"it has no logo: its corner changes by {likeness.logo_levels:.1f} levels"
    if likeness.logo_psnr < MIN_LOGO_PSNR:
        return f"its logo is another one: {likeness.logo_psnr:.1f} dB"
    return None


def measure(contestants: Sequence[Contestant], pictures: Sequence[Input], rounds: Rounds, logo: Path) -> Quality:
    """Judge the pictures of the rounds, and the same pictures without a logo.

    Args:
        contestants: contestants; those without a logo make the same picture as their counterparts.
        pictures: the inputs.
        rounds: rounds with the watermarked pictures.
        logo: path of the logo.
    """
    note("judging the pictures")
    judged = [each for each in contestants if each.logo != NO_LOGO]
    reported = {
        "model": OURS,
        "quality": JPEG_QUALITY,
        "pictures": [
            {
                "name": picture.name,
                "kind": picture.kind,
                "source": str(picture.path),
                "side": picture.side_px,
                "files": {
                    each.name: _files(each, picture, rounds, logo)
                    for each in judged
                    if (picture.name, each.name) in rounds.outputs
                },
            }
            for picture in pictures
        ],
    }
    command = [str(python_of("judge")), str(WORKERS / "judge.py")]
    result = subprocess.run(command, input=json.dumps(reported), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"the judge ended with {result.returncode}:\n{result.stderr.strip()}")
    answer = json.loads(result.stdout)
    return Quality(
        pictures={name: _judged(values) for name, values in answer.items()},
        hand_off_loss=max(hand_off_loss(picture.path.read_bytes()) for picture in pictures),
    )


def _files(contestant: Contestant, picture: Input, rounds: Rounds, logo: Path) -> dict[str, str]:
    """The files of one contestant: without a logo, made here and not timed, and with a logo."""
    marked = rounds.outputs[picture.name, contestant.name]
    clean = marked.with_stem(f"{marked.stem}.clean")
    with working(replace(contestant, logo=NO_LOGO)) as worker:
        worker.run(picture.path, picture.kind, logo=logo, out=clean)
    return {"clean": str(clean), "marked": str(marked)}


def _judged(values: Mapping[str, Any]) -> Judged:
    return Judged(
        size=(values["size"][0], values["size"][1]),
        frames=values["frames"],
        plain_ssimulacra2=values["plain_ssimulacra2"],
        likenesses={
            name: Likeness(
                size=(each["size"][0], each["size"][1]),
                frames=each["frames"],
                psnr=each["psnr"],
                ssim=each["ssim"],
                ssimulacra2=each.get("ssimulacra2"),
                logo_levels=each["logo_levels"],
                logo_psnr=each["logo_psnr"],
            )
            for name, each in values["files"].items()
        },
    )


def hand_off_loss(data: bytes) -> int:
    """The greatest difference between pixels that resize passes on and watermark reads, in levels of 255."""
    picture = render(data, ResizeSettings.from_env(settings.placeholders(settings.load(), "resize")))
    animated = picture.animation is not None
    worst = 0
    for rendered in picture.renditions:
        frames = rendered.frames
        found = unpack(pack(frames, animated=animated), frames=len(frames) if animated else None)
        worst = max(worst, *(_difference(a, b) for a, b in zip(frames, found, strict=True)))
    return worst


def _difference(a: Image.Image, b: Image.Image) -> int:
    bands = zip(a.split(), b.split(), strict=True)
    extremes = [ImageChops.difference(one, other).getextrema() for one, other in bands]
    return max(int(high) for _, high in extremes if isinstance(high, int | float))
