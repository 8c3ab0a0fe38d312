"""Check of the native libraries that decode images: by the lock files, this machine's are those in the zips."""

from collections.abc import Iterator
from typing import Final

from ops.doctor.findings import Check, Finding, judge
from ops.doctor.live import Live
from ops.packaging import decoders


def floors(_: Live, __: str) -> Iterator[Finding]:
    """Each has at least the version that fixed its last known vulnerability."""
    for each in decoders.judged():
        floor = each.floor
        yield judge(
            each.safe,
            where=floor.name,
            found=each.found or "not loaded",
            allowed=f"{floor.at_least} or newer: {floor.reason}",
            remedy="make lock UPGRADE=1, then make setup and make deploy",
        )


CHECKS: Final = (Check(name="decoders", run=floors),)
