"""What becomes so after a while: tests look again and again, by the clock of this machine."""

import time

PATIENCE_SECONDS = 180


def eventually(question, timeout_seconds=PATIENCE_SECONDS, pause_seconds=0.1):
    """Ask until the answer is true, or for so long that it never will be; the last answer."""
    deadline = time.monotonic() + timeout_seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(pause_seconds)
    return answer
