"""The reference of errors, from the tree in shared.errors."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ops.reference.markdown import GENERATED, sentence, table
from ops.settings import ROOT
from shared import errors
from shared.errors import PermanentError, PipelineError, TransientError

_BASES: Final = (PipelineError, PermanentError, TransientError)

# In a cell that has nothing to say.
PLACEHOLDER: Final = "none"

_HEAD: Final = f"""# Errors

{GENERATED}

The class of an error is the attribute `error` of a DLQ message, the field `error` of a failure notification, and what
`pipeline dlq ls --error` filters by. Its text is the reason.

A message that SQS itself moved to a DLQ has no error. `pipeline dlq` calls it `MovedBySqs`."""


def page() -> str:
    """The page, as Markdown."""
    sections = [
        ("## Permanent: not retried", sentence(PermanentError.__doc__), PermanentError),
        ("## Transient: retried", sentence(TransientError.__doc__), TransientError),
    ]
    parts = [_HEAD]
    for heading, meaning, base in sections:
        parts += [heading, meaning, _table(each for each in classes() if issubclass(each, base))]
    others = [each for each in classes() if not issubclass(each, (PermanentError, TransientError))]
    parts += ["## Internal: handled by the services", "These never end an image by themselves.", _table(iter(others))]
    return "\n\n".join(parts) + "\n"


def classes() -> Iterator[type[PipelineError]]:
    """The errors that are raised, in the order of shared.errors."""
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, PipelineError) and each not in _BASES:
            yield each


def _table(found: Iterator[type[PipelineError]]) -> str:
    rows = [(f"`{each.__name__}`", attempts(each), raised_by(each.__name__), sentence(each.__doc__)) for each in found]
    return table(["error", "attempts", "raised by", "meaning"], rows)


def attempts(error: type[PipelineError]) -> str:
    """How often a message is tried that fails with an error."""
    if issubclass(error, PermanentError):
        return "1"
    if issubclass(error, TransientError):
        return str(error.max_attempts) if error.max_attempts is not None else "all"
    return PLACEHOLDER


def raised_by(name: str) -> str:
    """The services and shared packages whose code makes an error of this class."""
    pattern = re.compile(rf"(?<!class )\b{name}\(")
    found = [place for place, text in _sources() if pattern.search(text)]
    return ", ".join(dict.fromkeys(found)) or PLACEHOLDER


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    """Each module's place, which is its service or `shared`, and its text."""
    paths: list[Path] = sorted((ROOT / "services").rglob("*.py")) + sorted((ROOT / "shared").rglob("*.py"))
    return tuple((_place(path), path.read_text(encoding="utf-8")) for path in paths)


def _place(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "services" else parts[0]
