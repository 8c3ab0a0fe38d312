"""Check of the native libraries that decode images: those of this machine are those of the zips, by the same locks."""

from collections.abc import Iterator
from typing import Final

from ops.doctor.findings import Check, Finding, judge
from ops.doctor.live import Live
from ops.packaging import decoders


def floors(_: Live, __: str) -> Iterator[Finding]:
    """None is older than the version that its last known hole was closed in."""
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
