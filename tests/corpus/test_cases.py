"""Every case of a folder with a run.py is right by its own words. Runs where PIPELINE_CASES names one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.settings import ROOT

CASES = os.environ.get("PIPELINE_CASES")


@pytest.mark.skipif(CASES is None, reason="PIPELINE_CASES names no folder of cases with a run.py")
def test_every_case_is_right():
    command = [sys.executable, str(Path(CASES) / "run.py"), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if not line.startswith("RIGHT"))
