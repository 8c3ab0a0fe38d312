"""What a local AWS keeps from one `make up` to the next: its data and its port, until `make reset`."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.settings import ROOT

# What holds data; the others (functions, roles, mappings) are made again from pipeline.yaml by each `make up`.
_SERVICES: Final = ("s3", "dynamodb", "sqs", "sns", "cloudwatch_logs")

# What decides whether the data of before fits what is made today: the shape of the resources, and the emulator.
_SHAPE: Final = (
    ROOT / "ops" / "local" / "provision.py",
    ROOT / "ops" / "aws" / "creation.py",
    ROOT / "ops" / "aws" / "ledger_table.py",
    ROOT / "shared" / "ledger_index.py",
    ROOT / "requirements" / "emulator.txt",
)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The data of a local AWS that is down.

    Args:
        folder: where it is; it need not exist.
    """

    folder: Path

    def environment(self) -> dict[str, str]:
        """The emulator's variables, as its 1.5.33 has them: objects are written at once, all else when it ends."""
        return {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "objects"),
        }

    def opened(self) -> tuple[int | None, Path | None]:
        """Make it ready for a start: the port of before, and where data went that does not fit what is made today.

        Returns:
            The port, None where there was none; the folder that was set aside, None where nothing was.
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
        """Write down what the next start asks for.

        Args:
            port: that the emulator listens on.
        """
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
