"""What is generated from the model is current, and each function has the part of the schema that it reads."""

import json
import subprocess
import sys

import pytest

from ops.names import SERVICES
from ops.schema import __main__ as generate
from ops.schema.files import ROOT, generated, of_function, whole
from ops.settings import SECTIONS

FILES = {str(path.relative_to(ROOT)): (path, text) for path, text in generated().items()}


def test_these_files_are_generated():
    functions = {f"services/{service}/settings.schema.json" for service in SERVICES}
    assert FILES.keys() == {"pipeline.schema.json", "docs/reference/settings.md"} | functions


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_current(name):
    path, text = FILES[name]
    assert path.read_text(encoding="utf-8") == text, "make generate writes it"


def test_make_generate_writes_what_has_changed_and_no_more(tmp_path, monkeypatch, capsys):
    texts = {tmp_path / "new" / "a": "a", tmp_path / "b": "b", tmp_path / "c": "c"}
    (tmp_path / "b").write_text("old")
    (tmp_path / "c").write_text("c")
    monkeypatch.setattr(generate, "generated", lambda: texts)
    assert generate.main() == 0
    assert {path: path.read_text() for path in texts} == texts
    assert [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()] == ["a", "b"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_has_the_schema_of_what_it_reads_and_of_nothing_else(service):
    schema = of_function(whole(), service)
    assert tuple(schema["properties"]) == SECTIONS[service]
    assert "description" not in json.dumps(schema)
    if "profiles" in schema["properties"]:
        of_resize = {"prefix", "renditions", "sets", "metadata", "hdr", "trim"}
        read = {"resize": of_resize, "watermark": {"prefix", "watermark"}}
        assert schema["properties"]["profiles"]["items"]["properties"].keys() == read[service]


def test_editors_find_the_schema():
    first = (ROOT / "pipeline.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first == "# yaml-language-server: $schema=pipeline.schema.json"


def test_the_reference_has_a_row_for_every_setting():
    _, page = FILES["docs/reference/settings.md"]
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    some = {"name", "formats", "limits.pixels", "renditions[].fit", "profiles[].prefix", "services.store.memory_mb"}
    assert some <= rows
    # A mapping that may be null has a row of its own, besides those of its settings.
    assert {row.rpartition(".")[2] for row in rows} == {*names_in(whole()["properties"]), "pollers"}


def names_in(properties):
    """The names of all settings that are not groups of others."""
    for name, rule in properties.items():
        inner = rule.get("items", rule).get("properties", {})
        if not inner or name in {"renditions", "sets", "watermark"}:
            yield name
        yield from names_in(inner)


def test_no_command_waits_for_pydantic():
    code = "import sys, ops.cli, ops.settings; ops.settings.load(); sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
