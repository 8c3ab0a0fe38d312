"""The most memory that each contestant holds for one kind of image, in a process of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.contestants import Contestant
from bench.inputs import Input
from bench.worker import working
from ops.show import note

# As many as a warm process makes before its memory grows no more.
IMAGES: Final = 10


def measure(contestants: Sequence[Contestant], picture: Input, logo: Path) -> dict[str, int]:
    """Peak bytes by contestant: interpreter, libraries and image together, after ten images of one kind."""
    note(f"memory: {IMAGES} times {picture.name} each")
    peaks = {}
    for contestant in contestants:
        with working(contestant) as worker:
            peaks[contestant.name] = [worker.run(picture.path, picture.kind, logo=logo) for _ in range(IMAGES)][
                -1
            ].peak_bytes
    return peaks
