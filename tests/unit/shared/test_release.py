"""Which version this is, in a zip and in the repository."""

import re
import shutil
from pathlib import Path

import pytest

from ops.settings import ROOT
from shared import release


@pytest.fixture
def module(tmp_path):
    """Where this module lies in a copy of the repository's folders."""
    (tmp_path / "shared").mkdir()
    return Path(shutil.copy(ROOT / "shared" / "release.py", tmp_path / "shared"))


def test_in_the_repository_the_version_is_that_of_pyproject(module, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.1.0"\n', encoding="utf-8")
    assert release._version(module) == "7.1.0"


def test_in_a_zip_the_version_is_that_which_the_zip_was_built_from(module, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "7.1.0"\n', encoding="utf-8")
    module.with_name(release.PACKED).write_text("7.0.3\n", encoding="ascii")
    assert release._version(module) == "7.0.3"


def test_the_version_of_this_copy_is_a_version():
    assert release.version_of(ROOT / "pyproject.toml") == release.VERSION
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev0)?", release.VERSION)
