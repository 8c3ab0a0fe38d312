"""How far a backfill came: the last key that was sent, in a small file that is whole at every moment."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ops.errors import CommandError, Exit
from ops.files import write_whole
from shared.dlq_messages import iso

FOLDER: Final = Path(".backfill")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Where a backfill of one prefix stopped.

    Args:
        bucket: the input bucket.
        prefix: of keys.
        folder: of the files.
    """

    bucket: str
    prefix: str
    folder: Path = FOLDER

    @property
    def path(self) -> Path:
        """The file: its name says the prefix as far as file names can, and is not another prefix's."""
        readable = re.sub(r"[^A-Za-z0-9-]+", "-", f"{self.bucket}-{self.prefix}").strip("-")[:100]
        exact = hashlib.sha256(f"{self.bucket}/{self.prefix}".encode()).hexdigest()[:8]
        return self.folder / f"{readable}-{exact}.json"

    def last_key(self) -> str | None:
        """The last key that was sent; None where there is not a checkpoint.

        Raises:
            CommandError: the file is none.
        """
        try:
            key: str = json.loads(self.path.read_text(encoding="utf-8"))["last_key"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"{self.path} is not a checkpoint of a backfill: {error!r}; delete it to begin again", Exit.FAILURE
            ) from error
        return key

    def put(self, last_key: str) -> None:
        """Keep the last key that was sent; the file is the old one or the new one, whatever happens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        values = {"bucket": self.bucket, "prefix": self.prefix, "last_key": last_key, "at": iso(datetime.now(UTC))}
        write_whole(self.path, json.dumps(values) + "\n")

    def remove(self) -> None:
        """There is nothing left to go on with."""
        self.path.unlink(missing_ok=True)
