"""The measurement of lossless stills, and its summary."""

import json

import pytest
from kit.pictures import animation, gradient, png, saved
from PIL import Image

from bench import lossless
from bench.lossless import HEADER, KINDS, Row, kind_of, main, table, visible


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (saved(gradient().quantize(9), "PNG"), lossless.PALETTE),
        (saved(gradient().convert("1"), "PNG"), lossless.BILEVEL),
        (png((2, 1), 2, 0, b"\x10"), lossless.GREY),
        (saved(gradient(mode="L").convert("LA"), "PNG"), lossless.GREY),
        (saved(gradient(), "PNG"), lossless.COLOUR),
        (saved(gradient(mode="RGBA"), "PNG"), lossless.COLOUR),
        (saved(gradient(), "WEBP", lossless=True), lossless.WEBP),
        (saved(gradient(), "WEBP", lossless=True, xmp=b"x"), lossless.WEBP),
        (saved(gradient(), "BMP"), lossless.BMP),
        (saved(gradient(), "TIFF"), lossless.TIFF),
        (saved(gradient(), "WEBP"), None),
        (saved(gradient(), "JPEG"), None),
        (animation("PNG"), None),
        (animation("WEBP", lossless=True), None),
        (b"words", None),
    ],
)
def test_kinds_are_reported_by_the_bytes(data, kind):
    assert kind_of(data) == kind


def row(name="a.png", kind=lossless.PALETTE, **changes):
    values = {"size_bytes": 100, "made_bytes": 90, "form": "PNG", "is_same": True, "cpu": 0.5, "digest": ""}
    return Row(name=name, kind=kind, **values | changes)


def test_a_line_sums_up_its_kind():
    rows = [
        row(),
        row("b.png", made_bytes=103),
        row("c.png", made_bytes=109, is_same=False),
        row("d.tif", lossless.TIFF, made_bytes=20, form="JPEG", is_same=False),
    ]
    lines = [dict(zip(HEADER, line, strict=True)) for line in table(rows)]
    assert lines[0] == {
        "KIND": "palette PNG",
        "FILES": "3",
        "BYTES": "300",
        "STORED": "302",
        "RATIO": "1.007",
        "LARGER": "2",
        "MOST": "+9",
        "FILE": "c.png",
        "LOSSY": "0",
        "DIFFER": "1",
        "CPU S": "1.5",
    }
    assert (lines[1]["KIND"], lines[1]["LARGER"], lines[1]["LOSSY"], lines[1]["DIFFER"]) == ("TIFF", "0", "1", "0")


def test_files_are_measured_in_every_folder(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(saved(gradient().quantize(9), "PNG"))
    (tmp_path / "b.bmp").write_bytes(saved(gradient(), "BMP"))
    (tmp_path / "damaged.png").write_bytes(saved(gradient(), "PNG")[:150])
    (tmp_path / "c.jpg").write_bytes(saved(gradient(), "JPEG"))
    assert main([str(tmp_path), "--out", str(tmp_path / "figures.json")]) == 0
    rows = json.loads((tmp_path / "figures.json").read_text())
    assert [(each["name"], each["kind"]) for each in rows] == [("b.bmp", "BMP"), ("in/a.png", "palette PNG")]
    assert rows[1]["is_same"]
    printed, noted = capsys.readouterr()
    assert "palette PNG" in printed
    assert "damaged.png: the image does not decode" in noted


def test_kinds_can_be_chosen(tmp_path, capsys):
    (tmp_path / "a.png").write_bytes(saved(gradient().quantize(9), "PNG"))
    (tmp_path / "b.bmp").write_bytes(saved(gradient(), "BMP"))
    assert main([str(tmp_path), "--kinds", "BMP"]) == 0
    assert "PNG" not in capsys.readouterr().out
    assert main([str(tmp_path), "--kinds", "GIF"]) != 0
    assert f"unknown: GIF; kinds: {', '.join(KINDS)}" in capsys.readouterr().err
    assert main([str(tmp_path / "missing")]) != 0


def test_invisible_colours_make_no_difference():
    assert visible(Image.new("RGBA", (2, 2), (9, 9, 9, 0))) == visible(Image.new("RGBA", (2, 2)))
    assert visible(Image.new("RGBA", (2, 2), (9, 9, 9, 1))) != visible(Image.new("RGBA", (2, 2), (0, 0, 0, 1)))
