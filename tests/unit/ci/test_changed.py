"""changed.sh: what a push to main deploys, by the files that it changed."""

import json
import subprocess
from types import SimpleNamespace

import pytest

ALL = ["store", "watermark", "resize"]


@pytest.fixture
def repository(step):
    """A repository with one commit, which is the one that was deployed."""

    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        ran = subprocess.run(
            ["git", *identity, *words], cwd=step.folder, check=True, capture_output=True, text=True, timeout=60
        )
        return ran.stdout.strip()

    def write(*names):
        for name in names:
            path = step.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.read_text() + "more\n" if path.exists() else f"{name}\n")

    def commit():
        git("add", "--all")
        git("commit", "--quiet", "--message", "a change")
        return git("rev-parse", "HEAD")

    git("init", "--quiet", "--initial-branch=main")
    write("README.md", "services/resize/step.py", "services/store/step.py")
    return SimpleNamespace(git=git, write=write, commit=commit, base=commit())


def after(repository, step, *names):
    """What is deployed once these files were changed."""
    repository.write(*names)
    repository.commit()
    return deployed(step, repository.base)


def deployed(step, *words):
    """(Whether the platform is deployed, the services in their order)."""
    ran = step.run("changed.sh", *words)
    assert ran.returncode == 0, ran.stderr
    said = dict(line.split("=") for line in ran.stdout.splitlines())
    return json.loads(said["platform"]), json.loads(said["services"])


@pytest.mark.parametrize(
    ("name", "platform", "services"),
    [
        ("services/resize/step.py", False, ["resize"]),
        ("services/watermark/requirements.txt", False, ["watermark"]),
        ("services/store/new/naming.py", False, ["store"]),
        ("services/__init__.py", True, ALL),
        ("pyproject.toml", False, ALL),
        ("shared/messages.py", True, ALL),
        ("pipeline.yaml", True, ALL),
        ("pipeline.schema.json", True, ALL),
        ("services/resize/settings.schema.json", False, ["resize"]),
        ("docs/reference/settings.md", False, []),
        ("marks/a logo\n.png", True, ALL),
        ("terraform/platform/main.tf", True, []),
        ("terraform/services/main.tf", False, ALL),
        ("terraform/modules/pipeline/names.tf", True, ALL),
        ("terraform/github/main.tf", False, []),
        ("terraform/tests/queue.tftest.hcl", False, []),
        ("ops/packaging/zips.py", False, ALL),
        ("ops/images/status.py", False, []),
        ("README.md", False, []),
        ("docs/images/console.webp", False, []),
        ("examples/profiles/pipeline.yaml", False, []),
        ("mkdocs.yml", False, []),
        ("services/resize/README.md", False, []),
        ("tests/unit/shared/test_messages.py", False, []),
        (".github/workflows/ci.yml", False, []),
    ],
)
def test_a_changed_file_deploys_what_it_concerns_and_nothing_else(repository, step, name, platform, services):
    assert after(repository, step, name) == (platform, services)


def test_two_changes_are_deployed_readers_of_messages_first(repository, step):
    changed = ("services/resize/step.py", "services/store/step.py", "terraform/platform/main.tf")
    assert after(repository, step, *changed) == (True, ["store", "resize"])


def test_what_was_changed_in_any_commit_since_the_base_is_deployed(repository, step):
    after(repository, step, "services/resize/step.py")
    assert after(repository, step, "README.md") == (False, ["resize"])


def test_a_file_that_moved_concerns_where_it_was(repository, step):
    (step.folder / "bench").mkdir()
    repository.git("mv", "services/store/step.py", "bench/step.py")
    repository.commit()
    assert deployed(step, repository.base) == (False, ["store"])


def test_nothing_changed_deploys_nothing(repository, step):
    assert deployed(step, repository.base) == (False, [])


@pytest.mark.parametrize("base", ["", "0" * 40, "no-commit"])
def test_without_a_commit_that_was_deployed_all_is_deployed(repository, step, base):
    assert deployed(step, base) == (True, ALL)


def test_a_commit_that_is_not_in_the_history_deploys_all(repository, step):
    repository.git("checkout", "--quiet", "-b", "aside")
    repository.write("aside.md")
    aside = repository.commit()
    repository.git("checkout", "--quiet", "main")
    assert deployed(step, aside) == (True, ALL)


@pytest.mark.parametrize(
    ("wanted", "platform", "services"),
    [("all", True, ALL), ("platform", True, []), ("watermark", False, ["watermark"])],
)
def test_what_a_person_wants_is_deployed_whatever_has_changed(repository, step, wanted, platform, services):
    assert deployed(step, repository.base, wanted) == (platform, services)
