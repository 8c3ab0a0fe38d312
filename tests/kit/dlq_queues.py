"""A pipeline's queues in moto with DLQ messages in them, and clients that fail on demand."""

import threading

from kit.dlq_messages import attributes
from moto.backends import get_backend

from ops.names import SERVICES


class Queues:
    """The contents of a pipeline's queues, read without receiving anything."""

    def __init__(self, aws):
        self.aws = aws

    def dead_letter(self, service, *bodies, more=None, **values):
        """Put messages into the DLQ directly."""
        entries = [
            {"Id": str(number), "MessageBody": body, "MessageAttributes": attributes(**values) | (more or {})}
            for number, body in enumerate(bodies)
        ]
        url = self.aws.urls[self.aws.names.dlq(service)]
        for first in range(0, len(entries), 10):
            answer = self.aws.sqs.send_message_batch(QueueUrl=url, Entries=entries[first : first + 10])
            assert not answer.get("Failed")

    def entries(self, service):
        return self._bodies(self.aws.names.dlq(service))

    def sent(self, service):
        return self._bodies(self.aws.names.queue(service))

    def all_messages(self):
        return sorted(body for service in SERVICES for body in self.entries(service))

    def all_sent(self):
        return sorted(body for service in SERVICES for body in self.sent(service))

    def messages(self, name):
        queue = self._queue(name)
        return [each for each in queue._messages if each not in queue.deleted_messages]

    def empty(self):
        """Begin again."""
        for name in self.aws.urls:
            self._queue(name)._messages.clear()

    def hidden(self, service):
        """Number of messages that somebody has received and that are hidden."""
        return sum(not each.visible for each in self.messages(self.aws.names.dlq(service)))

    def let_holds_end(self):
        """Let visibility timeouts expire: what a killed reader received becomes visible again."""
        for service in SERVICES:
            for each in self.messages(self.aws.names.dlq(service)):
                each.visible_at = 0

    def _queue(self, name):
        return get_backend("sqs")[self.aws.names.account][self.aws.names.region].queues[name]

    def _bodies(self, name):
        return [each.body for each in self.messages(name)]


class Failing:
    """A client whose nth call, over all clients that share the count, raises before or after the call.

    Args:
        client: the real client.
        count: number of calls so far, shared.
        at: number of the call that raises; None for none.
        error: the error to raise.
        after: whether to raise after the call was made.
    """

    lock = threading.Lock()

    def __init__(self, client, count, at=None, error=None, *, after=False):
        self._client, self._count, self._at, self._error, self._after = client, count, at, error, after

    def __getattr__(self, name):
        method = getattr(self._client, name)
        if name == "meta":
            return method

        def call(*names, **arguments):
            with self.lock:
                self._count["calls"] += 1
                now = self._count["calls"] == self._at
            if now and not self._after:
                raise self._error
            answer = method(*names, **arguments)
            if now:
                raise self._error
            return answer

        return call


class Refusing:
    """An SQS client that refuses some entries of batch requests.

    Args:
        client: the real client.
        call: name of the batch operation.
        refuses: whether to refuse an entry.
    """

    def __init__(self, client, call, refuses):
        self._client, self._call, self._refuses = client, call, refuses

    def __getattr__(self, name):
        method = getattr(self._client, name)
        if name != self._call:
            return method

        def call(*, QueueUrl, Entries):  # noqa: N803 - as boto3 names them
            refused = [entry for entry in Entries if self._refuses(entry)]
            taken = [entry for entry in Entries if entry not in refused]
            answer = method(QueueUrl=QueueUrl, Entries=taken) if taken else {}
            failed = [
                {"Id": entry["Id"], "Code": "Busy", "Message": "try later", "SenderFault": False} for entry in refused
            ]
            return {**answer, "Failed": [*answer.get("Failed", []), *failed]}

        return call
