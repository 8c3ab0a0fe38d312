"""The files that GitHub and pre-commit read name folders, tools and fields that exist."""

import re

import pytest
import yaml

from ops.settings import ROOT

FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
UPDATES = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]

# A file that Dependabot looks for in a folder, by its ecosystem.
MANIFESTS = {"pip": "*.in", "npm": "package.json", "terraform": "versions.tf"}
# https://keepachangelog.com/en/1.1.0/
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: update["package-ecosystem"])
def test_dependabot_finds_what_it_watches(update):
    pattern = MANIFESTS.get(update["package-ecosystem"])
    folders = [ROOT / each.lstrip("/") for each in update["directories"]]
    assert [folder for folder in folders if not (any(folder.glob(pattern)) if pattern else folder.is_dir())] == []


def test_dependabot_watches_every_lock_and_every_root():
    watched = {folder for update in UPDATES for folder in update["directories"]}
    locks = {path.parent for path in ROOT.glob("requirements/**/*.in")} | {
        path.parent for folder in ("services", "examples") for path in ROOT.glob(f"{folder}/*/requirements.in")
    }
    roots = {path.parent for path in ROOT.glob("terraform/*/versions.tf")}
    packages = {path.parent for path in ROOT.glob("bench/*/package.json")}
    assert {f"/{path.relative_to(ROOT).as_posix()}" for path in locks | roots | packages} <= watched


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_issue_form_can_be_filled_in(form):
    parsed = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(parsed)
    ids = [field["id"] for field in parsed["body"] if field["type"] != "markdown"]
    assert ids
    assert len(ids) == len(set(ids))
    assert {field["type"] for field in parsed["body"]} <= {"markdown", "input", "textarea", "dropdown", "checkboxes"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_tool_that_is_locked_or_installed(hook):
    tool = hook["entry"].split()[0]
    assert tool == "terraform" or (tool.startswith(".venv/bin/") and (ROOT / tool).exists())


def test_hooks_run_all_that_make_lint_runs_by_the_same_tools():
    """No hook has a repository or a version of its own, so nothing can differ from the locks."""
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    linted = [line.replace("$(BIN)", ".venv/bin").split() for line in recipe.splitlines()]
    # Without the words that differ on purpose: hooks get files and reformat them, where lint only checks.
    run = {tuple(word for word in words if "*" not in word and word not in {"--check", ".ci/run"}) for words in linted}
    hooked = {tuple(word for word in hook["entry"].split() if word != "--fix") for hook in HOOKS}
    assert {tuple(word.lstrip("@") for word in words) for words in run} <= hooked
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system"}


def test_the_changelog_follows_keep_a_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert [each for each in versions[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each)] == []
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= KINDS
