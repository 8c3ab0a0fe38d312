"""Which version this is: as the zip, pyproject.toml of the repository or the installed wheel says."""

from pathlib import Path
from typing import Final

# The file that ops/packaging/package.py puts beside this module into every zip; pyproject.toml itself is in none.
PACKED: Final = "release.txt"


def version_of(pyproject: Path) -> str:
    """The version that a pyproject.toml states, such as "1.0.0".

    Args:
        pyproject: the path of the file.

    Raises:
        FileNotFoundError: there is no such file.
        KeyError: it states no version.
    """
    import tomllib  # noqa: PLC0415 - never in a function, which reads one line instead

    return str(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["version"])


def _version(module: Path) -> str:
    """The version of what a copy of this module belongs to: a zip, a repository, or an installation."""
    packed = module.with_name(PACKED)
    if packed.is_file():
        return packed.read_text(encoding="ascii").strip()
    pyproject = module.parents[1] / "pyproject.toml"
    return version_of(pyproject) if pyproject.is_file() else _installed()


def _installed() -> str:
    """The version of an installed wheel, which has its metadata beside it."""
    from importlib import metadata  # noqa: PLC0415 - never in a function

    return metadata.version("image-pipeline")


VERSION: Final = _version(Path(__file__))
