"""Proofs that a zip is complete: its modules are imported from it alone, and every import resolves."""

import fnmatch
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.packaging import sources, vendor

# Packages of Lambda's runtime.
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

# Pillow imports its plug-ins by name, so no import statement refers to them.
DOORS = ("PIL._imaging", *(f"PIL.{plugin}ImagePlugin" for plugin in vendor.PLUGINS))

_PROBE = """
import importlib, importlib.util, json, os, sys
task, sdk, names = json.load(sys.stdin)
sys.path[:0] = [task, sdk]
for name in names:
    importlib.import_module(name)
print(json.dumps({
    "files": {name: getattr(module, "__file__", None) for name, module in sys.modules.items()},
    "pillow": importlib.util.find_spec("PIL") is not None,
    "python": os.path.dirname(os.__file__),
}))
"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an isolated interpreter imported: files by module, whether Pillow is there, and Python's folder."""

    files: dict[str, str | None]
    pillow: bool
    python: str


def unpacked(path, folder):
    """Unpack a zip as Lambda does."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def sdk(folder):
    """A folder with only the packages of Lambda's runtime, copied from this environment."""
    for name in SDK:
        origin = Path(importlib.util.find_spec(name).origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def imported_alone(task, sdk_folder, names, *, python=sys.executable):
    """Import modules with only a zip and the SDK: no repository, no site-packages, no environment."""
    empty = task.parent / "empty"
    empty.mkdir(exist_ok=True)
    job = json.dumps((str(task), str(sdk_folder), list(names)))
    command = [python, "-I", "-S", "-B", "-c", _PROBE]
    result = subprocess.run(command, input=job, capture_output=True, text=True, check=False, cwd=empty, env={})
    assert result.returncode == 0, result.stderr
    return Imported(**json.loads(result.stdout))


def strangers(imported, task, sdk_folder):
    """Modules that came from neither the zip, nor the SDK, nor Python itself."""
    homes = tuple(f"{home}{os.sep}" for home in (task, sdk_folder, imported.python))
    return {name: file for name, file in imported.files.items() if file and not file.startswith(homes)}


def prove_complete(path, service, folder):
    """Prove that a service's handler imports from its zip with only the SDK beside it."""
    task, beside = folder / "task", folder / "sdk"
    beside.mkdir(parents=True)
    unpacked(path, task)
    imported = imported_alone(task, sdk(beside), [f"services.{service}.handler"])
    assert not strangers(imported, task, beside)
    assert imported.files[f"services.{service}.handler"].startswith(str(task))
    return imported


@cache
def imports(path, module):
    """What a module of a zip imports; tests ask for it again and again, each with other entries."""
    return tuple(sources.imported(path, module))


def reached(task, entries):
    """Every module in a zip that an import may reach, at any time, with its importers.

    Names that match no file are included: they may be functions, or missing modules.
    """
    importers = {}
    waiting = [(entry, "") for entry in entries]
    while waiting:
        name, importer = waiting.pop()
        if name in importers:
            continue
        importers[name] = importer
        path = resolved(name, task)
        if path is None:
            continue
        if "." in name:
            waiting.append((name.rpartition(".")[0], name))
        if path.suffix == ".py":
            waiting += [(each, name) for each in imports(path, name)]
    return importers


def resolved(name, task):
    """The file of a module in an unpacked zip, or None."""
    stem = task.joinpath(*name.split("."))
    candidates = [stem / "__init__.py", stem.with_suffix(".py"), *sorted(stem.parent.glob(f"{stem.name}.*.so"))]
    return next((path for path in candidates if path.is_file()), None)


def missing(task, entries) -> Iterator[str]:
    """Yield modules that were removed from a zip although an import may need them."""
    kept = {f"PIL.{plugin}ImagePlugin" for plugin in vendor.PLUGINS}
    for name in reached(task, entries):
        path = name.replace(".", "/")
        out = any(
            fnmatch.fnmatch(path, pattern.removesuffix(".py").removesuffix(".*.so")) or path.startswith(f"{pattern}/")
            for pattern in vendor.UNUSED
        )
        plugin = fnmatch.fnmatch(name, "PIL.*ImagePlugin") and name not in kept
        if out or plugin:
            yield name


def nowhere(task, service) -> Iterator[str]:
    """Yield imports of a zip's own code that resolve neither in the zip, nor in Python, nor in the SDK."""
    for path in sorted([*task.glob("shared/**/*.py"), *task.glob(f"services/{service}/**/*.py")]):
        module = ".".join(path.relative_to(task).with_suffix("").parts).removesuffix(".__init__")
        for name in imports(path, module):
            top, parent = name.partition(".")[0], name.rpartition(".")[0]
            if top in sys.stdlib_module_names or top in SDK:
                continue
            # "from a import b" may import a.b, too, but b may also be a name in a.
            if resolved(name, task) is None and (not parent or resolved(parent, task) is None):
                yield f"{path.relative_to(task)}: {name}"
