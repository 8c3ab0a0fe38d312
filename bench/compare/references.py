"""The software with which the product is compared, as far as it is installed on this machine."""

import base64
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from PIL import Image, ImageCms
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from bench.compare.pictures import BOX_PX, Picture, picture
from bench.environments import WORKERS, CannotInstall, python_of, sharp_command
from bench.line_process import line_process

HERE: Final = Path(__file__).resolve().parent
PROGRAM_SECONDS: Final = 40
BROWSER_SECONDS: Final = 40

CHROMIUM: Final = "Chromium"
SHARP: Final = "sharp"
MAGICK: Final = "ImageMagick"
AVIFDEC: Final = "avifdec"
HEIF_DEC: Final = "heif-dec"
TIFF2RGBA: Final = "tiff2rgba"
TIFFFILE: Final = "tifffile"
PILLOW_HEIF: Final = "pillow-heif"
IMAGECODECS: Final = "imagecodecs"

# Readers of each format, in this order: first those that read animations, then the quick ones.
ASKED: Final = {
    "jpeg": (SHARP, CHROMIUM, MAGICK),
    "png": (SHARP, CHROMIUM, MAGICK),
    "apng": (CHROMIUM, MAGICK),
    "gif": (CHROMIUM, SHARP, MAGICK),
    "webp": (CHROMIUM, SHARP, MAGICK),
    "avif": (CHROMIUM, SHARP, AVIFDEC, MAGICK, IMAGECODECS),
    "heic": (HEIF_DEC, MAGICK, PILLOW_HEIF),
    "tiff": (SHARP, MAGICK, TIFF2RGBA, TIFFFILE),
    "bmp": (CHROMIUM, MAGICK),
}
# Media types by which a browser recognises formats.
_TYPES: Final = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "apng": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
}
# ImageMagick writes what it can read of a damaged file, warns, and exits with success.
_DAMAGE: Final = re.compile(
    r"premature end|unexpected end|corrupt (image|jpeg|data)|insufficient image data", re.IGNORECASE
)
# avifdec's output for a sequence.
_FRAMES: Final = re.compile(r", (\d+) frames?\b")
MAX_FRAMES: Final = 200
_ORIGIN: Final = "https://compare.invalid/"


class NotRead(Exception):
    """Raised if a reference does not read a file.

    Args:
        message: message of the reference.
    """


class Reference(Protocol):
    """Software that reads images."""

    version: str

    def read(self, path: Path, form: str) -> Picture:
        """Read the file as it is displayed.

        Args:
            path: path of the file.
            form: its format.

        Raises:
            NotRead: it does not read the file.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """A reference that is installed on this machine.

    Args:
        name: name on the page.
        version: its version.
        start: starts it; the stack releases its resources.
    """

    name: str
    version: str
    start: Callable[[ExitStack], Reference]


def present() -> tuple[list[Found], dict[str, str]]:
    """The references of this machine, and the reasons why others are missing, by name."""
    found, missing = [], {}
    for name, find in (
        (CHROMIUM, _find_chromium),
        (SHARP, _find_sharp),
        (MAGICK, _find_magick),
        (AVIFDEC, _find_avifdec),
        (HEIF_DEC, _find_heif_dec),
        (TIFF2RGBA, _find_tiff2rgba),
        (TIFFFILE, _find_oracle),
        (PILLOW_HEIF, _find_oracle),
        (IMAGECODECS, _find_oracle),
    ):
        try:
            found.append(find(name))
        except (CannotInstall, OSError, subprocess.SubprocessError) as error:
            missing[name] = str(error)
    return found, missing


def _find_chromium(name: str) -> Found:
    path = _program("chromium", "chromium-browser", "google-chrome")
    version = _says([path, "--version"]).split(" built")[0].strip()
    return Found(name=name, version=version, start=lambda stack: _Chromium(stack, path, version))


def _find_sharp(name: str) -> Found:
    command = sharp_command(HERE / "reading.mjs")
    with ExitStack() as stack:
        version = _Sharp(stack, command).version
    return Found(name=name, version=version, start=lambda stack: _Sharp(stack, command))


def _find_magick(name: str) -> Found:
    # Other programs are also called convert.
    for candidate in ("magick", "convert", "/usr/bin/convert"):
        path = shutil.which(candidate)
        said = _says([path, "-version"]) if path else ""
        if path and said.startswith("Version: ImageMagick"):
            return _found_magick(name, path, said.split()[2])
    raise CannotInstall("ImageMagick is not installed")


def _found_magick(name: str, path: str, version: str) -> Found:
    return Found(name=name, version=version, start=lambda _: _Magick(path, version))


def _find_avifdec(name: str) -> Found:
    path = _program("avifdec")
    version = " ".join(_says([path, "--version"]).split()[1:2])
    command = (path, "--jobs", "1", "--depth", "8", "{source}", "{target}")
    # Cached readings of only the first frame do not count as these.
    version = f"{version}, every frame"
    return Found(name=name, version=version, start=lambda _: _Avifdec(command, version))


def _find_heif_dec(name: str) -> Found:
    path = _program("heif-dec", "heif-convert")
    # It prints its help to standard error.
    version = (_says([path, "--help"]).partition("libheif version:")[2].split() or ["unknown"])[0]
    return Found(name=name, version=version, start=lambda _: _HeifDec((path, "{source}", "{target}"), version))


def _find_tiff2rgba(name: str) -> Found:
    path = _program("tiff2rgba")
    version = (_says([path, "-h"]).partition("Version ")[2].split() or ["unknown"])[0]
    command = (path, "-c", "none", "{source}", "{target}")
    return Found(name=name, version=version, start=lambda _: _Converter(command, version))


def _find_oracle(name: str) -> Found:
    """A Python package, in the environment of requirements/bench/oracles.txt."""
    python = str(python_of("oracles"))
    version = _says([python, "-c", f"from importlib.metadata import version; print(version({name!r}))"]).strip()
    command = (python, str(WORKERS / "oracle.py"), "{source}", "{target}")
    kind = _Frames if name == IMAGECODECS else _Converter
    return Found(name=name, version=version, start=lambda _: kind(command, version))


class _Magick:
    def __init__(self, program: str, version: str) -> None:
        self._program, self.version = program, version

    def read(self, path: Path, form: str) -> Picture:
        with tempfile.TemporaryDirectory() as folder:
            # A safe name: colons and brackets in a file's name have a meaning in ImageMagick.
            source, target, profile = Path(folder, f"image.{form}"), Path(folder, "out.png"), Path(folder, "srgb.icc")
            source.symlink_to(path.resolve())
            profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
            kind = {"apng": "png"}.get(form, form)
            begin = [self._program, "-limit", "thread", "1", f"{kind}:{source}[0]", "-auto-orient"]
            if form == "gif":
                begin.append("-coalesce")
            end = ["-colorspace", "sRGB", "-print", "%w %h\n", "-resize", f"{BOX_PX}x{BOX_PX}>", "-depth", "8"]
            end.append(f"PNG32:{target}")
            try:
                said = _run([*begin, "-profile", str(profile), *end])
            except NotRead:
                # A CMYK file without a profile of its own accepts no RGB profile.
                said = _run([*begin, *end])
            width, height = map(int, said.split()[:2])
            return _opened(target, size=(width, height), counts_frames=form == "jpeg")


class _Converter:
    def __init__(self, command: Sequence[str], version: str) -> None:
        self._command, self.version = command, version

    def read(self, path: Path, form: str) -> Picture:
        return self._written(path, form, "png")

    def _written(self, path: Path, form: str, suffix: str) -> Picture:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, f"image.{form}"), Path(folder, f"out.{suffix}")
            source.symlink_to(path.resolve())
            _run([part.format(source=source, target=target) for part in self._command])
            # For a file of several images there are several files, out-1.png first.
            written = [target] if target.exists() else sorted(Path(folder).glob(f"out-*.{suffix}"))
            if not written:
                raise NotRead("it writes no file")
            return _opened(written[0], counts_frames=False)


class _Avifdec(_Converter):
    def read(self, path: Path, form: str) -> Picture:
        count = int((_FRAMES.search(_says([self._command[0], "--info", str(path.resolve())])) or ("", "1"))[1])
        if count == 1:
            return super().read(path, form)
        if count > MAX_FRAMES:
            raise NotRead(f"{count} frames are more than the limit")
        return picture(self._frames(path, form, count))

    def _frames(self, path: Path, form: str, count: int) -> Iterator[Image.Image]:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, f"image.{form}"), Path(folder, "out.png")
            source.symlink_to(path.resolve())
            for index in range(count):
                command = [part.format(source=source, target=target) for part in self._command]
                _run([*command[:1], "--index", str(index), *command[1:]])
                with Image.open(target) as image:
                    yield _in_srgb(image)
                target.unlink()


class _Frames(_Converter):
    """A converter that writes every frame, out-0000.png first."""

    def read(self, path: Path, form: str) -> Picture:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, f"image.{form}"), Path(folder, "out.png")
            source.symlink_to(path.resolve())
            _run([part.format(source=source, target=target) for part in self._command])
            return picture(_in_srgb(Image.open(each)) for each in sorted(Path(folder).glob("out-*.png")))


class _HeifDec(_Converter):
    def read(self, path: Path, form: str) -> Picture:
        try:
            return super().read(path, form)
        except NotRead:
            # libpng writes no PNG with a profile that is known to be wrong, such as HP's sRGB of 1998.
            return self._written(path, form, "jpg")


class _Sharp:
    def __init__(self, stack: ExitStack, command: Sequence[str]) -> None:
        self._process = stack.enter_context(line_process(command, SHARP))
        self.version = self._process.version

    def read(self, path: Path, form: str) -> Picture:
        del form
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "pixels")
            answer = self._process.ask({"path": str(path.resolve()), "out": str(out)})
            if "error" in answer:
                raise NotRead(answer["error"])
            pixels, (width, height) = out.read_bytes(), map(int, answer["stored"])
            step = width * height * 4
            return picture(
                (Image.frombytes("RGBA", (width, height), pixels[n * step :][:step]) for n in range(answer["pages"])),
                size=tuple(answer["size"]),
                durations_ms=answer["durations"],
                counts_frames=answer["counts"],
            )


class _Chromium:
    def __init__(self, stack: ExitStack, program: str, version: str) -> None:
        self.version = version
        playwright = stack.enter_context(sync_playwright())
        # As root, Chromium cannot start its sandbox. What it reads is not sent anywhere.
        self._browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        stack.callback(self._browser.close)
        self._page: Any = None
        self._data = b""

    def read(self, path: Path, form: str) -> Picture:
        if form not in _TYPES:
            raise NotRead("not a format of browsers")
        self._data = path.read_bytes()
        try:
            answer = self._ready().evaluate("job => read(job)", {"path": f"{_ORIGIN}file", "type": _TYPES[form]})
        except BrowserError as error:
            if not self._browser.is_connected():
                raise
            self._page = None
            raise NotRead(str(error).splitlines()[0]) from None
        return picture(_decoded(answer["frames"]), size=tuple(answer["size"]), durations_ms=answer["durations"])

    def _ready(self) -> Any:  # noqa: ANN401 - a page of Playwright
        if self._page is None:
            page = self._browser.new_page()
            page.set_default_timeout(BROWSER_SECONDS * 1000)
            page.route(f"{_ORIGIN}**", self._serve)
            page.goto(_ORIGIN)
            page.add_script_tag(content=(HERE / "reading.js").read_text(encoding="utf-8"))
            self._page = page
        return self._page

    def _serve(self, route: Any) -> None:  # noqa: ANN401 - a route of Playwright
        if route.request.url == _ORIGIN:
            route.fulfill(body="<!doctype html>", content_type="text/html")
        else:
            route.fulfill(body=self._data, content_type="application/octet-stream")


def _decoded(frames: Sequence[dict[str, Any]]) -> Iterator[Image.Image]:
    for frame in frames:
        yield Image.frombytes("RGBA", tuple(frame["size"]), base64.b64decode(frame["pixels"]))


def _opened(path: Path, *, size: tuple[int, int] | None = None, counts_frames: bool) -> Picture:
    try:
        with Image.open(path) as image:
            rgba = _in_srgb(image)
            return picture([rgba], size=size, counts_frames=counts_frames)
    except OSError:
        # Some programs exit with success and leave a file without an image.
        raise NotRead("it writes no image") from None


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    rgba = image.convert("RGBA")
    if not profile:
        return rgba
    try:
        colours = ImageCms.profileToProfile(
            rgba.convert("RGB"), io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        return rgba
    if colours is None:
        return rgba
    colours.putalpha(rgba.getchannel("A"))
    return colours


def _program(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    raise CannotInstall(f"{names[0]} is not installed")


def _says(command: Sequence[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS)
    return result.stdout or result.stderr


def _run(command: Sequence[str]) -> str:
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=PROGRAM_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NotRead(f"it takes longer than {PROGRAM_SECONDS} s") from None
    said = result.stderr.strip().splitlines()
    if result.returncode != 0:
        raise NotRead((said or [f"exit code {result.returncode}"])[0])
    if damage := [line for line in said if _DAMAGE.search(line)]:
        raise NotRead(damage[0])
    return result.stdout
