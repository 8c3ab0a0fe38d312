"""Each feature that the documents claim is shown by settings that are accepted; other tests know the commands."""

import re

import pytest

from ops import settings
from ops.schema.plain_yaml import read
from ops.settings import ROOT

PAGE = (ROOT / "docs" / "reference" / "features.md").read_text(encoding="utf-8")
# The second cell of each row; the table's own line has no code in it.
SHOWN = re.findall(r"^\| [^|`]+ \| `([^`]+)` \|", PAGE, re.MULTILINE)


def test_the_table_has_rows_of_both_kinds():
    assert len(SHOWN) > 10
    assert {each.startswith("pipeline ") for each in SHOWN} == {True, False}


@pytest.mark.parametrize("shown", [each for each in SHOWN if not each.startswith("pipeline ")])
def test_settings_that_show_a_feature_are_accepted(shown):
    settings.parse({"name": "pics", **read(shown, "features.md")})


def test_each_row_has_a_cell_for_each_peer():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert {row.count(" | ") for row in rows} == {6}
