"""Which files of the repository a service needs: its own folder, and what its imports lead to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ops.errors import CommandError, Exit
from ops.places import IN_CHECKOUT, watermarks
from ops.settings import ROOT, PipelineSettings

_OURS = ("services", "shared")
_QUOTED = re.compile(rf"(?:{'|'.join(_OURS)})(?:\.\w+)+")
_LEFT_OUT = re.compile(r"README\.md|requirements(-\w+)?\.(in|txt)")


def files_of(service: str, settings: PipelineSettings, root: Path = ROOT) -> list[Path]:
    """The files of a service's zip that this repository holds, relative to its top, sorted.

    Args:
        service: resize, watermark or store.
        settings: whose watermarks may be files of the repository.
        root: the repository's top. Images of watermarks are relative to what ops/places.py says of it.

    Raises:
        CommandError: a watermark's image is not a file of the repository.
    """
    files = set(_modules(root / "services" / service / "handler.py", root))
    own = root / "services" / service
    files |= {
        path
        for path in own.rglob("*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc"}
        and not _LEFT_OUT.fullmatch(path.name)
        and not _litter(path)
    }
    found = {path.relative_to(root) for path in files}
    if service == "watermark":
        images = watermarks(root)
        found |= {path.relative_to(images) for path in _marks(settings, images)}
    return sorted(found)


def _modules(handler: Path, root: Path) -> set[Path]:
    """Every module of ours that importing a module imports, with the packages that they lie in."""
    found: set[Path] = set()
    waiting = [handler]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        above = (parent / "__init__.py" for parent in path.parents if parent.is_relative_to(root))
        waiting += [package for package in above if package.is_file()]
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        waiting += [each for name in imported(path, module) for each in _files(name, root)]
    return found


def _litter(path: Path) -> bool:
    """What editors and file managers leave: it is not in the commit, so it must not change the zip."""
    return path.name.startswith(".") or path.name.endswith("~")


def imported(path: Path, module: str) -> Iterator[str]:
    """The dotted names that a module imports, those inside its functions and those in quotes included.

    "from a import b" gives both a and a.b: b may be a module or a name in one. A module of ours in quotes is one that
    importlib.import_module imports later.

    Args:
        path: of its source.
        module: its name, which "from . import b" starts from.

    Raises:
        CommandError: it is not a Python.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise CommandError(f"{path}, line {error.lineno}: {error.msg}", Exit.USAGE) from error
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _QUOTED.fullmatch(node.value):
            yield node.value


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """What of a module runs: all but `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            for other in child.orelse:
                yield other
                yield from _running(other)
        else:
            yield child
            yield from _running(child)


def _files(name: str, root: Path) -> Iterator[Path]:
    if name.split(".", maxsplit=1)[0] in _OURS:
        path = root.joinpath(*name.split("."))
        if path.with_suffix(".py").is_file():
            yield path.with_suffix(".py")
        if (path / "__init__.py").is_file():
            yield path / "__init__.py"


def _marks(settings: PipelineSettings, root: Path) -> Iterator[Path]:
    """The images that watermarks are made of: everybody's, and the profiles'."""
    watermarks = [("watermark", settings.sections.get("watermark"))]
    for index, profile in enumerate(settings.sections.get("profiles") or ()):
        watermarks.append((f"profiles[{index}].watermark", profile.get("watermark")))
    for setting, watermark in watermarks:
        image = watermark.get("image") if isinstance(watermark, dict) else None
        if image is None:
            continue
        path = (root / image).resolve()
        if not path.is_file() or not path.is_relative_to(root.resolve()):
            where = "repository" if IN_CHECKOUT else "folder"
            raise CommandError(f"{setting}.image is {image!r}; it must be a file of this {where}", Exit.USAGE)
        # Under the name that the settings give it: the function looks for that, wherever a link may lead here.
        yield root / PurePosixPath(image)
