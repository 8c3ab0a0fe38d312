"""How answers are printed."""

import pytest

from ops.show import columns, print_table, visible


def test_columns_line_up_whatever_the_script(capsys):
    print_table(("A", "B"), [("日本", "x"), ("é", "y"), ("🌄", "z")])
    lines = capsys.readouterr().out.splitlines()
    assert {columns(line[: line.index(mark)]) for line, mark in zip(lines[1:], "xyz", strict=True)} == {6}


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x1b[31mb", r"a\x1b[31mb"), ("a\nb", r"a\nb"), ("\u202egpj", r"\u202egpj"), ("ü 🌄", "ü 🌄")]
)
def test_nothing_moves_the_cursor(text, shown):
    assert visible(text) == shown
