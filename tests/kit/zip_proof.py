"""Proofs that a zip is whole: what it holds is imported from it alone, and every import leads somewhere."""

import fnmatch
import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops import sources, vendor

# What Lambda's runtime brings.
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

# Pillow imports its plug-ins by name, so nothing in the source leads to them.
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
    """What an isolated interpreter said of its imports: files by module, whether Pillow is there, Python's folder."""

    files: dict[str, str | None]
    pillow: bool
    python: str


def unpacked(path, folder):
    """A zip, unpacked as Lambda does it."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def sdk(folder):
    """A folder with nothing but what Lambda's runtime brings, out of this environment."""
    for name in SDK:
        origin = Path(importlib.util.find_spec(name).origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def imported_alone(task, sdk_folder, names, *, python=sys.executable):
    """Import modules with nothing but a zip and the SDK: no repository, no site-packages, no environment."""
    empty = task.parent / "empty"
    empty.mkdir(exist_ok=True)
    reported = json.dumps((str(task), str(sdk_folder), list(names)))
    command = [python, "-I", "-S", "-B", "-c", _PROBE]
    result = subprocess.run(command, input=reported, capture_output=True, text=True, check=False, cwd=empty, env={})
    assert result.returncode == 0, result.stderr
    return Imported(**json.loads(result.stdout))


def strangers(imported, task, sdk_folder):
    """Modules that came from neither the zip, nor the SDK, nor Python itself."""
    homes = tuple(f"{home}{os.sep}" for home in (task, sdk_folder, imported.python))
    return {name: file for name, file in imported.files.items() if file and not file.startswith(homes)}


def prove_complete(path, service, folder):
    """Import a service's handler from its zip with nothing but the SDK beside it."""
    task, beside = folder / "task", folder / "sdk"
    beside.mkdir(parents=True)
    unpacked(path, task)
    imported = imported_alone(task, sdk(beside), [f"services.{service}.handler"])
    assert not strangers(imported, task, beside)
    assert imported.files[f"services.{service}.handler"].startswith(str(task))
    return imported


def reached(task, entries):
    """Every module in a zip that importing others may import, at whatever time; with who imports it.

    Names that lead to no file are in it as well: they may be functions, or what is missing.
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
            waiting += [(each, name) for each in sources.imported(path, name)]
    return importers


def resolved(name, task):
    """The file of a module in an unpacked zip, or None."""
    stem = task.joinpath(*name.split("."))
    candidates = [stem / "__init__.py", stem.with_suffix(".py"), *sorted(stem.parent.glob(f"{stem.name}.*.so"))]
    return next((path for path in candidates if path.is_file()), None)


def missing(task, entries) -> Iterator[str]:
    """What was taken out of a zip though an import may lead to it."""
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
    """Imports of a zip's own code that lead to nothing in the zip, in Python or in the SDK."""
    for path in sorted([*task.glob("shared/**/*.py"), *task.glob(f"services/{service}/**/*.py")]):
        module = ".".join(path.relative_to(task).with_suffix("").parts).removesuffix(".__init__")
        for name in sources.imported(path, module):
            top, parent = name.partition(".")[0], name.rpartition(".")[0]
            if top in sys.stdlib_module_names or top in SDK:
                continue
            # "from a import b" asks for a.b too, which may be a name in a.
            if resolved(name, task) is None and (not parent or resolved(parent, task) is None):
                yield f"{path.relative_to(task)}: {name}"
