"""The table, and the lines below it."""

import json
import os
import re
import sys

import pytest

from ops.demo.report import print_results, write_json
from ops.show import columns


@pytest.fixture
def terminal(monkeypatch):
    def of(width):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((width, 24)))
        monkeypatch.setenv("COLUMNS", str(width))

    return of


def shown(capsys, results):
    print_results(results, seconds=21.3)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


def failed(result, key="text.jpg", **more):
    reported = {"error": "UnsupportedImage", "reason": "the bytes are not image", "expected": ["failed"]} | more
    return result(key, "failed", **reported)


def test_all_as_expected_is_one_line(capsys, result):
    out = shown(capsys, [result(), failed(result, expected_error="UnsupportedImage")])
    assert "2 images in 21.3 s: 1 stored, 1 failed; 0 lost\nevery image came to what it should\n" in out


def test_a_row_reports_outcome_seconds_and_sizes(capsys, result):
    out = shown(capsys, [result()])
    row = " ".join(out.splitlines()[1].split())
    assert row == "a.jpg stored 0.25 s - - 2.5 s 96x64 2 KB -> 64x48 1 KB, 64x48 1 KB"


def test_another_outcome_than_expected_is_reported_with_its_reason(capsys, result):
    out = shown(capsys, [failed(result, "a.jpg", expected=["stored"])])
    assert "1 came to something else than expected:\n  a.jpg: failed, not stored: the bytes are not image\n" in out
    assert "every image" not in out


def test_another_error_than_expected_is_reported(capsys, result):
    out = shown(capsys, [failed(result, "a.jpg", expected_error="ImageTooLarge")])
    assert "  a.jpg: UnsupportedImage, not ImageTooLarge: the bytes are not image\n" in out


def test_what_has_no_outcome_when_the_time_is_over_is_listed_and_not_called_lost(capsys, result):
    out = shown(capsys, [result(), result("b.jpg", None), result("c.jpg", None, row=False)])
    assert "3 images in 21.3 s: 1 stored; 2 without an outcome when the time was over\n" in out
    assert "  b.jpg: it came as far as resize\n  c.jpg: no service has written of it\n" in out
    assert "lost" not in out
    assert "every image" not in out


def test_of_many_images_only_failures_are_rows_and_errors_are_counted(capsys, result):
    many = [result(f"{index}.jpg") for index in range(60)]
    many += [failed(result, f"bad-{index}.jpg") for index in range(3)]
    many += [failed(result, "big.png", error="ImageTooLarge", reason="the limit is 50")]
    out = shown(capsys, many)
    assert "59.jpg" not in out
    assert "… and 60 more that are stored as expected" in out
    assert "failed with: 3 UnsupportedImage, 1 ImageTooLarge\n" in out


def test_a_list_that_is_cut_says_so(capsys, result):
    out = shown(capsys, [failed(result, f"{index}.jpg", expected=["stored"]) for index in range(25)])
    assert "25 came to something else than expected:" in out
    assert "  … and 5 more: results.json has all" in out


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_row_is_wider_than_the_terminal(capsys, result, terminal, width):
    results = [result("ünïcödé/日本語 🌄.jpg"), failed(result, "broken/text.jpg", reason="日本 very long " * 30)]
    terminal(width)
    table = shown(capsys, results).split("\n\n")[0]
    assert max(map(columns, table.splitlines())) <= width


def test_a_narrow_terminal_shows_the_total_and_leaves_the_services_out(capsys, result, terminal):
    results = [failed(result, "holiday photos/a b+c (1).jpg")]
    terminal(80)
    assert shown(capsys, results).splitlines()[0].split() == ["IMAGE", "OUTCOME", "TOTAL", "REASON,", "OR", "SIZES"]
    terminal(160)
    assert "WATERMARK" in shown(capsys, results)


def test_a_file_gets_whole_lines(capsys, result):
    assert "word " * 99 in shown(capsys, [failed(result, reason="word " * 99 + "end")])


def test_nothing_in_a_name_or_a_reason_moves_the_cursor(capsys, result):
    out = shown(capsys, [failed(result, "a\x1b[2J\n.jpg", reason="x\x1b]0;y\x07", expected=["stored"])])
    assert "\x1b" not in out
    assert "\x07" not in out


def test_json_has_one_object_an_image(tmp_path, result):
    path = tmp_path / "results.json"
    write_json([result(), failed(result, "日.jpg"), result("c.jpg", None, row=False)], path)
    stored, broken, none = json.loads(path.read_text(encoding="utf-8"))
    assert (stored["key"], stored["outcome"], stored["as_expected"], stored["error"]) == ("a.jpg", "stored", True, None)
    assert stored["seconds"] == {"resize": 0.25, "total": 2.5}
    assert [output["key"] for output in stored["outputs"]] == ["a.jpg-resized.png", "a.jpg-thumb.png"]
    assert (broken["key"], broken["error"], broken["outputs"]) == ("日.jpg", "UnsupportedImage", [])
    assert (none["outcome"], none["as_expected"]) == ("unfinished", False)
