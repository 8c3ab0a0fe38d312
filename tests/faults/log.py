"""What was tried and what came of it: printed, and written where PIPELINE_FAULTS_LOG says."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(summary: Mapping[str, Any]) -> None:
    """Add a run to the log."""
    if path := os.environ.get("PIPELINE_FAULTS_LOG"):
        with Path(path).open("a", encoding="utf-8") as log:
            print(json.dumps(summary), file=log)
    print(json.dumps(summary, indent=2))  # noqa: T201 - what was tried is what `make faults` is for
