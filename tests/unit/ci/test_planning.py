"""plan.sh and drift.sh: what a plan came to, by what a real make reports it."""

import pytest

from ops.errors import Exit

PLANS = {"platform": "No changes.\n", "resize": "Plan: 1 to add, 0 to change, 0 to destroy.\n"}
SUMMARY = "platform\\tunchanged\\nresize\\tchanges\\n"


@pytest.fixture
def planned(step):
    """A step whose Makefile plans and looks for drift as it is asked to, and whose plans are written."""

    def make(target, *lines):
        recipe = "".join(f"\t@{line}\n" for line in lines)
        (step.folder / "Makefile").write_text(f".PHONY: {target}\n{target}:\n{recipe}", encoding="utf-8")

    (step.folder / "pipeline.yaml").write_text("name: photos\nstate: s3 # not local\n", encoding="utf-8")
    folder = step.folder / "build" / "terraform"
    folder.mkdir(parents=True)
    for root, text in PLANS.items():
        (folder / f"{root}.txt").write_text(text, encoding="utf-8")
    step.make = make
    step.notified = lambda: (folder / "summary.tsv").read_text(encoding="utf-8")
    return step


def test_a_plan_with_changes_says_so_and_shows_them(planned):
    planned.make("plan", "echo packaging", f"printf '{SUMMARY}'")
    ran = planned.run("plan.sh")
    assert ran.returncode == 0, ran.stderr
    assert planned.output() == "changes=true\n"
    assert planned.notified() == "platform\tunchanged\nresize\tchanges\n"
    assert "Plan: 1 to add" in planned.summary()
    assert "No changes." not in planned.summary()


def test_a_plan_without_changes_says_so(planned):
    planned.make("plan", "printf 'store\\tunchanged\\n'")
    assert planned.run("plan.sh", "store").returncode == 0
    assert planned.output() == "changes=false\n"


def test_one_root_is_planned_where_one_is_named(planned):
    planned.make("plan", "printf '$(SERVICE)\\tchanges\\n'")
    assert planned.run("plan.sh", "watermark").returncode == 0
    assert planned.notified() == "watermark\tchanges\n"


def test_a_plan_that_fails_fails_the_step_and_says_nothing(planned):
    planned.make("plan", f"printf '{SUMMARY}'; exit {int(Exit.PARTIAL)}")
    assert planned.run("plan.sh").returncode != 0
    assert planned.output() == ""


def test_a_plan_that_names_no_root_fails_the_step(planned):
    planned.make("plan", "echo nothing")
    assert planned.run("plan.sh").returncode != 0
    assert planned.output() == ""


def test_no_drift_is_reported(planned):
    planned.make("drift", "true")
    assert planned.run("drift.sh").returncode == 0
    assert planned.output() == "drift=false\n"


def test_drift_is_reported_with_the_roots_that_differ(planned):
    planned.make("drift", f"printf '{SUMMARY}'; exit {int(Exit.PARTIAL)}")
    ran = planned.run("drift.sh", LANG="de_DE.UTF-8")
    assert ran.returncode == 0, ran.stderr
    assert planned.output() == "drift=true\n"
    assert planned.notified() == "resize\tchanges\n"
    assert "Plan: 1 to add" in planned.summary()


@pytest.mark.parametrize("code", [Exit.FAILURE, Exit.USAGE, Exit.AWS])
def test_an_error_is_no_drift_whatever_was_reported_before_it(planned, code):
    planned.make("drift", f"printf '{SUMMARY}'; exit {int(code)}")
    assert planned.run("drift.sh").returncode != 0
    assert planned.output() == ""


def test_an_error_on_the_way_to_the_target_is_no_drift(planned):
    planned.make("drift: setup\n.PHONY: setup\nsetup", f"exit {int(Exit.PARTIAL)}")
    assert planned.run("drift.sh").returncode != 0
    assert planned.output() == ""


def test_drift_that_names_no_root_fails_the_step(planned):
    planned.make("drift", f"exit {int(Exit.PARTIAL)}")
    assert planned.run("drift.sh").returncode != 0
    assert planned.output() == ""


@pytest.mark.parametrize("script", ["plan.sh", "drift.sh"])
@pytest.mark.parametrize("settings", ["name: photos\n", "name: photos\nstate: local # or s3\n"])
def test_a_state_that_is_not_here_is_planned_against_by_nobody(planned, script, settings):
    planned.make("plan drift", f"printf '{SUMMARY}'")
    (planned.folder / "pipeline.yaml").write_text(settings, encoding="utf-8")
    ran = planned.run(script)
    assert ran.returncode != 0
    assert "make bootstrap makes the bucket" in ran.stderr
    assert planned.output() == ""
