"""`make test` checks types beside its tests: whatever fails is shown, and fails it."""

import os
import shutil
import subprocess

import pytest

from ops.settings import ROOT

FAKE = """#!/bin/sh
case "$*" in
*mypy*) echo "said by mypy"; exit $TYPES_END ;;
*pytest*) echo "said by pytest"; echo "$*" >arguments; exit $TESTS_END ;;
*) exit $STYLE_END ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """Run a target of the Makefile with commands that do nothing but end with the given code."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements", ignore=shutil.ignore_patterns("bench"))
    (tmp_path / "bin").mkdir()
    for name in ("python", "ruff", "shellcheck", "jactionlint", "zizmor"):
        (tmp_path / "bin" / name).write_text(FAKE, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("ready", "emulator-ready"):
        (tmp_path / name).touch()

    def run(*words, mypy=0, tests=0, ruff=0):
        words = ["BIN=bin", "DEV_READY=ready", "EMULATOR_READY=emulator-ready", *words]
        env = {"PATH": os.environ["PATH"], "TYPES_END": str(mypy), "TESTS_END": str(tests), "STYLE_END": str(ruff)}
        return subprocess.run(
            ["make", "-s", *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("target", ["test", "test-all"])
def test_all_that_passes_passes_and_mypy_is_silent(make, target):
    ran = make(target)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "said by pytest\n", "")


@pytest.mark.parametrize("target", ["test", "test-all"])
def test_wrong_types_fail_it_although_every_test_passes(make, target):
    ran = make(target, mypy=1)
    assert ran.returncode != 0
    assert ran.stdout == "said by pytest\n"
    assert ran.stderr.startswith("said by mypy\ntypes are wrong, see above\n")


@pytest.mark.parametrize("target", ["test", "test-all"])
@pytest.mark.parametrize("mypy", [0, 1])
def test_a_failing_test_fails_it(make, target, mypy):
    ran = make(target, mypy=mypy, tests=1)
    assert ran.returncode != 0
    assert ("said by mypy" in ran.stderr) == bool(mypy)


@pytest.mark.parametrize("target", ["test", "test-all"])
def test_wrong_style_fails_it_before_any_test_runs(make, target):
    ran = make(target, ruff=1)
    assert ran.returncode != 0
    assert "said by" not in ran.stdout


def test_a_tier_is_not_a_path_although_a_folder_has_its_name(make, tmp_path):
    """Before tests/conftest.py is read, pytest takes the word after an unknown option for a path: terraform/."""
    assert make("test-all", "TIER=terraform").returncode == 0
    assert "--tier=terraform" in (tmp_path / "arguments").read_text(encoding="utf-8").split()
