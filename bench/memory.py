"""The peak memory of each contestant for one kind of image, in its own process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.contestants import Contestant
from bench.inputs import Input
from bench.worker import working
from ops.show import note

# The number after which the memory of a warm process grows no more.
IMAGES: Final = 8


def measure(contestants: Sequence[Contestant], pictures: Sequence[Input], logo: Path) -> dict[tuple[str, str], int]:
    """Peak bytes by (input, contestant), including interpreter, libraries and images."""
    peaks = {}
    for picture in pictures:
        note(f"memory: {IMAGES} times {picture.name} each")
        for contestant in contestants:
            if picture.kind in contestant.cannot:
                continue
            with working(contestant) as worker:
                answers = [worker.run(picture.path, picture.kind, logo=logo) for _ in range(IMAGES)]
            peaks[picture.name, contestant.name] = answers[-1].peak_bytes
    return peaks
