"""A corpus of images with a MANIFEST.tsv, named by PIPELINE_CORPUS; without it these tests are skipped."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.settings import ROOT

CORPUS = os.environ.get("PIPELINE_CORPUS")
TOOK = pytest.StashKey()


class Apart:
    """`pipeline preview`, a process for each file; see apart.py.

    Args:
        out: a folder for what comes out.
        process: of apart.py.
    """

    def __init__(self, out, process):
        self.out = out
        self.process = process
        self.results = {}

    def preview(self, file, *options):
        """What became of a file of the corpus; asked twice, it is tried once."""
        if (file, options) not in self.results:
            folder = self.out / str(len(self.results))
            argv = ["preview", str(Path(CORPUS) / file), "--out", str(folder), "--output", "json", *options]
            self.process.stdin.write(json.dumps(argv) + "\n")
            self.process.stdin.flush()
            self.results[file, options] = json.loads(self.process.stdout.readline())
        return self.results[file, options]

    def outputs(self, file, *options):
        """The files that came of a file of the corpus."""
        return [Path(output["path"]) for output in self.preview(file, *options)["outputs"]]


@pytest.fixture(scope="session")
def apart(tmp_path_factory, pytestconfig):
    argv = [sys.executable, str(Path(__file__).with_name("apart.py"))]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        runner = Apart(tmp_path_factory.mktemp("corpus"), process)
        yield runner
        process.stdin.close()
    pytestconfig.stash[TOOK] = [(file, result) for (file, _), result in runner.results.items() if "seconds" in result]


def pytest_terminal_summary(terminalreporter, config):
    """The files that took most."""
    took = config.stash.get(TOOK, [])
    for unit, what in (("seconds", "s"), ("peak_mb", "MB")) if took else ():
        terminalreporter.section(f"corpus: the ten of {len(took)} that took most {unit}")
        for file, result in sorted(took, key=lambda pair: -pair[1][unit])[:10]:
            terminalreporter.line(f"{result[unit]:8.2f} {what}  {file}")
