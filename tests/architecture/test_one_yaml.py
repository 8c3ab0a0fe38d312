"""Terraform's yamldecode reads every value that ops/schema/plain_yaml.py accepts as the same."""

import itertools
import json
import shutil

import pytest
from kit.terraform import terraform

from ops.schema.plain_yaml import read
from shared.errors import BadSetting

# Characters of numbers, dates, booleans and nulls.
CHARACTERS = ("0", "1", "8", ".", "-", "+", "e", "x", "o", "_", ":", "y", "n", "~", "f")
WORDS = (
    *("yes", "No", "ON", "off", "true", "True", "TRUE", "tRue", "false", "null", "Null", "NULL", "nULL", "None", "nan"),
    *("1.5e+3", "2026-11-29", "2026-1-2", "2026-11-29 10:00:00", "2026-1-2t1:2:3Z", "190:20:30.15", "0b101", "0x1F"),
    *(".inf", "="),
    *(
        "123456789012345678901",
        "a: &x {b: 1}\nc: {<<: *x, d: 2}",
        "'a\n\n b'",
        '"\\x41\\u00e9"',
        "a: b\n c",
        ".inf",
        "=",
    ),
    *("|\n  a\n  b\n", ">-\n  a\n   b\n  c\n", "- yes\n- 'yes'", "{a: [1, 2.50, {b: }]}", "a: #ff", "5 # c", "--- 5"),
)
CONFIGURATION = """
locals { texts = jsondecode(file("texts.json")) }
output "values" { value = { for text in local.texts : text => try(jsonencode(yamldecode(text)), "refused") } }
"""


def accepted():
    """Each text that is accepted, with its value."""
    made = ("".join(each) for length in (1, 2, 3) for each in itertools.product(CHARACTERS, repeat=length))
    found = {}
    for text in (*WORDS, *made):
        try:
            found[text] = read(text, "pipeline.yaml")
        except BadSetting:
            continue
    return found


def test_terraform_reads_accepted_values_as_the_same(tmp_path):
    if shutil.which("terraform") is None:
        pytest.skip("NOT RUN: Terraform is not installed, so nothing of its YAML was compared")
    ours = accepted()
    assert 2000 < len(ours) < 4000
    (tmp_path / "main.tf").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "texts.json").write_text(json.dumps(list(ours)), encoding="utf-8")
    ran = terraform("apply", "-auto-approve", "-no-color", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    theirs = json.loads(terraform("output", "-json", "values", folder=tmp_path).stdout)
    unlike = {text: (value, theirs[text]) for text, value in ours.items() if not same(value, theirs[text])}
    assert unlike == {}


def same(value, encoded):
    return encoded != "refused" and json.dumps(json.loads(encoded), sort_keys=True) == as_terraform(value)


def as_terraform(value):
    """JSON in which whole numbers have no fraction, as Terraform writes it."""
    return json.dumps(json.loads(json.dumps(value), parse_float=whole), sort_keys=True)


def whole(text):
    return int(float(text)) if float(text).is_integer() else float(text)
