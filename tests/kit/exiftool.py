"""ExifTool, where there is one: reads what the pipeline wrote, independently of Pillow and of the pipeline."""

import json
import os
import shlex
import shutil
import subprocess

import pytest

# A command, such as "perl /somewhere/exiftool".
COMMAND = os.environ.get("PIPELINE_EXIFTOOL") or shutil.which("exiftool")

needs_exiftool = pytest.mark.skipif(
    COMMAND is None, reason="NOT RUN: no exiftool here; install it, or name its command in PIPELINE_EXIFTOOL"
)


def read(path, *options):
    """The metadata of a file, by group and name."""
    command = [*shlex.split(COMMAND), "-json", "-G1", "-a", "-struct", *options, str(path)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)[0]
