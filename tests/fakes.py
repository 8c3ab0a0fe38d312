"""The runner's ports in memory, with faults on demand."""

from shared.errors import AwsUnavailable
from shared.progress import RANKS, Progress


class FakeInbox:
    """Keeps what is buried, and the pauses that are asked for."""

    dlq = "pics-resize-dlq"

    def __init__(self):
        self.buried = []
        self.pauses = {}
        self.acknowledged = []
        self.renewed = []
        self.refused = set()

    def retry_later(self, receipts):
        self.pauses |= receipts

    def send_anew(self, letters):
        self.renewed += letters
        return ["AccessDenied: no" if letter.body in self.refused else None for letter in letters]

    def acknowledge(self, receipts):
        self.acknowledged += receipts

    def bury(self, letters):
        answers = []
        for letter in letters:
            refused = letter.body in self.refused
            if not refused:
                self.buried.append(letter)
            answers.append("AccessDenied: no" if refused else None)
        return answers


class FakeOutbox:
    """Keeps what is sent, by request."""

    def __init__(self):
        self.requests = []
        self.refuse = lambda _: False

    @property
    def sent(self):
        return [body for request in self.requests for body in request]

    def send(self, bodies):
        self.requests.append([body for body in bodies if not self.refuse(body)])
        return ["InternalError: later" if self.refuse(body) else None for body in bodies]


class FakeLedger:
    """Keeps every entry that does not go back, as the real one does."""

    def __init__(self):
        self.entries = []
        self.down = False

    def record(self, entry):
        if self.down:
            raise AwsUnavailable("recording: ThrottlingException")
        last = self._last(entry.source)
        if last is not None and _rank(last) > _rank(entry):
            return False
        self.entries.append(entry)
        return True

    def progress(self, source):
        if self.down:
            raise AwsUnavailable("looking up: ThrottlingException")
        last = self._last(source)
        return Progress(stage=last.stage, outcome=last.outcome, replays=last.replays) if last else None

    def _last(self, source):
        return next((each for each in reversed(self.entries) if each.source == source), None)


def _rank(entry):
    return RANKS[entry.outcome or entry.stage]


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
    """Lambda's context with so many seconds left."""

    function_name = "f"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn"
    aws_request_id = "id"

    def __init__(self, seconds=60):
        self.seconds = seconds

    def get_remaining_time_in_millis(self):
        return int(self.seconds * 1000)
