"""`make screenshots`: takes the pictures of the console in docs/images/ from a local AWS that processes images."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ops.aws.objects import put
from ops.demo.samples import samples
from ops.errors import CommandError, Exit
from ops.images.follow import Upload, follow, upload
from ops.local import stack
from ops.local.stack import LocalStack
from ops.settings import ROOT
from ops.show import note

FOLDER: Final = ROOT / "docs" / "images"

# What fails beforehand: an output of the first two is taken by an object of somebody else, the third is cut off.
_FAILING: Final = {
    "holiday/lake.jpg": "grey.jpg",
    "holiday/ridge.jpg": "progressive.jpeg",
    "holiday/cut off.jpg": "broken/truncated.jpg",
}
_TAKEN: Final = ("holiday/lake-thumb.jpg", "holiday/ridge-thumb.jpg")

# What is on its way when the picture is taken.
_SHOWN: Final = ("bouncing.gif", "phone.heic", "sticker-alpha.png", "modern.avif", "scan.tiff", "photo-12mp.jpg")

_PATIENCE_MS: Final = 60_000


def main(folder: Path = FOLDER) -> None:
    """Take all pictures, and replace those in the folder."""
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser_path is None:
        raise CommandError("there is no Chromium here: make browser installs it", Exit.FAILURE)
    with tempfile.TemporaryDirectory() as temporary, stack.running(report=note) as local:
        files = _files(Path(temporary))
        _fail(local, files)
        with _console(local, Path(temporary)) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path)
            _images(browser, address, files, folder)
            _purge(browser, address, folder)
            _messages(browser, address, folder)
            browser.close()


def _files(folder: Path) -> dict[str, Path]:
    """Write the demo's samples as files; returns them by key."""
    wanted = {*_FAILING.values(), *_SHOWN}
    made = {}
    for sample in samples():
        if sample.key in wanted:
            made[sample.key] = folder / Path(sample.key).name
            made[sample.key].write_bytes(sample.make())
    return made


def _fail(local: LocalStack, files: dict[str, Path]) -> None:
    for key in _TAKEN:
        put(local.s3, b"of somebody else", bucket=local.names.output_bucket, key=key, metadata={})
    uploaded = upload(local, [Upload(path=files[name], key=key) for key, name in _FAILING.items()])
    follow(local.ledger, uploaded, timeout_seconds=60)


@contextmanager
def _console(local: LocalStack, folder: Path) -> Iterator[str]:
    """Start a console of the local AWS; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.console", "--port", "0", "--mails", str(folder / "mails")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | local.emulator.environment(),
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe is what was asked for
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(20)


def _images(browser: Browser, address: str, files: dict[str, Path], folder: Path) -> None:
    """Take the list of images while they are processed, with one image opened."""
    page = _open(browser, address, width=1120, height=900)
    expect(page.locator("#rows .row")).to_have_count(len(_FAILING), timeout=_PATIENCE_MS)
    _loaded(page, "#rows .thumb img")
    page.locator("input[type=file]").first.set_input_files([files[name] for name in _SHOWN])
    badges = page.locator("#rows .badge")
    expect(badges.filter(has_text="stored").first).to_be_visible(timeout=_PATIENCE_MS)
    _keep(page, folder / "console.webp")
    expect(badges.filter(has_text="stored")).to_have_count(len(_SHOWN), timeout=_PATIENCE_MS)
    page.set_viewport_size({"width": 1000, "height": 760})
    page.locator("#rows .open", has_text="photo-12mp.jpg").click()
    for picture in ("before", "after"):
        expect(page.locator(f"dialog .{picture}")).not_to_have_js_property("naturalWidth", 0, timeout=_PATIENCE_MS)
    _keep(page, folder / "console-compare.webp")


def _purge(browser: Browser, address: str, folder: Path) -> None:
    """Take the dialog that purges the DLQ messages of one cause."""
    page = _open(browser, f"{address}#messages&error=OutputKeyTaken", width=1120, height=560)
    expect(page.locator("#dlq-rows .row")).to_have_count(len(_TAKEN), timeout=_PATIENCE_MS)
    page.locator("#messages .select-all").check()
    page.get_by_role("button", name="Purge…", exact=True).click()
    expect(page.locator("[data-phase='to confirm']")).to_be_visible(timeout=_PATIENCE_MS)
    _keep(page, folder / "console-purge.webp")
    page.get_by_role("button", name="Cancel").click()


def _messages(browser: Browser, address: str, folder: Path) -> None:
    """Take the DLQ messages on a phone in dark mode, with the first one selected."""
    page = _open(browser, f"{address}#messages", width=390, height=760, color_scheme="dark", device_scale_factor=1.5)
    boxes = page.locator("#dlq-rows").get_by_role("checkbox")
    expect(boxes.nth(2)).to_be_visible(timeout=_PATIENCE_MS)
    boxes.first.check()
    _loaded(page, "#dlq-rows .thumb img")
    _keep(page, folder / "console-phone.webp")


def _loaded(page: Page, pictures: str) -> None:
    """Wait until all pictures are loaded; the page removes those that cannot be loaded."""
    page.wait_for_function("all => [...document.querySelectorAll(all)].every(each => each.complete)", arg=pictures)


def _open(browser: Browser, address: str, *, width: int, height: int, **options: Any) -> Page:  # noqa: ANN401 - Playwright's
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.goto(address)
    return page


def _keep(page: Page, path: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(path, "WEBP", quality=82, method=6)
    note(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
