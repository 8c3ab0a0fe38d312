"""The page of `pipeline preview --html` in a browser: each width of a window gets the file that is meant for it."""

from pathlib import Path

import pytest
from kit.metadata_files import LIGHTROOM, with_blocks
from kit.pictures import gradient

from ops.cli.main import main

SETTINGS = """
name: sets
renditions: [{name: small, width: 90, height: 90}]
sets: [{name: hero, widths: [200, 400, 800], formats: [webp, jpeg], watermark: false}]
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preview")
    (folder / "pipeline.yaml").write_text(SETTINGS, encoding="utf-8")
    source = folder / 'a, "b" 2x&<i>.jpg'
    source.write_bytes(with_blocks("JPEG", xmp=LIGHTROOM, image=gradient((600, 400))))
    settings = str(folder / "pipeline.yaml")
    assert main(["preview", str(source), "--out", str(folder / "out"), "--html", "--settings", settings]) == 0
    return (folder / "out" / "index.html").as_uri()


@pytest.mark.parametrize(("window", "width"), [(180, 200), (390, 400), (500, 600), (1500, 600)])
def test_a_window_gets_the_file_of_its_width(browser, address, window, width):
    with browser.new_context(viewport={"width": window, "height": 700}) as context:
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("document.querySelector('.set img').naturalWidth > 0")
        assert page.locator(".set output").inner_text() == f'a, "b" 2x&<i>-hero-{width}.webp'
        assert page.evaluate("document.documentElement.scrollWidth") <= window


def test_a_picture_has_the_alternative_text_of_its_source(browser, address):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        assert page.get_by_alt_text("A boat on a lake").count() == 1


def test_every_file_is_shown_or_linked(browser, address):
    with browser.new_context() as context:
        page = context.new_page()
        broken = []
        page.on("requestfailed", lambda request: broken.append(request.url))
        page.goto(address, wait_until="networkidle")
        assert page.locator("td a").count() == 7
        assert page.locator(".renditions img").evaluate("image => image.naturalWidth") == 90
        linked = page.locator("td a").evaluate_all("all => all.map(each => decodeURIComponent(each.href))")
        assert all(Path(each.removeprefix("file://")).is_file() for each in linked)
        assert broken == []
