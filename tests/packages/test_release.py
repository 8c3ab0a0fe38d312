"""The files of a release: reproducible, with checksums, and with SBOMs that the libraries themselves confirm."""

import hashlib
import json
import re
import subprocess
import zipfile

import pytest
from cyclonedx.schema import SchemaVersion

from ops.names import SERVICES
from ops.packaging import decoders, package
from ops.packaging.bytecode import lambda_compiler
from ops.release import __main__ as files_of_release
from ops.release import native_libraries, wheel
from ops.release.changelog import agree
from ops.settings import ROOT
from shared.release import VERSION

WHEEL = f"image_pipeline-{VERSION}-py3-none-any.whl"

needs_python = pytest.mark.skipif(lambda_compiler() is None, reason="NOT RUN: no Python of Lambda's version here")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "files"
    files_of_release.write(folder)
    return folder


def bom(out, service):
    return json.loads((out / f"{service}.cdx.json").read_text(encoding="utf-8"))


def versions(value):
    return {each["name"]: each["version"] for each in value["components"]}


def test_version_and_changelog_agree():
    agree(VERSION, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_a_release_is_cut_by_a_version_and_a_heading():
    version = VERSION.removesuffix(".dev0")
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if version != VERSION:
        text = text.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - 2026-12-01\n")
    notes = agree(version, text, f"v{version}").text
    # The notes begin with a kind of change, and contain nothing that is unreleased.
    assert notes.startswith("### ")
    assert "released yet" not in notes


@needs_python
def test_a_release_has_a_zip_and_an_sbom_of_each_service_the_wheel_and_checksums_of_all(out):
    zips = {f"{service}{processor}" for service in SERVICES for processor in ("", "-x86_64")}
    attached = {f"{name}.{kind}" for name in zips for kind in ("zip", "cdx.json")} | {WHEEL}
    assert {path.name for path in out.iterdir()} == attached | {"SHA256SUMS"}
    lines = (out / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert sums == {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in attached}


def test_the_wheel_is_of_the_committed_files_and_the_same_in_another_checkout(tmp_path):
    """Permissions of files are those of the one who checks out."""
    first = wheel.build(tmp_path, ROOT)
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", "--shared", ROOT, other], check=True)
    for name in subprocess.run(
        ["git", "diff", "--name-only", "--diff-filter=d", "HEAD"], cwd=ROOT, text=True, capture_output=True, check=True
    ).stdout.split():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["git", "add", "-A"], cwd=other, check=True)
    for path in (other / "ops").rglob("*.py"):
        path.chmod(0o600)
    (other / "ops" / "scratch.py").write_text("nobody knows this")
    (tmp_path / "again").mkdir()
    second = wheel.build(tmp_path / "again", other)
    assert (first.name, second.name) == (WHEEL, WHEEL)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert {"ops/cli/main.py", "ops/shipped/pipeline.schema.json"} <= set(archive.namelist())
        assert "ops/scratch.py" not in archive.namelist()


@needs_python
def test_every_file_has_the_same_bytes_when_built_again(out, tmp_path):
    again = files_of_release.write(tmp_path / "again")
    assert {path.name: path.read_bytes() for path in again} == {path.name: path.read_bytes() for path in out.iterdir()}


@needs_python
@pytest.mark.parametrize("service", SERVICES)
def test_an_sbom_is_valid_and_names_its_zip(service, out):
    text = (out / f"{service}.cdx.json").read_text(encoding="utf-8")
    # Imported late, as ops/release/sbom.py does: every worker collects this file.
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    whole = json.loads(text)["metadata"]["component"]
    assert (whole["name"], whole["version"]) == (f"image-pipeline-{service}", VERSION)
    digest = hashlib.sha256((out / f"{service}.zip").read_bytes()).hexdigest()
    assert whole["hashes"] == [{"alg": "SHA-256", "content": digest}]


@needs_python
@pytest.mark.parametrize("service", SERVICES)
def test_an_sbom_names_every_locked_package_and_every_native_file(service, out):
    value = bom(out, service)
    locked = (ROOT / "services" / service / "requirements.txt").read_text()
    # Those without a processor in their name are for arm64.
    pinned = dict(re.findall(r"(?m)^([\w-]+)==(\S+)(?: ; (?!platform_machine == 'x86_64').*)? \\$", locked))
    assert "aws-lambda-powertools" in pinned
    assert pinned.items() <= versions(value).items()
    with zipfile.ZipFile(out / f"{service}.zip") as archive:
        shared = {name for name in archive.namelist() if ".libs/" in name}
    found = {
        each["location"] for part in value["components"] for each in part.get("evidence", {}).get("occurrences", [])
    }
    assert shared <= found
    assert bool(shared) == (service != "store")


@needs_python
def test_a_zip_s_name_states_its_processor_and_its_sbom_is_its_own(out):
    for suffix, machine in (("", "aarch64"), ("-x86_64", "x86_64")):
        with zipfile.ZipFile(out / f"resize{suffix}.zip") as archive:
            native = {name for name in archive.namelist() if ".cpython-313-" in name and name.endswith(".so")}
        assert native
        assert all(f"-{machine}-" in name for name in native)
        digest = hashlib.sha256((out / f"resize{suffix}.zip").read_bytes()).hexdigest()
        assert bom(out, f"resize{suffix}")["metadata"]["component"]["hashes"][0]["content"] == digest


@needs_python
def test_the_sbom_states_the_versions_that_the_decoders_report(out):
    """This machine's wheels have the same versions as those in the zip, which are for another processor."""
    named = versions(bom(out, "resize"))
    for judged in decoders.judged():
        # Little CMS reports 2.19 for 2.19.1: its number has two parts.
        assert named[judged.floor.name].startswith(judged.found), judged.floor.name


@needs_python
@pytest.mark.parametrize("service", ["resize", "watermark"])
def test_the_libraries_are_those_of_this_machine_s_zip(service, out, tmp_path):
    built = package.build(service, target="host", out_dir=tmp_path)
    with zipfile.ZipFile(built.path) as archive:
        here = native_libraries.libraries({name: archive.read(name) for name in archive.namelist()})
    found = {(each.name, each.version) for each in here if each.name != "fast_image_resize"}  # not on arm64
    assert found <= set(versions(bom(out, service)).items())
    assert len(here) >= 19
