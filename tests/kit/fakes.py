"""The runner's ports in memory, with faults on demand."""

from shared.batches import counted
from shared.errors import AwsUnavailable
from shared.ports import Recorded
from shared.progress import RANKS, Progress
from shared.runner.lease import LEASE_SECONDS
from shared.upload_batches import BatchResult


class FakeSourceQueue:
    """Keeps what is dead-lettered, and the pauses that are requested."""

    dlq = "pics-resize-dlq"

    def __init__(self):
        self.dead_lettered = []
        self.pauses = {}
        self.hidden = []
        self.acknowledged = []
        self.requeued = []
        self.refused = set()

    def retry_later(self, receipts):
        self.hidden.append(dict(receipts))
        self.pauses |= {receipt: seconds for receipt, seconds in receipts.items() if seconds != LEASE_SECONDS}

    def requeue(self, entries):
        self.requeued += entries
        return ["AccessDenied: no" if entry.body in self.refused else None for entry in entries]

    def acknowledge(self, receipts):
        self.acknowledged += receipts

    def dead_letter(self, entries):
        answers = []
        for entry in entries:
            refused = entry.body in self.refused
            if not refused:
                self.dead_lettered.append(entry)
            answers.append("AccessDenied: no" if refused else None)
        return answers


class FakeNextQueue:
    """Keeps what is sent, by request."""

    def __init__(self):
        self.requests = []
        self.groups = []
        self.refuse = lambda _: False

    @property
    def sent(self):
        return [body for request in self.requests for body in request]

    def send(self, bodies, groups):
        self.groups += groups
        self.requests.append([body for body in bodies if not self.refuse(body)])
        return ["InternalError: later" if self.refuse(body) else None for body in bodies]


class FakeLedger:
    """Keeps every entry that does not go backwards, as the real ledger does."""

    def __init__(self):
        self.entries = []
        self.batches = {}
        self.attempts = []
        self.down = False

    def record(self, entry):
        if self.down:
            raise AwsUnavailable("recording: ThrottlingException")
        last = self._last(entry.source)
        if last is not None and (_rank(last) > _rank(entry) or _notifies(last, entry)):
            return None
        self.entries.append(entry)
        return Recorded(batch=self.batches.get(entry.source.image_id, entry.source.batch))

    def attempt(self, source, service, *, number, most, at):
        if self.down:
            raise AwsUnavailable("noting an attempt: ThrottlingException")
        self.attempts.append((source.key, service, number, most))

    def progress(self, source):
        if self.down:
            raise AwsUnavailable("looking up: ThrottlingException")
        last = self._last(source)
        batch = self.batches.get(source.image_id)
        if last is None:
            return Progress(service="uploaded", batch=batch) if batch else None
        batch = batch or last.source.batch
        return Progress(
            service=last.service,
            outcome=last.outcome,
            replays=last.replays,
            batch=batch,
            notifier=last.notifier,
            error=last.error,
            reason=last.reason,
        )

    def _last(self, source):
        return next((each for each in reversed(self.entries) if each.source.image_id == source.image_id), None)


def _rank(entry):
    return RANKS[entry.outcome or entry.service]


def _notifies(last, entry):
    """Whether another message than the entry's has recorded the same, and notifies."""
    same = (last.outcome, last.service) == (entry.outcome, entry.service) and last.replays >= entry.replays
    return same and entry.notifier is not None and not entry.takes_over and last.notifier not in {None, entry.notifier}


class FakeUploadBatches:
    """Counts members of batches of one sheet, as the real one does."""

    def __init__(self):
        self.shard_members = {}
        self.members = {}
        self.failures = []
        self.claimed = {}
        self.notified_at = {}
        self.down = False

    def claim(self, batch, image_id):
        self._answer()
        return self.members.setdefault(batch, image_id) == image_id

    def note(self, batch, failure):
        self._answer()
        self.failures.append(failure)

    def count(self, batch, ending, numbers=None):
        self._answer()
        shard_members = self.shard_members.setdefault(batch.id, {})
        shard_members.setdefault(ending, set()).update([batch.number] if numbers is None else numbers)
        return len(set().union(*shard_members.values())) == batch.size and batch.id not in self.notified_at

    def lease(self, batch):
        self._answer()
        if batch.id in self.notified_at:
            return None
        if self.claimed.setdefault(batch.id, batch.number) != batch.number:
            raise AwsUnavailable("somebody else is about to report")
        return BatchResult(counts=counted(self.shard_members[batch.id]), failures=tuple(self.failures))

    def notified(self, batch, at):
        self._answer()
        self.notified_at[batch.id] = at

    def _answer(self):
        if self.down:
            raise AwsUnavailable("counting: ThrottlingException")


class FakeNotices:
    """Keeps what is published."""

    def __init__(self):
        self.published = []
        self.down = False

    def publish(self, notice):
        if self.down:
            raise AwsUnavailable("publishing: InternalError")
        self.published.append(notice)


class FakeContext:
    """Lambda's context with this many seconds left."""

    function_name = "f"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn"
    aws_request_id = "id"

    def __init__(self, seconds=60):
        self.seconds = seconds

    def get_remaining_time_in_millis(self):
        return int(self.seconds * 1000)
