"""What pyproject.toml says of an installation agrees with the locks, the imports and the files of the repository."""

import ast
import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops import places
from ops.cli import failures
from ops.settings import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
EVERY = [*PROJECT["dependencies"], *(each for extra in EXTRAS.values() for each in extra if "[" not in each)]

# Packages of ops/ that only a checkout has a use for: `make` starts them, and no command of `pipeline` does.
OF_A_CHECKOUT = ("deploy", "demo", "reference", "release", "schema")
# Imported under another name than they are installed under, or brought by what is named.
MODULES = {"yaml": "pyyaml", "PIL": "pillow", "pi_heif": "pi-heif-decoder", "cykooz_resizer": "cykooz-resizer"}
MODULES |= {"aws_lambda_powertools": "aws-lambda-powertools", "botocore": "boto3", "markupsafe": "jinja2"}
MODULES |= {"pillow_jxl": "pillow-jxl-plugin", "anyio": "starlette", "multipart": "python-multipart"}
# The local AWS runs these in an environment of its own; AWS's SDK brings types for mypy alone.
ELSEWHERE = re.compile(r"ministack|uvloop|mypy_boto3_\w+|awslambdaric")


def locked():
    texts = [(ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in ("dev", "pyvips", "uv")]
    return dict(re.findall(r"^([\w.-]+)==(\S+)", "\n".join(texts), re.MULTILINE))


@pytest.mark.parametrize("text", EVERY)
def test_the_locked_version_is_one_that_an_installation_takes(text):
    requirement = Requirement(text)
    assert str(requirement.specifier).startswith(">=")
    assert locked()[canonicalize_name(requirement.name)] in requirement.specifier


def test_what_the_services_need_is_installed_too():
    files = (ROOT / "services").glob("*/requirements.in")
    lines = {line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line[:1] != "#"}
    installed = {(canonicalize_name(each.name), str(each.marker)) for each in map(Requirement, PROJECT["dependencies"])}
    assert {(canonicalize_name(each.name), str(each.marker)) for each in map(Requirement, lines)} <= installed


def imports():
    """What commands of an installation import that is neither ours nor of Python itself."""
    files = [path for folder in ("ops", "shared", "services") for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in files:
        parts = path.relative_to(ROOT).parts
        if parts[0] == "ops" and (parts[1] in OF_A_CHECKOUT or parts[1:3] == ("local", "patches")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_everything_that_is_imported_is_installed():
    ours = {"ops", "shared", "services"} | set(sys.stdlib_module_names)
    wanted = {MODULES.get(name, name) for name in set(imports()) - ours if not ELSEWHERE.fullmatch(name)}
    named = {canonicalize_name(Requirement(each).name) for each in EVERY}
    # ops/schema/plain_yaml.py is the one module of ops/schema that commands import; Starlette asks for python-multipart
    # where a form is read; uv is started; pyvips imports its library, and setuptools builds it for a zip.
    assert wanted | {"pyyaml", "python-multipart", "uv", "pyvips-binary", "setuptools"} == named


def test_a_missing_package_is_said_with_the_extra_that_brings_it():
    for module, extra in failures._EXTRAS.items():
        names = {canonicalize_name(Requirement(each).name) for each in EXTRAS[extra]}
        assert canonicalize_name(MODULES.get(module, module)) in names
        _, text = failures.explained(ModuleNotFoundError(f"No module named {module!r}", name=f"{module}.inner"))
        assert f"image-pipeline[{extra}]" in text


def test_every_file_that_is_no_module_is_shipped_or_left_out_by_name():
    left_out = {"README.md", "requirements.in", "requirements-avif10.in", "requirements-jxl.in"}
    listed = subprocess.run(
        ["git", "ls-files", "ops", "shared", "services"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    files = {name for name in listed if not name.endswith(".py") and os.path.basename(name) not in left_out}  # noqa: PTH119
    shipped = {
        path.relative_to(ROOT).as_posix()
        for package, patterns in PYPROJECT["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
        if path.is_file()
    }
    assert files - shipped == set()
    assert "services/watermark/fonts/DejaVuSans.ttf" in shipped


def test_what_is_shipped_is_what_the_repository_has():
    links = [path for path in (ROOT / "ops" / "shipped").rglob("*") if not path.is_dir()]
    assert {path.relative_to(ROOT / "ops" / "shipped").as_posix() for path in links} == {
        "pipeline.schema.json",
        "pipeline.yaml",
        "requirements/emulator.txt",
    }
    for path in links:
        assert path.is_symlink()
        assert path.resolve() == places.shipped(path.relative_to(ROOT / "ops" / "shipped").as_posix())


def test_a_checkout_writes_into_itself_and_reads_its_own_settings(monkeypatch, tmp_path):
    (tmp_path / "pipeline.yaml").write_text("name: other\n")
    monkeypatch.chdir(tmp_path)
    assert (places.WORK, places.settings_file()) == (ROOT, ROOT / "pipeline.yaml")
