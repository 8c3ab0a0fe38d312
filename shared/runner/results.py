"""What the runner knows of each image of a batch: the message that named it, and the result of the work."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from shared.errors import NotNotified, PipelineError
from shared.light_dataclass import dataclass
from shared.messages import Source, UploadBatch
from shared.runner.event import Record

# The attribute of a requeued message that has its first id.
REQUEUED_FROM: Final = "requeued_from"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One image of one SQS message."""

    record: Record
    body: str

    @property
    def message_id(self) -> str:
        """Id of the SQS message."""
        return self.record.message_id

    @property
    def notifier(self) -> str:
        """The id by which the ledger knows the message: of one that was requeued, the id that it had before."""
        return self.record.attributes.get(REQUEUED_FROM) or self.record.message_id

    @property
    def takes_over(self) -> bool:
        """Whether it comes from a dead-letter queue since no attempt could notify subscribers of the outcome."""
        return self.record.attributes.get("error") == NotNotified.__name__

    @property
    def receives(self) -> int:
        """How often it was received, this time included."""
        return self.record.receives

    @property
    def replays(self) -> int:
        """How often it was sent back from the dead-letter queue."""
        return self.record.replays

    @property
    def first_failure(self) -> datetime:
        """When it first failed, or else was first received."""
        return self.record.first_failure or self.record.first_received or datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one unit: a message to send on, an error, or neither where it is finished."""

    unit: Unit
    source: Source | None = None
    emitted: str | None = None
    error: Exception | None = None
    intermediate_keys: tuple[str, ...] = ()
    own_output: bool = False
    seconds: float = 0.0

    def with_batch(self, batch: UploadBatch | None) -> "Result":
        """The same result with the batch that its image belongs to, where that was not known."""
        return self if self.source is None else replace(self, source=self.source.with_batch(batch))

    @property
    def cause(self) -> Exception:
        """The error of a result that has one."""
        return self.error if self.error is not None else PipelineError("no error")

    def described(self) -> dict[str, object]:
        """The failure, for the log."""
        return {
            "image_id": self.source.image_id if self.source else None,
            "key": self.source.key if self.source else None,
            "error": type(self.cause).__name__,
            "reason": str(self.cause),
            "attempts": self.unit.receives,
        }
