"""Every command, setting and file that the documents name exists."""

import re

import click
import pytest
import yaml

from ops.cli.main import pipeline
from ops.reference.metrics import MEANINGS
from ops.settings import ROOT
from shared import errors

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("[!.]*/*/README.md")),  # not what tools leave in folders of their own
    *sorted(ROOT.glob("[!.]*/README.md")),
]
# A command begins its line or its span; "this pipeline did not write" is not one.
COMMAND = r"^(?:\$ )?(?:\.venv/bin/)?pipeline ([a-z][a-z-]+)([^\n`]*)"
README = (ROOT / "README.md").read_text(encoding="utf-8")
# The pages that a reader finds from the README.
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS if path.exists())


def code(text):
    """Everything that is set as code: blocks and spans."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "\n".join(
        [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))]
    )


def targets():
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands(of=pipeline):
    """The commands of a group by their names and aliases; none where it has none."""
    if not isinstance(of, click.Group):
        return {}
    names = [*of.lazy, *(each.alias for each in of.lazy.values() if each.alias)]
    return {name: of.get_command(click.Context(of), name) for name in names}


def options_of(command, rest):
    """The options that a command takes; for `dlq replay …` those of replay, for `dlq …` those of all its commands."""
    inner = commands(command)
    named = [inner[word] for word in rest.split()[:1] if word in inner] or [command, *inner.values()]
    return {"--help", *(option for each in named for param in each.params for option in param.opts)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_make_target_that_is_named_exists(document):
    named = set(re.findall(r"\bmake (?:-s )?([a-z][a-z-]*)", code(document.read_text(encoding="utf-8"))))
    assert named <= targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_that_is_named_exists_with_its_options(document):
    for shown, rest in re.findall(COMMAND, code(document.read_text(encoding="utf-8")), re.MULTILINE):
        assert shown in commands()
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= options_of(commands()[shown], rest)


def test_every_target_and_every_command_is_in_the_documents():
    named = code(PAGES)
    assert {target for target in targets() if f"make {target}" not in named} == set()
    assert {command for command in pipeline.lazy if f"pipeline {command}" not in named} == set()
    inner = {(command, each) for command in pipeline.lazy for each in getattr(commands()[command], "lazy", ())}
    assert {pair for pair in inner if not re.search(rf"pipeline {pair[0]} \S*\b{pair[1]}\b", named)} == set()


def test_an_option_of_another_sub_command_is_found():
    assert "--force" in options_of(commands()["dlq"], " replay --force")
    assert "--force" not in options_of(commands()["dlq"], " purge --force")


def test_the_two_commands_are_there():
    assert "make demo" in README
    assert "make test" in README


def test_the_readme_is_read_in_a_minute():
    assert len(README.splitlines()) <= 120


def test_every_setting_is_in_the_documents():
    settings = yaml.safe_load((ROOT / "pipeline.yaml").read_text(encoding="utf-8"))
    named = code(PAGES)
    assert [section for section in settings if section not in named] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(document):
    text = document.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|yaml|md|toml|txt))`", text)
    here = (document.parent, ROOT)
    assert [path for path in paths if not any((folder / path).exists() for folder in here)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_error_that_is_named_exists(document):
    named = re.findall(r"^\| `([A-Z][a-z]\w+)` \|", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in named if not hasattr(errors, name) and name not in MEANINGS] == []


def test_a_service_s_readme_names_each_of_its_modules():
    for service in ("resize", "watermark", "store"):
        folder = ROOT / "services" / service
        text = (folder / "README.md").read_text(encoding="utf-8")
        modules = {path.name for path in folder.glob("*.py")} - {"__init__.py", "handler.py", "settings.py"}
        assert {name for name in modules if f"`{name}`" not in text} == set()
