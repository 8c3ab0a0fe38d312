"""The page of a comparison and its JSON."""

import json

import pytest
from PIL import Image

from bench.compare import page
from bench.compare.judge import judge
from bench.compare.page import Row
from bench.compare.pictures import picture
from bench.compare.readings import Reading


def read(name, *levels):
    return Reading(reader=name, picture=picture([Image.new("L", (70, 70), level) for level in levels]))


@pytest.fixture
def rows():
    refused = Reading(reader="ours", error="UnsupportedImage", reason="<b>no</b>")
    return [
        Row(name="a.png", form="png", verdict=judge(read("ours", 10), [read("Viewer", 10)])),
        Row(name="b<i>.png", form="png", verdict=judge(read("ours", 10), [read("Viewer", 90)])),
        Row(name="c.png", form="png", verdict=judge(refused, [read("Viewer", 90)])),
        Row(name="d.png", form="png", verdict=judge(read("ours", 1), [Reading(reader="Viewer", error="unread")])),
        Row(name="e.gif", form="gif", verdict=judge(read("ours", 10, 10), [read("Viewer", 10, 90)])),
    ]


def test_agreement_is_of_those_that_a_reference_reads(rows):
    figures = page.agreement(rows)
    assert list(figures) == ["png", "gif, animated", "all"]
    assert (figures["png"].files, figures["png"].compared) == (4, 3)
    assert figures["png"].share == pytest.approx(1 / 3)
    assert figures["gif, animated"].share == 0
    assert figures["all"].share == pytest.approx(1 / 4)


def test_without_comparisons_there_is_no_share(rows):
    assert page.agreement([rows[3]])["png"].share is None
    assert page.lines(page.agreement([rows[3]]))[1][3] == "-"


def test_the_page_shows_differences_with_their_pictures(rows, tmp_path):
    page.write(rows, tmp_path, versions={"Viewer": "1.0"}, missing={"Other": "not here"}, other=7)
    html = (tmp_path / page.PAGE).read_text(encoding="utf-8")
    assert "b&lt;i&gt;.png" in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "Other (not here)" in html
    assert html.count("<article>") == 3
    named = {path.name for path in (tmp_path / "pictures").iterdir()}
    # Of what is refused there is the reference's picture alone.
    assert len(named) == 3 + 1 + 3
    assert all(f"pictures/{name}" in html for name in named)


def test_an_animation_is_shown_at_the_frame_that_differs(rows, tmp_path):
    page.write([rows[4]], tmp_path, versions={}, missing={}, other=0)
    with Image.open(tmp_path / "pictures" / "0-reference.png") as shown:
        assert shown.convert("RGB").getpixel((5, 5)) == (90, 90, 90)


def test_the_json_has_every_file_with_every_answer(rows, tmp_path):
    page.write(rows, tmp_path, versions={"Viewer": "1.0"}, missing={}, other=0)
    values = json.loads((tmp_path / page.RESULTS).read_text(encoding="utf-8"))
    assert values["agreement"]["all"]["compared"] == 4
    by_name = {each["file"]: each for each in values["files"]}
    assert by_name["b<i>.png"]["outcome"] == "differs"
    assert by_name["b<i>.png"]["references"]["Viewer"]["difference"] == "off by 80.0 levels"
    assert by_name["c.png"]["ours"] == {"error": "UnsupportedImage", "reason": "<b>no</b>"}
