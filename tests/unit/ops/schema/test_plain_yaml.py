"""YAML that readers disagree about is refused, with the value and what to write instead."""

import pytest

from ops.schema.plain_yaml import read
from shared.errors import BadSetting


def refusal(text):
    with pytest.raises(BadSetting) as refused:
        read(text, "pipeline.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+5", 5),
        ("0.50", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("'0100'", "0100"),
        ('"yes"', "yes"),
        ("a1", "a1"),
        ("1-2", "1-2"),
        ("x: y z", {"x": "y z"}),
        ("|\n  yes\n", "yes\n"),
        ("[1, b]", [1, "b"]),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}\ne: *x", {"a": {"b": 1}, "c": {"b": 1, "d": 2}, "e": {"b": 1}}),
    ],
)
def test_what_every_reader_takes_alike_is_read(written, value):
    assert read(written, "pipeline.yaml") == value


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("yes", 'true, or "yes" in quotes for the text'),
        ("On", 'true, or "On" in quotes for the text'),
        ("n", 'false, or "n" in quotes for the text'),
        ("0100", '100 for the number, or "0100" in quotes for the text'),
        ("08", '8 for the number, or "08" in quotes for the text'),
        ("0o17", '15 for the number, or "0o17" in quotes for the text'),
        ("0x1F", '31 for the number, or "0x1F" in quotes for the text'),
        ("0b11", '3 for the number, or "0b11" in quotes for the text'),
        ("1_000", '1000 for the number, or "1_000" in quotes for the text'),
        ("1e3", '1000 for the number, or "1e3" in quotes for the text'),
        ("1.5E-3", '0.0015 for the number, or "1.5E-3" in quotes for the text'),
        ("-.5", '-0.5 for the number, or "-.5" in quotes for the text'),
        ("1:30", '"1:30" in quotes for the text'),
        (".inf", '".inf" in quotes for the text'),
        ("1e400", '"1e400" in quotes for the text'),
        ("2026-11-29", '"2026-11-29" in quotes for the text'),
        ("2026-1-2", '"2026-1-2" in quotes for the text'),
        ("=", '"=" in quotes for the text'),
    ],
)
def test_what_readers_disagree_about_is_refused(written, instead):
    refused = f"pipeline.yaml, line 2: limits.pixels is {written}, which YAML readers disagree about; write {instead}"
    assert refusal(f"limits:\n  pixels: {written}\n") == refused


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("a: 1\na: 2", "line 2: a is given twice; write it once"),
        ("yes: 1", "line 1: the file has the name yes; write a name that is a text"),
        ("a:\n  1: 1", "line 2: a has the name 1; write a name that is a text"),
        ("08: 1", "has the name 08; write a name that is a text"),
        ("n: 1", "has the name n; write a name that is a text"),
        ("[a]: 1", "the file has the name that is a list or a mapping"),
        ("a: !!str 5", "a has the tag !!str; write the value without a tag"),
        ("a: !mine 5", "a has the tag !mine"),
        ("a: !!set {b}", "a has the tag !!set"),
        ("a: &x [*x]", "a[0] contains itself"),
        ("a: [no", "pipeline.yaml, line 1, column 7, is not YAML: while parsing a flow sequence: expected"),
        ("a: 1\n---\nb: 2", "pipeline.yaml, line 2, column 1, is not YAML: expected a single document"),
        ("a: 1\nb: c: d", "pipeline.yaml, line 2, column 5, is not YAML: mapping values are not allowed here"),
        ("a: \x00", "pipeline.yaml is not YAML: its character 4 is U+0000, which YAML does not allow"),
    ],
)
def test_other_ambiguities_are_refused(written, words):
    assert words in refusal(written)


def test_every_ambiguity_is_named_at_once():
    assert refusal("a: yes\nb: [0100, 2, {c: 1e3}]").count(" | ") == 2
