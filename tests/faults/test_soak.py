"""Two thousand images while processes are killed and one call in twenty fails; then the faults stop, and a replay."""

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from faults import log, world
from faults.checker import Expected, judge
from faults.conftest import ALL
from faults.proxy import Proxy
from faults.rules import Chance
from kit.mixed_images import good

from ops import settings as pipeline_settings
from ops.errors import Exit
from ops.local import emulator, provision, stack
from ops.names import SERVICES
from ops.preview.chain import Chain
from ops.preview.memory import MemoryObjects
from shared.runner.failures import MAX_PAUSE_SECONDS

IMAGES = int(os.environ.get("PIPELINE_SOAK_IMAGES", "2000"))
SHARE = 0.05
SEED = 4
# Of each function: most of the time they wait, for a call that failed to be tried again.
WORKERS = 4
# The longest pause of a message, and the time of an attempt.
STUCK_SECONDS = MAX_PAUSE_SECONDS + 300

# A dead function's messages come back after six times its time: short, so that five attempts take minutes.
SETTINGS = {
    "name": "soak",
    "limits": {"seconds": 5},
    "services": {
        service: {"timeout_seconds": 12, "batch_size": 5, "maximum_concurrency": WORKERS} for service in SERVICES
    },
}

pytestmark = pytest.mark.skipif(not ALL, reason="NOT RUN: takes some ten minutes; make faults runs it")


class Killer:
    """Kills one of an emulator's functions after another, at random."""

    def __init__(self, folder, spared, seed):
        self._folder, self._spared = str(folder), spared
        self._dice = random.Random(seed)  # noqa: S311 - a reproducible run, no secret
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.killed = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        pause = 0.0
        while not self._stop.wait(pause):
            workers = [pid for pid in self._workers() if pid != self._spared]
            # However many there are, each lives as long on average: else the last service's few would die before each
            # end of an invocation, and SQS would move messages whose every attempt died without a report.
            pause = self._dice.uniform(1, 4) * len(SERVICES) * WORKERS / max(1, len(workers))
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._dice.choice(workers), signal.SIGKILL)
                    self.killed += 1

    def _workers(self):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if self._folder in path.read_bytes().decode(errors="replace"):
                    yield int(path.parent.name)


def expectations(settings, files):
    """What one pass in this process gives of each, as ETags."""
    chain = Chain(settings)
    found = {}
    for key, data in files.items():
        objects = MemoryObjects()
        notice = chain.run(chain.upload(data, key, objects), objects)
        found[key] = {
            each.key: f'"{hashlib.md5(objects.objects[each.bucket, each.key].body).hexdigest()}"'  # noqa: S324 - an ETag
            for each in notice.outputs
        }
    return found


def so_far(outputs, failed, observed):
    """What must be there before the replay; of an image that failed after it was written, its files are there too."""
    there = {output: etag for output, etag in outputs.items() if output in observed.outputs}
    return Expected(outcome="failed", outputs=there) if failed else Expected(outcome="stored", outputs=outputs)


def replay(path, process, folder, local):
    """What `pipeline dlq replay --yes` says, once all that it sent is processed."""
    command = Path(sys.executable).with_name("pipeline")
    answer = subprocess.run(
        [str(command), "dlq", "replay", "--yes", "--force", "--settings", str(path)],
        env=os.environ | process.environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode in {Exit.DONE, Exit.PARTIAL}, answer.stderr
    assert world.settle(local, STUCK_SECONDS), "messages are left in the queues"
    return [*answer.stdout.splitlines(), *answer.stderr.splitlines()]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="NOT RUN: functions are found in /proc")
def test_two_thousand_images_come_through_kills_and_failing_calls(zips, tmp_path, monkeypatch):
    monkeypatch.setattr(provision, "MAX_WORKERS", WORKERS)
    settings = pipeline_settings.parse(SETTINGS)
    path = tmp_path / "pipeline.yaml"
    path.write_text(json.dumps(SETTINGS), encoding="utf-8")
    kinds = list(good().items())
    files = {f"soak/{n:04d}-{kinds[n % len(kinds)][0]}": kinds[n % len(kinds)][1] for n in range(IMAGES)}
    outputs = expectations(settings, files)
    chance = Chance(SHARE, SEED, ("unavailable", "lost_response", "throttled", "lost_once"))
    process = emulator.start()
    started = time.monotonic()
    try:
        with Proxy(process.endpoint, SERVICES, chance) as proxy:
            variables = {service: {"AWS_ENDPOINT_URL": proxy.endpoints[service]} for service in SERVICES}
            local = stack.provision(process, settings, zips, variables=variables)
            with Killer(process.folder, process.pid, SEED) as killer:
                world.upload(local, files)
                assert world.settle(local, STUCK_SECONDS), "messages are left in the queues"
            faulty_seconds = time.monotonic() - started
            chance.on = False
            first = world.look(local)
            failed = {key for key, outcomes in first.outcomes.items() if list(outcomes) == ["failed"]}
            halfway = judge({key: so_far(each, key in failed, first) for key, each in outputs.items()}, first)
            # A failure that was dead-lettered twice leaves a second message, which the first run of a replay leaves
            # there.
            said = [replay(path, process, tmp_path, local) for _ in range(2)]
            last = world.look(local)
    finally:
        process.end()
    replayed = {
        key: Expected(outcome="stored", outputs=each, earlier=frozenset({"failed"})) for key, each in outputs.items()
    }
    # Who was reported at first is not reported again.
    both = replace(last, notices=[*first.notices, *last.notices])
    verdict = judge(replayed, both)
    log.write(
        {
            "run": "soak",
            "images": len(files),
            "logical calls": chance.counts,
            "functions killed": killer.killed,
            "outcomes with faults": dict(Counter(each for outcomes in first.outcomes.values() for each in outcomes)),
            "DLQ messages": len(first.entries),
            "with faults": {kind: len(getattr(halfway, kind)) for kind in ("lost", "stale", "unexpected")},
            "false alarms": list(halfway.unexpected),
            "outcomes after the replay": dict(Counter(each for found in last.outcomes.values() for each in found)),
            "after the replay": {kind: len(getattr(verdict, kind)) for kind in ("lost", "stale", "unexpected")},
            "duplicates": dict(verdict.duplicates),
            "seconds with faults": round(faulty_seconds),
            "seconds": round(time.monotonic() - started),
            "replays said": said,
        }
    )
    assert sorted(first.outcomes) == sorted(files)
    assert all(len(outcomes) == 1 for outcomes in first.outcomes.values())
    assert not halfway.lost
    assert not halfway.stale
    assert not halfway.unexpected
    assert failed <= set(first.entries)
    assert verdict.good, verdict
    assert Counter(outcome for outcomes in last.outcomes.values() for outcome in outcomes) == {"stored": IMAGES}
    assert not last.entries
