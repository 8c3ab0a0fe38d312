"""Tiers of tests: each test file is in one, and continuous integration runs each in one job."""

import re
from types import SimpleNamespace

import pytest
import tiers
import yaml
from kit.sampling import sampled

from ops.settings import ROOT

GITHUB = ROOT / ".github"
TERRAFORM_CHECKS = (GITHUB / "scripts" / "terraform-checks.sh").read_text(encoding="utf-8")
CI = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8"))


def test_every_test_file_is_in_one_tier():
    files = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    found = [file for tier in tiers.TIERS for path in tiers.paths(tier) for file in files if file.is_relative_to(path)]
    assert sorted(found) == sorted(files)


def test_every_tier_is_in_one_job_of_continuous_integration():
    running = [job for job in CI["jobs"].values() if "make test-all" in str(job["steps"])]
    (job,) = running
    # The tier "terraform" has a job with Terraform in it, which fails if a test is left out.
    assert ".github/scripts/terraform-checks.sh" in [step.get("run") for step in CI["jobs"]["terraform"]["steps"]]
    assert all(path in TERRAFORM_CHECKS for path in tiers.paths("terraform"))
    assert sorted([*job["strategy"]["matrix"]["tier"], "terraform"]) == sorted(tiers.TIERS)
    assert job["strategy"]["fail-fast"] is False
    (step,) = [step for step in job["steps"] if "make test-all" in step.get("run", "")]
    assert step["run"] == 'make test-all PYTHON=python TIER="$TIER"'
    assert step["env"]["TIER"] == "${{ matrix.tier }}"


def test_the_quick_tier_is_a_job_by_itself_with_lint_and_types():
    (job,) = [job for job in CI["jobs"].values() if re.search(r"make test (?!-)", str(job["steps"]))]
    assert "strategy" not in job


def test_an_unknown_tier_is_refused():
    with pytest.raises(pytest.UsageError, match="there is no tier 'fautls'; allowed: quick"):
        tiers.paths("fautls")


@pytest.mark.parametrize(("tier", "marker"), [("applied", "needs"), ("quick", "skip"), (None, "skip")])
def test_a_tier_that_is_requested_by_name_fails_instead_of_being_skipped(tier, marker):
    marked = []
    item = SimpleNamespace(
        path=ROOT / "tests" / "applied" / "test_applied.py",
        config=SimpleNamespace(getoption=lambda _: tier),
        add_marker=marked.append,
    )
    tiers.mark([item], "applied", pytest.mark.e2e, lambda: "no Terraform")
    assert [mark.name for mark in marked] == ["e2e", marker]


@pytest.mark.parametrize(("tier", "end"), [("terraform", pytest.fail.Exception), ("quick", pytest.skip.Exception)])
def test_what_a_test_lacks_fails_it_only_where_its_tier_was_requested(tier, end):
    with pytest.raises(end, match="no Terraform"):
        tiers.not_run(SimpleNamespace(getoption=lambda _: tier), "terraform", "no Terraform")


def test_an_enumeration_is_whole_where_all_is_tested():
    assert sampled(range(12), thorough=True) == list(range(12))
    assert sampled(range(12), thorough=False) == [0, 8, 11]
