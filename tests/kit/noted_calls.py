"""What a client is asked for while a test looks; the client is shared with other tests."""

from contextlib import contextmanager


@contextmanager
def noted(client):
    """The names of a client's calls, in their order."""
    calls, event = [], f"before-call.{client.meta.service_model.service_id.hyphenize()}.*"

    def note(model, **_):
        calls.append(model.name)

    client.meta.events.register(event, note)
    try:
        yield calls
    finally:
        client.meta.events.unregister(event, note)
