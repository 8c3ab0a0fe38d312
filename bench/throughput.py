"""The throughput of the whole local pipeline, from the first event to the last outcome."""

import time
from dataclasses import dataclass
from typing import Final

from bench.inputs import Input
from ops.errors import CommandError, Exit
from ops.images.follow import Upload, follow, upload
from ops.local import stack as local
from ops.local.stack import LocalStack
from ops.show import note

IMAGES: Final = 200

_TIMEOUT_SECONDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """One run of many images.

    Args:
        images: number of uploaded images.
        stored: number of stored images.
        seconds: time from the first event that a function could receive to the last outcome in the ledger.
    """

    images: int
    stored: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Images a second."""
        return self.stored / self.seconds


def measure(picture: Input, images: int = IMAGES) -> Throughput:
    """Upload the same picture many times into a fresh local pipeline.

    The files are uploaded while no queue feeds a function, and the clock starts when the queues begin to: uploading a
    gigabyte through the local AWS takes CPU that on AWS would be another's.

    Raises:
        CommandError: the local AWS does not start, or not every image has an outcome in time.
    """
    with local.running(report=note) as stack:
        _feed(stack, enabled=False)
        note(f"throughput: uploading {images} times {picture.name}")
        uploaded = upload(stack, (Upload(path=picture.path, key=f"photo-{number}.jpg") for number in range(images)))
        note("throughput: measuring")
        started = time.monotonic()
        _feed(stack, enabled=True)
        rows = follow(stack.ledger, uploaded, timeout_seconds=_TIMEOUT_SECONDS)
        seconds = time.monotonic() - started
    ended = [row for row in rows.values() if row.outcome is not None]
    if len(ended) < images:
        raise CommandError(
            f"{images - len(ended)} of {images} images have no outcome after {_TIMEOUT_SECONDS} s", Exit.TIMED_OUT
        )
    return Throughput(images=images, stored=sum(row.outcome == "stored" for row in ended), seconds=seconds)


def _feed(stack: LocalStack, *, enabled: bool) -> None:
    """Enable or disable the mappings from the queues to their functions."""
    functions = stack.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
