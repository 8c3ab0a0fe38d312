"""The measurement of formats at one quality, and its page."""

import pytest
from kit.pictures import gradient, noise
from PIL import Image

from bench.formats import CONTENDERS, SMALLEST, File, Row, measured, page, summary
from shared.choices import CANDIDATES


def row(name="a.png", **sizes):
    sizes = dict.fromkeys(CONTENDERS, 100) | sizes
    files = {
        each: File(form="avif" if each == SMALLEST else each, size_bytes=size, cpu_ms=10.0, score=80.0)
        for each, size in sizes.items()
    }
    return Row(name=name, size=(64, 48), files=files)


def test_a_picture_is_encoded_in_every_way_and_the_smallest_is_one_of_them(tmp_path):
    path = tmp_path / "a.png"
    noise((90, 60)).save(path)
    asked = []

    def score(reference, file):
        with Image.open(file) as image:
            asked.append((reference.suffix, image.format, image.size, file.stat().st_size))
        return 77.0

    found = measured(path, 64, 82, score)
    assert (found.name, found.size, tuple(found.files)) == ("a.png", (64, 43), CONTENDERS)
    candidates = [found.files[name] for name in CANDIDATES]
    assert found.files[SMALLEST].size_bytes == min(file.size_bytes for file in candidates)
    judged = {name: file for name, file in found.files.items() if name != "png"}
    assert {each[::2] for each in asked} == {(".png", (64, 43))}
    # A JPEG XL is judged by its pixels, in a file that the judge opens.
    sizes = {name: each[3] for name, each in zip(judged, asked, strict=True) if name != "jxl"}
    assert sizes == {name: file.size_bytes for name, file in judged.items() if name != "jxl"}
    assert asked[list(judged).index("jxl")][1] == "PNG"
    assert found.files["jxl"].size_bytes < asked[list(judged).index("jxl")][3]
    assert found.files["png"].score == 100


def test_transparent_pictures_are_compared_on_white(tmp_path):
    path = tmp_path / "a.png"
    gradient((40, 30), "RGBA").save(path)
    assert measured(path, 64, 82, lambda *_: 77.0).files["jpeg"].form == "jpeg"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_bytes_are_ratios_to_the_jpeg_of_the_same_picture(count):
    text = summary([row(jpeg=200 * (1 + index), avif=100 * (1 + index)) for index in range(count)])
    line = next(line for line in text.splitlines() if line.startswith("| avif"))
    assert set(line.split("|")[2].strip().split(", ")) == {"0.50"}
    assert f"`smallest` chose: avif {count}." in text


def test_the_page_has_every_picture():
    text = page({"photographs": [row("a.jpg")], "flat pictures": [row("b.png"), row("c.png")]}, 1024, 82)
    assert "## 1 photographs" in text
    assert "## 2 flat pictures" in text
    assert all(f"| {name} | 64 x 48 |" in text for name in ("a.jpg", "b.png", "c.png"))
