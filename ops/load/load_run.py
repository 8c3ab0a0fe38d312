"""Runs a load test: uploads, follows every image through ledger and notices, and keeps what was seen on the way."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.ledger import Row
from ops.aws.watch import MAX_UNNOTIFIED, Watch
from ops.load import depths
from ops.load.cleanup import prefix_of
from ops.load.depths import DepthSample, Gauge
from ops.load.listener import SETTLE_SECONDS, Listener, Notified, listening
from ops.load.mix import Mix
from ops.load.reconciliation import NOTIFIED
from ops.load.sender import Batches, Refused, Sender, Sent
from ops.show import note
from ops.stack import Stack
from shared.buckets import OWN, Buckets
from shared.clock import SYSTEM, Clock
from shared.notifications import BatchEnded

_LOOK_SECONDS: Final = 0.25
# How often images are asked for that nobody was notified of.
_ASK_SECONDS: Final = 1.0
# How long after the last outcome a notice may still be on its way; and how long a copy of one is waited for.
_GRACE_SECONDS: Final = 20.0
_LINGER_SECONDS: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """What a load test uploads, and how.

    Args:
        name: Name of the load test, of its upload batch, its prefix and its queue.
        mix: The files to upload.
        size: Size of the photographs that are made, one of SIZES; None if none are made.
        images: Number of images.
        rate: Images a second; None for as fast as they go.
        workers: Uploads at once.
        timeout_seconds: Time without a new outcome after which the rest is missing.
        buckets: The pipeline's prefixes, which its keys are under.
    """

    name: str
    mix: Mix
    size: str | None
    images: int
    rate: float | None
    workers: int
    timeout_seconds: float
    buckets: Buckets = OWN

    @property
    def prefix(self) -> str:
        """The prefix of all its keys."""
        return self.buckets.input.prefix + prefix_of(self.name)

    @property
    def output_prefix(self) -> str:
        """The prefix of all its outputs."""
        return self.buckets.output.prefix + prefix_of(self.name)


@dataclass(kw_only=True)
class Run:
    """What a load test observed.

    Args:
        plan: What was to be uploaded.
        started: When the first upload was to begin, in seconds since 1970.
    """

    plan: LoadPlan
    started: float
    ended: float = 0.0
    sending_seconds: float = 0.0
    interrupted: bool = False
    gave_up: bool = False
    timed_out: bool = False
    batches: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unjoined: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    notified: list[Notified] = field(default_factory=list)
    digests: dict[str, BatchEnded] = field(default_factory=dict)
    samples: list[DepthSample] = field(default_factory=list)
    rows_read: int = 0
    gauged: int = 0
    received: int = 0

    @property
    def seconds(self) -> float:
        """From the first upload to the last outcome that is known, or to the end of the waiting where one is not."""
        return max(0.0, self.ended - self.started)

    @property
    def own_rows(self) -> list[Row]:
        """The rows of the images that were sent, in their sequence; those that the ledger does not know are missing."""
        return [self.rows[each.uploaded.image_id] for each in self.sent if each.uploaded.image_id in self.rows]

    @property
    def since(self) -> datetime:
        """When the load test began."""
        return datetime.fromtimestamp(self.started, UTC)


@dataclass(kw_only=True)
class LoadTest:
    """A load test while it runs.

    Args:
        stack: The pipeline that is tested.
        plan: What to upload.
        report: Called with the progress, repeatedly: a line, and as `done` and `total` how many images have ended.
        clock: The clock to wait by.
    """

    stack: Stack
    plan: LoadPlan
    report: Callable[..., None]
    clock: Clock = SYSTEM
    run: Run = field(init=False)
    _watch: Watch = field(init=False)
    _batches: Batches = field(init=False)
    _added: int = field(default=0, init=False)
    _asked: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.run = Run(plan=self.plan, started=time.time())
        self._watch = Watch(ledger=self.stack.ledger)
        keys = [self.plan.mix.item(number, self.plan.prefix).key for number in range(self.plan.images)]
        self._batches = Batches(stack=self.stack, id=self.plan.name, keys=keys)
        self.run.batches = self._batches.ids

    def go(self) -> Run:
        """Run the load test. If interrupted, it uploads nothing more, and returns what it observed until then."""
        queue = f"{self.stack.names.name}-load-test-{self.plan.name}"
        ears = listening(self.stack, name=queue, prefix=self.plan.prefix, batches=self._batches.ids)
        with depths.watching(self.stack) as gauge, ears as listener:
            try:
                if self.stack.on_aws:
                    self.clock.wait(SETTLE_SECONDS)
                self._upload_and_follow(listener)
                self._hear_the_rest(listener)
            except KeyboardInterrupt:
                self.run.interrupted = True
            self._note(listener, gauge)
        return self.run

    def _upload_and_follow(self, listener: Listener) -> None:
        plan = self.plan
        items = (plan.mix.item(number, plan.prefix) for number in range(plan.images))
        sender = Sender(put=self._batches.put, items=items, workers=plan.workers, rate=plan.rate)
        with self._batches.opened():
            self.run.started = time.time()
            sender.start()
            try:
                while not sender.done:
                    self._look(sender, listener)
                    self.clock.wait(_LOOK_SECONDS)
            finally:
                sender.stop()
                self.run.sending_seconds = time.time() - self.run.started
                self.run.sent, self.run.refused = sorted(sender.sent, key=lambda each: each.number), sender.refused
                self.run.gave_up = sender.gave_up
        self._follow(sender, listener)

    def _follow(self, sender: Sender, listener: Listener) -> None:
        """Wait until every image has its outcome, or none has come to one for too long."""
        moved, pending = self.clock.monotonic(), -1
        while True:
            self._look(sender, listener)
            if self._watch.pending != pending:
                moved, pending = self.clock.monotonic(), self._watch.pending
            if not pending:
                return
            if self.clock.monotonic() - moved >= self.plan.timeout_seconds:
                self.run.timed_out = True
                return
            self.clock.wait(_LOOK_SECONDS)

    def _look(self, sender: Sender, listener: Listener) -> None:
        self._add(sender.sent)
        try:
            due = self.clock.monotonic() - self._asked >= _ASK_SECONDS
            self._asked = self.clock.monotonic() if due else self._asked
            self._watch.look([each.image_id for each in listener.notified], others=MAX_UNNOTIFIED if due else 0)
        except (BotoCoreError, ClientError) as error:
            note(f"the ledger does not answer, and is asked again: {error}")
            self.clock.wait(_LOOK_SECONDS)
        outcomes = [row.outcome for row in self._watch.rows.values() if row.outcome is not None]
        failed = outcomes.count("failed")
        rate = len(outcomes) / max(time.time() - self.run.started, _LOOK_SECONDS)
        # Such as "sent 640/1,000   done 512 (3 failed)   notices 510   21.3 images/s".
        line = f"sent {len(sender.sent):,}/{self.plan.images:,}   done {len(outcomes):,}"
        line += f" ({failed:,} failed)" if failed else ""
        line += f"   notices {len(listener.notified):,}   {rate:.1f} images/s"
        self.report(line, done=len(outcomes), total=self.plan.images)

    def _add(self, sent: Sequence[Sent]) -> None:
        for each in sent[self._added :]:
            self._watch.add(each.uploaded)
            self._added += 1

    def _hear_the_rest(self, listener: Listener) -> None:
        """Wait for the notices that are still to come, and a little longer for copies that should not come."""
        deadline = self.clock.monotonic() + _GRACE_SECONDS
        while self.clock.monotonic() < deadline and not self._all_notified(listener):
            self.clock.wait(_LOOK_SECONDS)
        self.clock.wait(_LINGER_SECONDS)

    def _all_notified(self, listener: Listener) -> bool:
        notified = {each.image_id for each in listener.notified}
        outcomes = {image_id: row.outcome for image_id, row in self._watch.rows.items()}
        digests = {each.batch_id for each in listener.digests}
        return all(image_id in notified for image_id, outcome in outcomes.items() if outcome in NOTIFIED) and (
            bool(self._watch.pending) or digests >= set(self._batches.ids)
        )

    def _note(self, listener: Listener, gauge: Gauge) -> None:
        run = self.run
        gauge.look()
        self._add(run.sent)
        try:
            self._watch.look_at_all()
        except (BotoCoreError, ClientError) as error:
            note(f"the ledger does not answer: {error}")
        run.rows, run.rows_read = self._watch.rows, self._watch.rows_read
        run.unjoined = self._batches.unjoined
        run.notified, run.received = list(listener.notified), listener.requests
        run.digests = {each.batch_id: each for each in listener.digests}
        run.samples, run.gauged = list(gauge.samples), gauge.requests
        run.ended = _end(run)


def _end(run: Run) -> float:
    """When the last image came to its outcome; now, if an image has none."""
    ids = {each.uploaded.image_id for each in run.sent}
    ends = [
        datetime.fromisoformat(row.updated_at).timestamp()
        for image_id, row in run.rows.items()
        if image_id in ids and row.outcome is not None
    ]
    if len(ends) < len(ids) or not ends:
        return time.time()
    return max(*ends, run.started + run.sending_seconds)
