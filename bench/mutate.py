"""Damaged files through the reader, each in its own process: which crash, are slow, use much memory, or are retried.

`python -m bench.mutate FOLDER [COUNT] [SEED]`: files of any kind, damaged at random. The same seed gives the same
damage. Linux only: peaks are read from /proc. Exits with 1 if anything was found.
"""

import importlib
import json
import os
import random
import re
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from services.resize.settings import Settings
from services.resize.step import render
from shared.deadline import Deadline
from shared.errors import PermanentError

MAX_SECONDS: Final = 5
MAX_MB: Final = 1024
_WAIT_SECONDS: Final = 60
_COUNT: Final = 10_000
_MAX_FILE_BYTES: Final = 2 * 1024**2
# Wrong values for sizes, counts and offsets.
_WRONG: Final = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_READABLE: Final = ("Avif", "Bmp", "Gif", "Jpeg", "Jpeg2K", "Png", "Tiff", "WebP")


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with one to four faults, mostly at the beginning, which is what decoders rely on."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(min(len(data), chance.choice((64, 512, 1 << 24)))) if data else 0
        length = chance.choice((1, 2, 4, 12, 100, 1000))
        kind = chance.choice(("bits", "number", "cut", "loss", "twice", "many", "noise"))
        if kind == "bits":
            data = data[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]
        elif kind == "number":
            number = chance.choice(_WRONG).to_bytes(4, chance.choice(("little", "big")))
            data = data[:at] + number + data[at + 4 :]
        elif kind == "cut":
            data = data[: max(at, 16)]
        elif kind == "loss":
            data = data[:at] + data[at + length :]
        elif kind == "noise":
            data = data[:at] + chance.randbytes(length) + data[at + length :]
        else:
            data = data[:at] + data[at : at + length] * (2 if kind == "twice" else 200) + data[at + length :]
    return data


def attempted(data: bytes) -> dict[str, object]:
    """Read a file: its outcome, CPU seconds and peak, or the signal that ended its process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, json.dumps(_read(data)).encode())
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], _WAIT_SECONDS)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if answer:
        found: dict[str, object] = json.loads(answer)
        return found
    ended = "is not done after a minute" if not ready else f"ended with {os.waitstatus_to_exitcode(status)}"
    return {"outcome": f"crash: the process {ended}", "seconds": 0.0, "mb": 0}


def _read(data: bytes) -> dict[str, object]:
    settings = Settings(work_bucket="w")
    begun = time.process_time()
    try:
        render(data, settings, Deadline(settings.limits.seconds, time.monotonic))
        outcome = "stored"
    except PermanentError as error:
        outcome = type(error).__name__
    except BaseException as error:  # noqa: BLE001 - any exception is a finding
        outcome = f"retried: {type(error).__name__}: {error}"
    seconds = round(time.process_time() - begun, 3)
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return {"outcome": outcome, "seconds": seconds, "mb": int(kilobytes) // 1024}


def _inputs(folder: Path) -> Sequence[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".tsv")
    return [path for path in files if 0 < path.stat().st_size <= _MAX_FILE_BYTES]


def _faults(found: dict[str, object]) -> Iterator[str]:
    if str(found["outcome"]).startswith(("crash", "retried")):
        yield str(found["outcome"])
    if float(str(found["seconds"])) > MAX_SECONDS:
        yield f"takes {found['seconds']} s"
    if int(str(found["mb"])) > MAX_MB:
        yield f"takes {found['mb']} MB"


def main(argv: Sequence[str]) -> int:
    """Read this many damaged files; returns 1 if any of them shows a fault."""
    folder = Path(argv[0])
    count = int(argv[1]) if len(argv) > 1 else _COUNT
    chance = random.Random(int(argv[2]) if len(argv) > 2 else 1)  # noqa: S311, PLR2004 - the same damage again
    for plugin in _READABLE:
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    files, outcomes, faults = _inputs(folder), Counter[str](), 0
    slowest, largest = (0.0, ""), (0, "")
    begun = time.monotonic()
    for number in range(count):
        path = chance.choice(files)
        data = damaged(path.read_bytes(), chance)
        found = attempted(data)
        outcomes[str(found["outcome"]).split(":")[0]] += 1
        slowest = max(slowest, (float(str(found["seconds"])), path.name))
        largest = max(largest, (int(str(found["mb"])), path.name))
        for fault in _faults(found):
            faults += 1
            sys.stdout.write(f"{number} {path.relative_to(folder)}: {fault}\n")
            sys.stdout.flush()
    took = time.monotonic() - begun
    sys.stdout.write(f"{count:,} files in {took:.0f} s: {dict(outcomes.most_common())}; {faults} faults\n")
    sys.stdout.write(f"most CPU {slowest[0]} s ({slowest[1]}), most memory {largest[0]} MB ({largest[1]})\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
