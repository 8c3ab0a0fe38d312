"""Pipelines with clients of the test's own."""

from copy import copy


def with_clients(stack, **clients):
    """The same pipeline with other clients, such as sqs, that fail or count."""
    other = copy(stack)
    for name, client in clients.items():
        object.__setattr__(other, name, client)
    return other
