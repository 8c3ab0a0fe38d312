"""The .pyc beside every module."""

import importlib.util
import marshal
import sys

import pytest

from ops.errors import CommandError
from ops.packaging import bytecode

# What has made bytecode differ from run to run: sets of constants, names that are used often, docstrings.
SOURCE = '''"""A module."""
KINDS = {"jpeg", "png", "webp", "avif", "gif", "tiff", "bmp", "heic"}


def kind(name):
    """Whether it is one."""
    return name in {"jpeg", "png", "webp", "avif", "gif"}
'''


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "kinds.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_a_pyc_lies_where_python_looks_for_it(source):
    name = bytecode.host_compiler().name("services/resize/step.py")
    assert name == importlib.util.cache_from_source("services/resize/step.py", optimization="")


def test_a_pyc_shows_the_path_on_lambda_and_is_never_compared(source):
    (data,) = bytecode.host_compiler().compiled({"shared/kinds.py": source}).values()
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(data[4:8], "little") == 0b01  # by hash, and unchecked
    assert marshal.loads(data[16:]).co_filename == "/var/task/shared/kinds.py"  # noqa: S302 - made right above


def test_the_same_source_gives_the_same_bytes_in_every_run(source):
    compiler = bytecode.host_compiler()
    # -I leaves PYTHONHASHSEED aside, so each run has a seed of its own.
    assert len({tuple(compiler.compiled({"kinds.py": source}).items()) for _ in range(4)}) == 1


def test_the_neighbours_do_not_matter(source, tmp_path):
    (tmp_path / "other.py").write_text(SOURCE.replace("KINDS", "OTHERS"), encoding="utf-8")
    compiler = bytecode.host_compiler()
    alone = compiler.compiled({"kinds.py": source})
    together = compiler.compiled({"a.py": tmp_path / "other.py", "kinds.py": source})
    assert alone.items() <= together.items()


def test_what_does_not_compile_is_named(tmp_path, capsys):
    (tmp_path / "bad.py").write_text("def", encoding="utf-8")
    with pytest.raises(CommandError, match="a module does not compile"):
        bytecode.host_compiler().compiled({"shared/bad.py": tmp_path / "bad.py"})
    assert "/var/task/shared/bad.py" in capsys.readouterr().err


@pytest.fixture
def only(monkeypatch, tmp_path):
    """A machine where LAMBDA_PYTHON is the only Python that may be Lambda's."""

    def set_up(script):
        python = tmp_path / "python3.13"
        python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        python.chmod(0o755)
        monkeypatch.setenv("LAMBDA_PYTHON", str(python))
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "executable", "/nowhere/python3")
        bytecode.lambda_compiler.cache_clear()
        return python

    yield set_up
    bytecode.lambda_compiler.cache_clear()


def test_a_python_is_asked_its_version(only):
    python = only("echo True 3 13 5")
    assert bytecode.lambda_compiler() == bytecode.Compiler(python=str(python), version="3.13.5", tag="cpython-313")
    assert bytecode.lambda_compiler("python3.14") is None


def test_another_runtime_has_another_python(only):
    python = only("echo True 3 14 1")
    compiler = bytecode.lambda_compiler("python3.14")
    assert compiler == bytecode.Compiler(python=str(python), version="3.14.1", tag="cpython-314")
    assert bytecode.lambda_compiler() is None


@pytest.mark.parametrize(
    "script",
    ["echo 'pyenv: python3.13: command not found' >&2; exit 127", "echo True 3 12 1", "echo False 3 13 0"],
    ids=["shim that leads nowhere", "another version", "another kind of Python"],
)
def test_a_python_that_is_not_lambda_s_is_left_aside_and_said_so_once(only, capsys, script):
    only(script)
    assert bytecode.lambda_compiler() is None
    assert bytecode.lambda_compiler() is None
    assert capsys.readouterr().err.count("no python3.13 here") == 1
