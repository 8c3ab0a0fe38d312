"""plan_text.py: plans as Markdown that GitHub takes, whatever is in them."""

import importlib.util
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.settings import ROOT

SPEC = importlib.util.spec_from_file_location("plan_text", ROOT / ".github" / "scripts" / "plan_text.py")
plan_text = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plan_text)

CHANGES = {"platform": False, "resize": True, "store": True}


def test_each_root_has_a_line_and_those_that_change_have_their_plan_folded():
    said = plan_text.markdown(CHANGES, {"resize": "+ a", "store": "- b", "platform": "nothing"}, run="https://x/1")
    assert said.splitlines()[0] == plan_text.MARK
    assert "| `platform` | unchanged |" in said
    assert "| `resize` | **changes** |" in said
    assert re.findall(r"<summary><code>(\w+)</code>", said) == ["resize", "store"]
    assert "+ a" in said
    assert "nothing" not in said
    assert "[The run](https://x/1)" in said


def test_a_plan_that_fits_is_whole():
    text = "é" * 60_000
    assert text in plan_text.markdown({"resize": True}, {"resize": text})


def test_of_plans_that_do_not_fit_the_shorter_stays_whole_and_the_longer_is_cut():
    short, long = "s" * 1_000, "l" * 200_000
    said = plan_text.markdown(CHANGES, {"resize": long, "store": short})
    assert len(said) == plan_text.LARGEST
    assert short in said
    assert plan_text.CUT.strip() in said


@given(
    texts=st.dictionaries(
        st.sampled_from(["platform", "resize", "watermark", "store"]), st.text(max_size=3_000), min_size=1
    ),
    largest=st.integers(min_value=1_000, max_value=4_000),
)
def test_it_is_never_longer_than_github_takes(texts, largest):
    said = plan_text.markdown(dict.fromkeys(texts, True), texts, largest=largest)
    # Fences grow with the longest row of ticks in a plan, which is none of Terraform's.
    ticks = sum(2 * len(max(re.findall("`+", text), default="", key=len)) for text in texts.values())
    assert len(said) <= largest + ticks


def test_a_fence_in_a_plan_does_not_end_the_plan_s_own():
    said = plan_text.markdown({"resize": True}, {"resize": "a\n```\n</details>\nb"})
    assert "````terraform\na\n```\n</details>\nb\n````\n" in said


@pytest.mark.parametrize("result", ["failure", "cancelled"])
def test_where_there_is_no_plan_the_run_is_named(tmp_path, capsys, result):
    assert plan_text.main([str(tmp_path), "--result", result, "--run", "https://x/1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(plan_text.MARK)
    assert "[the run](https://x/1)" in said


def test_a_folder_of_plans_is_read(tmp_path, capsys):
    (tmp_path / "summary.tsv").write_text("platform\tunchanged\nresize\tchanges\n", encoding="utf-8")
    (tmp_path / "resize.txt").write_text("+ ─ a\n", encoding="utf-8")
    assert plan_text.main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "+ ─ a" in said
    assert "| `platform` | unchanged |" in said
