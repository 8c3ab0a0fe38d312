"""Which files of the repository a service needs: its own folder, and what its imports lead to."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ops.errors import CommandError
from ops.settings import ROOT, PipelineSettings

_OURS = ("services", "shared")
_LEFT_OUT = frozenset({"README.md", "requirements.in", "requirements.txt"})


def files_of(service: str, settings: PipelineSettings, root: Path = ROOT) -> list[Path]:
    """The files of a service's zip that this repository holds, relative to its top, sorted.

    Args:
        service: resize, watermark or store.
        settings: whose watermark may be a file of the repository.
        root: the repository's top.

    Raises:
        CommandError: the watermark's image is not a file of the repository.
    """
    files = set(_modules(root / "services" / service / "handler.py", root))
    own = root / "services" / service
    files |= {
        path
        for path in own.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and path.name not in _LEFT_OUT
    }
    if service == "watermark":
        files |= set(_mark(settings, root))
    return sorted(path.relative_to(root) for path in files)


def _modules(handler: Path, root: Path) -> set[Path]:
    """Every module of ours that importing a module imports, with the packages that they lie in."""
    found: set[Path] = set()
    waiting = [handler]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        found |= {parent / "__init__.py" for parent in path.parents if (parent / "__init__.py").is_file()}
        waiting += [each for name in imported(path) for each in _files(name, root)]
    return found


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, those inside its functions included.

    "from a import b" gives both a and a.b: b may be a module or a name in one.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(name: str, root: Path) -> Iterator[Path]:
    if name.split(".", maxsplit=1)[0] in _OURS:
        path = root.joinpath(*name.split("."))
        if path.with_suffix(".py").is_file():
            yield path.with_suffix(".py")


def _mark(settings: PipelineSettings, root: Path) -> Iterator[Path]:
    watermark = settings.sections.get("watermark")
    image = watermark.get("image") if isinstance(watermark, dict) else None
    if image is None:
        return
    path = (root / image).resolve()
    if not path.is_file() or not path.is_relative_to(root.resolve()):
        raise CommandError(f"watermark.image is {image!r}; it must be a file of this repository")
    yield root / image
