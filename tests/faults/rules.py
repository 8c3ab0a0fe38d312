"""What goes wrong, and when: a fault at one call of one image, or at a random share of all calls."""

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Fault = Literal[
    "kill_before", "kill_after", "unavailable", "lost_response", "throttled", "conflict", "lost_once", "delayed"
]

# The function is gone before the call reached AWS, or after it did; AWS refuses this call and every retry of it; AWS
# does what it is asked and the answer is lost, for every retry or for the first attempt alone.
LASTING: Final = frozenset({"unavailable", "lost_response", "throttled", "conflict"})


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of a function to AWS.

    Args:
        service: that makes it.
        api: s3, sqs, sns or dynamodb.
        operation: such as "PutObject".
        points: whose images it is about, as their keys say.
        logical: the same for every retry that the SDK makes of one call.
        conditional: whether it writes on a condition.
    """

    service: str
    api: str
    operation: str
    points: frozenset[str]
    logical: str
    conditional: bool = False

    @property
    def name(self) -> str:
        """Such as "s3.PutObject"; "s3.PutObject?" where it is conditional."""
        return f"{self.api}.{self.operation}{'?' if self.conditional else ''}"


@dataclass(frozen=True, kw_only=True)
class Point:
    """A fault at the nth call that a service makes about one image."""

    service: str
    number: int
    fault: Fault


class FaultPlan:
    """The points of each image, and the calls of all of them as they came.

    Args:
        points: by the name that is in the image's key; an image without any meets no fault. A second point of one image
            counts the calls of the recovery from the first, too.
    """

    def __init__(self, points: Mapping[str, Sequence[Point]] | None = None) -> None:
        self._points = points or {}
        self._seen: dict[tuple[str, str], dict[str, int]] = {}
        self._lock = threading.Lock()
        self._struck: dict[tuple[str, Point], str] = {}
        self._once: set[tuple[str, Point]] = set()
        self.calls: dict[str, list[Call]] = {}

    @property
    def fired(self) -> Counter[str]:
        """How many faults each image met."""
        return Counter(name for name, _ in self._struck)

    def __call__(self, call: Call) -> Fault | None:
        """What is to happen to a call."""
        with self._lock:
            for name in sorted(call.points):
                number = self._number(name, call)
                for point in self._points.get(name, ()):
                    if (point.service, point.number) == (call.service, number) and self._strikes((name, point), call):
                        return point.fault
        return None

    def _number(self, name: str, call: Call) -> int:
        """The how manieth call of its service about an image this is; a retry of the SDK's is the same call."""
        seen = self._seen.setdefault((name, call.service), {})
        if call.logical not in seen:
            seen[call.logical] = len(seen)
            self.calls.setdefault(name, []).append(call)
        return seen[call.logical]

    def _strikes(self, struck: tuple[str, Point], call: Call) -> bool:
        if self._struck.setdefault(struck, call.logical) != call.logical:
            return False
        again = struck in self._once
        self._once.add(struck)
        return not again or struck[1].fault in LASTING


class Chance:
    """A random share of all logical calls fails, each in one of some ways.

    Args:
        share: 0 to 1.
        seed: of the dice.
        faults: the ways.
    """

    def __init__(self, share: float, seed: int, faults: tuple[Fault, ...]) -> None:
        self._share = share
        self._dice = random.Random(seed)  # noqa: S311 - a reproducible run, no secret
        self._faults = faults
        self._lock = threading.Lock()
        self._decided: dict[str, Fault | None] = {}
        self.on = True

    @property
    def counts(self) -> dict[str, int]:
        """How many logical calls met each fault; "none" for those that met none."""
        with self._lock:
            names = [fault or "none" for fault in self._decided.values()]
        return {name: names.count(name) for name in sorted(set(names))}

    def __call__(self, call: Call) -> Fault | None:
        """What is to happen to a call."""
        if not self.on:
            return None
        with self._lock:
            if call.logical not in self._decided:
                hit = self._dice.random() < self._share
                self._decided[call.logical] = self._dice.choice(self._faults) if hit else None
            return self._decided[call.logical]
