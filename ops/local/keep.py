"""The data and the port that a local AWS keeps from one `make up` to the next, until `make reset`."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.places import ROOT, shipped

# What holds data; the others (functions, roles, mappings) are made again from pipeline.yaml by each `make up`.
_SERVICES: Final = ("s3", "dynamodb", "sqs", "sns", "cloudwatch_logs")

# What decides whether the data of before fits what is made today: the shape of the resources, and the emulator.
_SHAPE: Final = (
    ROOT / "ops" / "local" / "provision.py",
    ROOT / "ops" / "aws" / "creation.py",
    ROOT / "ops" / "aws" / "ledger_table.py",
    ROOT / "shared" / "ledger_index.py",
    shipped("requirements/emulator.txt"),
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The data of a local AWS that is stopped.

    Args:
        folder: Folder of the data; it need not exist.
    """

    folder: Path

    def environment(self) -> dict[str, str]:
        """Environment variables of emulator 1.5.33: it writes objects at once, and everything else when it ends."""
        return {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "objects"),
        }

    def opened(self) -> tuple[int | None, Path | None]:
        """Prepare for a start; data of another version is moved to another folder.

        Returns:
            The previous port, None if there was none; the folder that data was moved to, None if it was not.
        """
        aside = None
        about = self._about()
        if self.folder.exists() and about.get("shape") != _shape():
            aside = self.folder.with_name(f"{self.folder.name}-of-before")
            shutil.rmtree(aside, ignore_errors=True)
            self.folder.rename(aside)
        for state in (self.folder / "state").glob("*.json"):
            if state.stem not in _SERVICES:
                state.unlink()
        port = about.get("port")
        return (port if isinstance(port, int) else None), aside

    def close(self, port: int) -> None:
        """Record the port that the emulator listens on, and the version, for the next start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "about.json").write_text(json.dumps({"port": port, "shape": _shape()}), encoding="utf-8")

    def _about(self) -> Mapping[str, object]:
        try:
            about = json.loads((self.folder / "about.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return about if isinstance(about, dict) else {}


def _shape() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in _SHAPE)).hexdigest()
