"""Moto's services, each of which does one request at a time: what two threads do at once, moto gets wrong.

It writes an item of a table bit by bit, and shows anyone who reads meanwhile the half of it; two threads that put one
key close each other's file; and of two that delete messages of one queue, one puts back what the other has deleted.
"""

import threading

from moto.dynamodb.responses import DynamoHandler
from moto.s3.responses import S3Response
from moto.sqs.models import Queue, SQSBackend

# Calls that read or change the messages of a queue.
_OF_MESSAGES = (
    "change_message_visibility",
    "delete_message",
    "get_queue_attributes",
    "purge_queue",
    "receive_message",
    "send_message",
)


def one_at_a_time(monkeypatch):
    """Let moto do one request of a service at a time, for a test."""
    monkeypatch.setattr(DynamoHandler, "call_action", _locked(threading.Lock(), DynamoHandler.call_action))
    monkeypatch.setattr(S3Response, "key_response", _locked(threading.Lock(), S3Response.key_response))
    messages = threading.RLock()  # some ask for the attributes of their queue
    for name in _OF_MESSAGES:
        monkeypatch.setattr(SQSBackend, name, _locked(messages, getattr(SQSBackend, name)))
    monkeypatch.setattr(Queue, "wait_for_messages", _unlocked(messages, Queue.wait_for_messages))


def _locked(lock, call):
    def locked(*args, **options):
        with lock:
            return call(*args, **options)

    return locked


def _unlocked(lock, wait):
    """A receive that waits lets others send meanwhile."""

    def unlocked(*args):
        lock.release()
        try:
            return wait(*args)
        finally:
            lock.acquire()

    return unlocked
