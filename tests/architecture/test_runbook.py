"""Every alarm that Terraform makes has a page in the runbook, which its description names."""

import re

import pytest

from ops.settings import ROOT

RUNBOOK = ROOT / "docs" / "runbook"
RESOURCE = re.compile(r'^resource "aws_cloudwatch_metric_alarm" "\w+" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)


def page(name):
    """The page of an alarm, by its name in Terraform: "${aws_sqs_queue.dlq.name}-age" has dlq-age."""
    ending = name.rpartition("}-")[2]
    return f"dlq-{ending}" if ".dlq." in name else ending


def alarms():
    """Each alarm's page and description; for a resource with several keys, one for each."""
    for path in sorted((ROOT / "terraform" / "modules").rglob("*.tf")):
        for block in RESOURCE.findall(path.read_text(encoding="utf-8")):
            (name,) = re.findall(r"^  alarm_name +=(.*)$", block, re.MULTILINE)
            (description,) = re.findall(r"^  alarm_description +=(.*)$", block, re.MULTILINE)
            name = name.strip().strip('"')
            keys = re.findall(r'^    (\w+) += "', block, re.MULTILINE) if "each.key" in name else [""]
            for key in keys:
                own = (text.replace("${lower(each.key)}", key.lower()) for text in (name, description))
                yield page(next(own)), next(own)


ALARMS = list(alarms())


def test_the_alarms_are_found():
    assert sorted(slug for slug, _ in ALARMS) == sorted(
        path.stem for path in RUNBOOK.glob("*.md") if path.stem != "index"
    )


@pytest.mark.parametrize(("slug", "description"), ALARMS, ids=[slug for slug, _ in ALARMS])
def test_an_alarm_names_its_page(slug, description):
    assert (RUNBOOK / f"{slug}.md").is_file()
    assert f"Runbook: docs/runbook/{slug}.md" in description


@pytest.mark.parametrize("slug", [slug for slug, _ in ALARMS])
def test_a_page_says_what_it_means_where_to_look_and_how_to_fix_it(slug):
    text = (RUNBOOK / f"{slug}.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Meaning", "Look", "Mend"]
    assert f"({slug}.md)" in (RUNBOOK / "index.md").read_text(encoding="utf-8")
