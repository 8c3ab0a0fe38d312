"""Python's garbage collector, which leaves alone the 500,000 objects that pytest has collected."""

import gc
from contextlib import contextmanager
from types import SimpleNamespace

from shared.aws import clients


def leave_alone_what_is_there():
    """Let it walk only what is made from now on, and that less often: a test is over before it would help."""
    gc.freeze()
    gc.set_threshold(50_000)
    # A client would freeze what a test has made, and its end give back to the collector what pytest has.
    clients.gc = SimpleNamespace(freeze=lambda: None, unfreeze=lambda: None)


@contextmanager
def as_in_a_function():
    """Let clients freeze and unfreeze as they do in a function."""
    leaves, clients.gc = clients.gc, gc
    try:
        yield
    finally:
        clients.gc = leaves
        gc.freeze()
