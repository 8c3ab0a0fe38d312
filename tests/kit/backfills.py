"""Backfills against moto: run by the command line, sent by a sender alone, killed at a call, and long ago."""

import json
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta

from ops.backfill.kinds import Scope
from ops.backfill.present_objects import pages
from ops.backfill.sender import Sender
from ops.backfill.waiting import Backlog
from ops.cli.main import main
from ops.dlq.throttle import Pacer
from ops.settings import ROOT
from ops.stack import connect
from shared.dlq_messages import iso
from shared.events import change

_TIMES = ("updated_at", "sending_at", "sent_at")


def running(aws, capsys, monkeypatch, folder):
    """The command; its exit code, what it says as JSON, and what it notes."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(Pacer, "rate", lambda *_: None)

    def run(*options, where=None):
        capsys.readouterr()
        place = [] if "--stuck" in options and where is None else [where or f"s3://{aws.names.input_bucket}/"]
        code = main(["backfill", *place, "--output", "json", *options])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


def sending():
    """A sender of a process of its own."""
    stack = connect(ROOT / "pipeline.yaml")
    scope = Scope(prefix="", kept=timedelta(days=14))
    return Sender(stack=stack, pacer=Pacer(1e9), kind_of=scope.kind_of, backlog=Backlog(stack=stack))


def listed(aws):
    """What is in the input bucket."""
    return [present for page in pages(aws.s3, aws.names.input_bucket, "", versioned=True) for present in page]


def bodies(aws, service, *, keep=False):
    """What waits in a service's queue, read; it is taken from there, unless it is kept."""
    url, found = aws.urls[aws.names.queue(service)], {}
    hidden = 30
    while messages := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=hidden).get(
        "Messages"
    ):
        for message in messages:
            found[message["MessageId"]] = message
            if not keep:
                aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    if keep:
        for message in found.values():
            aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return [change(message["Body"]) for message in found.values()]


def aged(aws, by):
    """Let all that the ledger says be longer ago."""
    for item in aws.dynamodb.scan(TableName=aws.names.ledger)["Items"]:
        for name in set(_TIMES) & item.keys():
            item[name] = {"S": iso(datetime.fromisoformat(item[name]["S"]) - by)}
        aws.dynamodb.put_item(TableName=aws.names.ledger, Item=item)


class Killed(BaseException):
    """The process is gone: nothing that it would do from now on is done."""


@contextmanager
def killing(stack, operation, number, *, done):
    """Kill a run at the nth call of an operation: no call of its gets to AWS from then on.

    Args:
        stack: whose clients the run uses.
        operation: such as "UpdateItem".
        number: from 0.
        done: whether AWS does what that call asks for.
    """
    lock, calls, dead = threading.Lock(), [0], threading.Event()

    def before(model, **_):
        with lock:
            if dead.is_set():
                raise Killed
            if model.name == operation:
                calls[0] += 1
                if calls[0] > number and not done:
                    dead.set()
                    raise Killed

    def after(model, **_):
        with lock:
            if model.name == operation and calls[0] > number:
                dead.set()
                raise Killed

    clients = [stack.dynamodb, stack.sqs, stack.s3]
    for client in clients:
        client.meta.events.register("before-call", before)
        client.meta.events.register("after-call", after)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", before)
            client.meta.events.unregister("after-call", after)
