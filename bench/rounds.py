"""Paired rounds: in each one every contestant makes every picture once, in turn, on one core."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contestants import Contestant
from bench.figures import Spread, ratios, spread
from bench.inputs import Input
from bench.worker import Answer, working
from ops.show import note

# Before the first round: imports, the rendered watermark, and anything else that is made once.
WARM_UPS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """The measurements of all rounds.

    Args:
        answers: one answer per round, by (input, contestant).
        outputs: last file of each contestant, by (input, contestant).
        versions: version of each contestant.
    """

    answers: dict[tuple[str, str], list[Answer]]
    outputs: dict[tuple[str, str], Path]
    versions: dict[str, str]

    def cpu(self, picture: str, contestant: str) -> Spread | None:
        """CPU seconds per image; None where it was not measured."""
        answers = self.answers.get((picture, contestant))
        return spread([each.cpu_seconds for each in answers]) if answers else None

    def wall(self, picture: str, contestant: str) -> Spread | None:
        """Wall-clock seconds per image; None where it was not measured."""
        answers = self.answers.get((picture, contestant))
        return spread([each.wall_seconds for each in answers]) if answers else None

    def size_bytes(self, picture: str, contestant: str) -> int | None:
        """Size of the resulting file; None where it was not measured."""
        answers = self.answers.get((picture, contestant))
        return answers[-1].size_bytes if answers else None

    def ratio(self, picture: str, contestant: str, other: str) -> Spread | None:
        """Ratio of a contestant's CPU to another's, round by round; None where one was not measured."""
        ours, theirs = self.answers.get((picture, contestant)), self.answers.get((picture, other))
        if not ours or not theirs:
            return None
        return ratios([each.cpu_seconds for each in ours], [each.cpu_seconds for each in theirs])

    def without(self, unfit: Sequence[tuple[str, str]]) -> "Rounds":
        """The same without the given pictures, which are not the requested ones: they measured another job."""
        kept = {key: answers for key, answers in self.answers.items() if key not in unfit}
        return Rounds(answers=kept, outputs=self.outputs, versions=self.versions)


def measure(contestants: Sequence[Contestant], pictures: Sequence[Input], logo: Path, rounds: int, out: Path) -> Rounds:
    """Measure every contestant on every picture.

    Args:
        contestants: who takes part.
        pictures: pictures to shrink.
        logo: path of the logo.
        rounds: number of rounds that count.
        out: folder for the resulting files.
    """
    out.mkdir(parents=True, exist_ok=True)
    answers: dict[tuple[str, str], list[Answer]] = {}
    outputs: dict[tuple[str, str], Path] = {}
    versions: dict[str, str] = {}
    for picture in pictures:
        able = [each for each in contestants if picture.kind not in each.cannot]
        with ExitStack() as stack:
            workers = {each.name: stack.enter_context(working(each)) for each in able}
            for name, worker in workers.items():
                versions[name] = worker.version
                outputs[picture.name, name] = out / _file(picture, name)
            note(f"{picture.name}: {rounds} rounds of {len(workers)}")
            for number, order in enumerate(turns(list(workers), WARM_UPS + rounds)):
                for name in order:
                    # The file is written in a warm-up, so that no round has to write one.
                    kept = outputs[picture.name, name] if number == 0 else None
                    answer = workers[name].run(picture.path, picture.kind, logo=logo, out=kept)
                    if number >= WARM_UPS:
                        answers.setdefault((picture.name, name), []).append(answer)
    return Rounds(answers=answers, outputs=outputs, versions=versions)


def turns(names: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """The order in each round: it rotates, so that nobody always profits from the same one's caches."""
    for number in range(rounds):
        first = number % len(names)
        yield [*names[first:], *names[:first]]


def _file(picture: Input, contestant: str) -> str:
    name = "".join(char if char.isalnum() else "-" for char in contestant)
    return f"{picture.path.name}.{picture.side_px}.{name}.{picture.made_suffix}"
