"""The contestants, and how each is used."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from bench.environments import HERE, ROOT, WORKERS, CannotInstall, allocator_of, python_of, sharp_command
from ops.settings import ALLOCATOR
from ops.show import note

# How a contestant gets its logo: prepared once for each size and cached, or read and resized for every image.
KEPT: Final = "kept"
EACH_TIME: Final = "each time"
NO_LOGO: Final = "none"

OURS: Final = "this pipeline"
OURS_BARE: Final = "this pipeline, no logo"
NAIVE: Final = "naive Pillow"
SHARP: Final = "sharp"
SHARP_TUNED: Final = "sharp, tuned"
SHARP_BARE: Final = "sharp, no logo"
PYVIPS: Final = "pyvips"
THUMBOR: Final = "thumbor"
FLOOR: Final = "floor"
AGAINST: Final = "the other build"

# Why a contestant has no figures for a kind of picture.
_NO_HEIC: Final = {"heic": "reads no HEIC: its prebuilt libvips has no HEVC decoder"}
_NO_APNG: Final = {"apng": "reads and writes only the first frame of an APNG"}


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """One way of making a picture.

    Args:
        name: name in the results.
        description: description for the results.
        command: command of its worker.
        logo: KEPT, EACH_TIME or NO_LOGO.
        cannot: reasons why it does not make a kind of picture, by kind.
        environment: environment variables of its worker.
        root: folder of the project's build that its worker imports.
    """

    name: str
    description: str
    command: tuple[str, ...]
    logo: str = KEPT
    cannot: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = ROOT


@dataclass(frozen=True, kw_only=True)
class Field:
    """All contestants.

    Args:
        contestants: contestants that could be installed.
        missing: reasons why the others could not, by name.
    """

    contestants: tuple[Contestant, ...]
    missing: dict[str, str]

    def named(self, name: str) -> Contestant | None:
        """The contestant of this name, if it takes part."""
        return next((each for each in self.contestants if each.name == name), None)


def install(against: Path | None = None) -> Field:
    """Install all contestants that are missing; those that cannot be installed are skipped, with a note.

    Args:
        against: folder of another build of this project, with its own .venv; None to compare with none.
    """
    contestants: list[Contestant] = []
    missing: dict[str, str] = {}
    joins = dict(_FIELD)
    if against is not None:
        joins[AGAINST] = partial(_other_build, against)
    for name, join in joins.items():
        try:
            contestants += join()
        except CannotInstall as error:
            note(f"{name} is skipped: {error}")
            missing[name] = str(error)
    return Field(contestants=tuple(contestants), missing=missing)


def _ours() -> list[Contestant]:
    command = (sys.executable, str(WORKERS / "ours.py"))
    description = (
        "resize, watermark and store as the functions run them, glibc's allocator set as theirs: messages as JSON,"
        " intermediate ZIPs, objects in memory"
    )
    bare = "the same, with a rendition that is not watermarked"
    return [
        Contestant(name=OURS, description=description, command=command, environment=ALLOCATOR),
        Contestant(name=OURS_BARE, description=bare, command=command, logo=NO_LOGO, environment=ALLOCATOR),
    ]


def _other_build(root: Path) -> list[Contestant]:
    python = root / ".venv" / "bin" / "python"
    if not python.is_file():
        raise CannotInstall(f"{root.name} has no .venv; run make setup there")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - git from PATH
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    description = (
        f"this pipeline at commit {commit or 'unknown'}, run by this benchmark's worker in its own environment, with"
        " the allocator settings of its functions"
    )
    command = (str(python), str(WORKERS / "ours.py"))
    environment = allocator_of(root)
    return [
        Contestant(name=AGAINST, description=description, command=command, environment=environment, root=root.resolve())
    ]


def _naive() -> list[Contestant]:
    description = (
        "three services as in tutorials, each of which opens a file's bytes and saves it: made upright, thumbnail, q82;"
        " the logo resized and composited on an RGBA layer; opened and saved once more"
    )
    cannot = {"heic": "reads no HEIC without a further package"}
    return [
        Contestant(
            name=NAIVE, description=description, command=_python("naive", "naive.py"), logo=EACH_TIME, cannot=cannot
        )
    ]


def _sharp() -> list[Contestant]:
    command = sharp_command(HERE / "sharp" / "worker.mjs")
    plain = (
        "as in its documentation: one pass, concurrency 1, no cache, the logo file resized for each image, encoders"
        " and allocator by default"
    )
    tuned = (
        "the same with the logo resized once and cached as raw pixels, encoders at the efforts of this pipeline"
        " (optimiseCoding off, WebP 2, PNG level 3, GIF 1), and the allocator set as in this pipeline, which saves it a"
        " third of its memory"
    )
    cannot = _NO_HEIC | _NO_APNG
    return [
        Contestant(name=SHARP, description=plain, command=command, logo=EACH_TIME, cannot=cannot),
        Contestant(name=SHARP_TUNED, description=tuned, command=command, environment=ALLOCATOR, cannot=cannot),
        Contestant(
            name=SHARP_BARE, description="like sharp, without a logo", command=command, logo=NO_LOGO, cannot=cannot
        ),
    ]


def _pyvips() -> list[Contestant]:
    description = (
        "one pass by thumbnail_buffer, one thread, the logo resized once and cached, efforts as for tuned sharp"
    )
    return [
        Contestant(
            name=PYVIPS,
            description=description,
            command=_python("pyvips", "pyvips_chain.py"),
            cannot=_NO_HEIC | _NO_APNG,
        ),
    ]


def _thumbor() -> list[Contestant]:
    description = (
        "its Pillow engine without its server, PROGRESSIVE_JPEG off, made upright last, which is cheaper, the logo"
        " resized once and cached"
    )
    return [
        Contestant(
            name=THUMBOR,
            description=description,
            command=_python("thumbor", "thumbor_chain.py"),
            cannot={
                "heic": "reads HEIC only with a further package",
                "apng": "keeps only the first frame of an APNG",
                "animated webp": "keeps only the first frame of a WebP",
                "widths": "makes one picture a request",
            },
        ),
    ]


def _floor() -> list[Contestant]:
    description = (
        "only libjpeg-turbo (simplejpeg): decode at the smallest of 1/1, 1/2, 1/4, 1/8 that is not smaller than the"
        " target, crop to the target's size, encode; no resizing, no logo, so no usable picture"
    )
    return [
        Contestant(
            name=FLOOR,
            description=description,
            command=_python("floor", "floor.py"),
            logo=NO_LOGO,
            cannot=dict.fromkeys(
                ("png", "gif", "webp", "heic", "avif", "apng", "animated webp", "widths"), "is for JPEG"
            ),
            environment=ALLOCATOR,
        ),
    ]


def _python(lock: str, worker: str) -> tuple[str, ...]:
    return str(python_of(lock)), str(WORKERS / worker)


_FIELD: Final[dict[str, Callable[[], list[Contestant]]]] = {
    OURS: _ours,
    NAIVE: _naive,
    SHARP: _sharp,
    PYVIPS: _pyvips,
    THUMBOR: _thumbor,
    FLOOR: _floor,
}
