"""The workflows: what they run is pinned, bounded in time and in permissions, and exists."""

import os
import re
import subprocess
from functools import cache

import pytest
import yaml

from ops.settings import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FILES = [*WORKFLOWS, *sorted(GITHUB.glob("actions/*/action.yml"))]
SCRIPTS = sorted(path for path in (GITHUB / "scripts").iterdir() if path.is_file())

# A commit with its version beside it, or an exact version; this repository's own actions are of the same commit.
PINNED = re.compile(r"(?:[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|[\w./-]+@v\d+\.\d+\.\d+(?: #.*)?|\$/\.github/[\w./-]+)")


def named(path):
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs():
    """Every job of every workflow."""
    return [
        pytest.param(path, job, id=f"{path.stem}-{name}")
        for path in WORKFLOWS
        for name, job in parsed(path)["jobs"].items()
    ]


def steps(path):
    """Every step of a workflow or of an action."""
    content = parsed(path)
    of_jobs = [step for job in content.get("jobs", {}).values() for step in job.get("steps", [])]
    return of_jobs + content.get("runs", {}).get("steps", [])


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_action_is_pinned(path):
    used = re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


def test_an_action_has_one_version_everywhere():
    pins = {}
    for path in FILES:
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            pins.setdefault(action, set()).add(pin)
    assert pins
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("used", "good"),
    [
        (f"actions/checkout@{'a' * 40} # v6.0.2", True),
        ("actions/checkout@v6.0.2 # no commit is known here", True),
        ("$/.github/actions/setup", True),
        (f"actions/checkout@{'a' * 40}", False),
        (f"actions/checkout@{'a' * 39} # v6.0.2", False),
        ("actions/checkout@v6", False),
        ("actions/checkout@main", False),
        ("./.github/actions/setup", False),
    ],
)
def test_what_counts_as_pinned(used, good):
    assert bool(PINNED.fullmatch(used)) is good


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_workflow_grants_nothing_by_itself(path):
    assert parsed(path)["permissions"] == {}


@pytest.mark.parametrize(("path", "job"), jobs())
def test_a_job_states_its_permissions(path, job):
    assert isinstance(job["permissions"], dict)
    assert "write-all" not in job["permissions"].values()


@pytest.mark.parametrize(("path", "job"), jobs())
def test_a_job_ends(path, job):
    # A job that calls a workflow cannot have a timeout: those of the called workflow's jobs count.
    assert "uses" in job or 0 < job["timeout-minutes"] <= 30


@pytest.mark.parametrize(("path", "job"), jobs())
def test_a_job_that_may_write_to_github_takes_no_role_on_aws(path, job):
    writes = {right for right, level in job["permissions"].items() if level == "write"}
    # An attestation is signed with the job's identity; neither can write to the repository.
    assert writes <= {"id-token", "attestations"} or "id-token" not in writes
    assert "attestations" not in writes or "role-to-assume" not in str(job)


@pytest.mark.parametrize(("path", "job"), jobs())
def test_the_role_that_deploys_is_only_taken_where_a_person_approves(path, job):
    if "AWS_DEPLOY_ROLE_ARN" in str(job):
        assert job["environment"] == "production"


def test_a_release_is_made_only_of_a_tag():
    # YAML 1.1 reads the key `on` as true.
    assert parsed(GITHUB / "workflows" / "release.yml")[True] == {"push": {"tags": ["v*"]}}


def test_what_a_release_attaches_is_checked_attested_and_built_where_nothing_can_be_written():
    files, publish = parsed(GITHUB / "workflows" / "release.yml")["jobs"].values()
    on_main, make = [step for step in files["steps"] if "run" in step]
    assert "git merge-base --is-ancestor HEAD refs/remotes/origin/main" in on_main["run"]
    assert make == {"run": "make release-files PYTHON=python", "env": {"TAG": "${{ github.ref_name }}"}}
    (attested,) = [step["with"] for step in files["steps"] if "attest-build-provenance" in step.get("uses", "")]
    assert attested == {"subject-path": "build/release/*"}
    assert "contents" not in {right for right, level in files["permissions"].items() if level == "write"}
    assert publish["permissions"] == {"contents": "write"}
    used = [step["uses"].partition("@")[0] for step in publish["steps"] if "uses" in step]
    assert used == ["actions/download-artifact"]
    assert "make" not in str(publish)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_step_leaves_github_s_token_behind(path):
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_script_contains_an_expression(path):
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


# Values that a workflow is handed by a person or a tag, and not by this repository.
GIVEN = re.compile(r"\$\{\{\s*(?:inputs\.(?!root\b|service\b)|github\.(?:ref_name|head_ref|event))")


@pytest.mark.parametrize("path", FILES, ids=named)
def test_make_gets_what_a_person_writes_by_the_environment_alone(path):
    given = {**parsed(path).get("env", {})}
    for job in parsed(path).get("jobs", {}).values():
        given |= job.get("env", {})
    for step in steps(path):
        names = {name for name, value in {**given, **step.get("env", {})}.items() if GIVEN.search(str(value))}
        for line in step.get("run", "").splitlines():
            assert not (line.startswith("make ") and names & set(re.findall(r"\$\{?(\w+)", line)))


def test_the_makefile_expands_nothing_that_a_workflow_is_given(tmp_path):
    evidence = tmp_path / "ran"
    runs = f"$(shell touch {evidence})"
    given = {"SERVICE": "resize", "TO": f"{runs}`touch {evidence}`", "TAG": runs}
    for target, option in (("rollback", "--to"), ("release-files", "--tag")):
        command = ["make", "--no-print-directory", "-n", target]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | given, check=True, capture_output=True, text=True)
        assert f'{option} "$' in done.stdout.splitlines()[-1]
    assert not evidence.exists()


def test_only_main_is_rolled_back():
    (job,) = parsed(GITHUB / "workflows" / "rollback.yml")["jobs"].values()
    assert job["if"] == "github.ref == 'refs/heads/main'"


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_scripts_run_in_bash_that_stops_at_a_failure(path):
    runs = [step for step in steps(path) if "run" in step]
    assert not runs or parsed(path)["defaults"]["run"]["shell"] == "bash"


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_deploy_is_never_stopped_in_its_middle(path):
    text = path.read_text(encoding="utf-8")
    if "role-to-assume" in text or "deploy-root" in text:
        assert "cancel-in-progress: true" not in text


def test_jobs_on_the_same_state_run_one_at_a_time():
    deploy, rollback = (parsed(GITHUB / "workflows" / f"{name}.yml") for name in ("deploy", "rollback"))
    callers = [job for job in deploy["jobs"].values() if "uses" in job]
    assert len(callers) == 2
    groups = [job["concurrency"]["group"] for job in callers] + [rollback["concurrency"]["group"]]
    assert groups == ["state-platform", "state-${{ matrix.service }}", "state-${{ inputs.service }}"]


def test_every_make_target_that_is_run_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    lines = [step.get("run", "") for path in FILES for step in steps(path)]
    lines += [path.read_text(encoding="utf-8") for path in SCRIPTS]
    run = set(re.findall(r"^\s*(?:- run: |LC_ALL=C )?make ([a-z-]+)", "\n".join(lines), re.MULTILINE))
    assert {"test", "plan", "deploy", "smoke", "rollback", "drift"} <= run
    assert run - targets == set()


def test_every_script_that_is_run_exists_and_can_be_run():
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*FILES, *SCRIPTS])
    run = set(re.findall(r"(?:\.github/scripts|\$here)/([\w.-]+\.(?:sh|py))", text))
    assert run == {path.name for path in SCRIPTS}
    assert [path.name for path in SCRIPTS if path.suffix == ".sh" and not os.access(path, os.X_OK)] == []


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.suffix == ".sh"], ids=named)
def test_a_script_is_strict_and_says_what_it_does(path):
    shebang, what, *_ = path.read_text(encoding="utf-8").splitlines()
    assert shebang == "#!/usr/bin/env bash"
    assert what.startswith(f"# {path.name}")
    assert "\nset -euo pipefail\n" in path.read_text(encoding="utf-8")
