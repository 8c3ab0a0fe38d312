"""The generated pages of docs/reference/: they are current, and say what the code says."""

import re
from dataclasses import dataclass, field

import pytest

from ops.reference import errors, messages, metrics, terraform
from ops.reference.__main__ import PAGES, write
from ops.reference.markdown import arguments, sentence, table
from ops.settings import ROOT
from shared.errors import PermanentError, TransientError

# A row of fields has four cells, and so three bars between them.
FIELD_CELLS = 3


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name):
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "make reference writes it again"


def test_all_pages_are_written(tmp_path):
    write(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == set(PAGES)


def test_every_field_of_every_message_has_a_meaning():
    fields = [line for line in messages.page().splitlines() if line.count(" | ") == FIELD_CELLS]
    assert len(fields) > 60
    assert [line for line in fields if line.endswith("|  |")] == []


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (str, "text"),
        (int | None, "whole number or null"),
        (tuple[str, ...], "list of text"),
        (dict[str, float], "object of number"),
        (bool, "true or false"),
    ],
)
def test_a_type_is_said_as_json_has_it(hint, words):
    assert messages.type_in_words(hint) == words


def test_a_part_is_linked():
    assert "[Source](#source)" in messages.page()
    assert "\n### Source\n" in messages.page()


def test_defaults_are_said_as_json_has_them():
    @dataclass(kw_only=True)
    class Example:
        required: int
        nothing: str | None = None
        switch: bool = True
        page: int = 1
        made: dict[str, str] = field(default_factory=dict)

    said = [messages.default(each) for each in Example.__dataclass_fields__.values()]
    assert said == ["required", "null", "true", "1", "empty"]


def test_every_metric_that_is_sent_has_a_meaning():
    assert {each.name for each in metrics.emitted()} == set(metrics.MEANINGS)


def test_a_metric_is_found_wherever_it_is_added(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "services").mkdir()
    (tmp_path / "shared" / "a.py").write_text('m.add_metric(name="N", unit=MetricUnit.Count, value=1)\n')
    assert metrics.emitted(tmp_path) == [metrics.Metric(name="N", unit="Count", module="shared/a.py")]


def test_retries_are_said_as_the_tree_has_them():
    class Permanent(PermanentError):
        pass

    class Twice(TransientError):
        max_attempts = 2

    class Transient(TransientError):
        pass

    assert [errors.attempts(each) for each in (Permanent, Twice, Transient)] == ["1", "2", "all"]


def test_an_error_s_places_are_found():
    assert errors.raised_by("OutputKeyTaken") == "store"
    assert errors.raised_by("NothingIsCalledSo") == errors.PLACEHOLDER


def test_a_docstring_is_taken_apart():
    text = """Do it.

    In two lines
    of text.

    Args:
        one: the first
            of two.
        two: another.

    Raises:
        ValueError: never.
    """
    assert sentence(text) == "Do it. In two lines of text."
    assert arguments(text) == {"one": "The first of two.", "two": "Another."}
    assert arguments("Nothing.") == {}


def test_a_bar_does_not_end_a_cell():
    assert table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"


def test_a_module_s_inputs_are_all_in_its_page():
    text = (ROOT / terraform.MODULES / "queue" / "variables.tf").read_text(encoding="utf-8")
    said = terraform.page("queue")
    assert [name for name in re.findall(r'^variable "(\w+)"', text, re.MULTILINE) if f"| `{name}` |" not in said] == []
    assert "| `oldest_message_alarm_seconds` | `number` | `900` |" in said
    assert "| `dlq_url` | The URL of the dead-letter queue. |" in said
