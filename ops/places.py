"""Where the project's own files are, and where its commands write: in a checkout, or in an installation."""

import os
from pathlib import Path
from typing import Final

# The top of the repository, or the folder that packages are installed in. Both have ops/, services/ and shared/.
ROOT: Final = Path(__file__).resolve().parents[1]
IN_CHECKOUT: Final = (ROOT / "pyproject.toml").is_file()

# Files from the top of the repository that a wheel carries inside of ops/, as links of the repository name them.
_SHIPPED: Final = ROOT if IN_CHECKOUT else ROOT / "ops" / "shipped"


def _state_folder() -> Path:
    """The user's folder for what programs keep between runs.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    return Path(named if named.startswith("/") else Path.home() / ".local" / "state") / "image-pipeline"


# What is written is in the checkout itself; an installation may be read-only, and is shared by all folders.
WORK: Final = ROOT if IN_CHECKOUT else _state_folder()

# What starts the local AWS here, and what begins each command about it; the second prints nothing but the environment.
LOCAL, LOCAL_QUIETLY = ("make", "make -s") if IN_CHECKOUT else ("pipeline local", "pipeline local")
LOCAL_UP: Final = f'eval "$({LOCAL_QUIETLY} up)"'


def shipped(path: str) -> Path:
    """A file of the repository that commands read at run time.

    Args:
        path: Its path from the top of the repository, such as "pipeline.schema.json".
    """
    return _SHIPPED / path


def settings_file() -> Path:
    """The pipeline.yaml of a command that is given none.

    In a checkout it is the repository's. Elsewhere it is that of the current folder, or if there is none, the one that
    the installation brings.
    """
    own = Path("pipeline.yaml")
    return own.resolve() if not IN_CHECKOUT and own.is_file() else shipped("pipeline.yaml")


def watermarks(root: Path = ROOT) -> Path:
    """The folder that paths of watermarks' images are relative to: the repository's top, or the current folder.

    Args:
        root: The top of a repository, or ROOT.
    """
    return Path.cwd() if root == ROOT and not IN_CHECKOUT else root


def written(root: Path) -> Path:
    """Where files that are built from a folder of sources go: into it, unless it is an installation.

    Args:
        root: The top of a repository, or ROOT.
    """
    return WORK if root == ROOT else root
