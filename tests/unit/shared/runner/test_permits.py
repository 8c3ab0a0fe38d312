"""Who may work on pixels now."""

import threading
import time

import pytest

from shared.runner.permits import Permits


def entered(permits, seconds=5):
    """Whether another thread gets its turn within this many seconds; it gives it back at once."""
    done = threading.Event()

    def work():
        with permits:
            done.set()

    threading.Thread(target=work, daemon=True).start()
    return done.wait(seconds)


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_than_allowed_work_at_once(at_once):
    permits, lock, busy, most = Permits(at_once=at_once, overdue_seconds=60), threading.Lock(), [], []

    def work():
        with permits:
            with lock:
                busy.append(1)
                most.append(len(busy))
            time.sleep(0.01)
            with lock:
                busy.pop()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 12
    assert max(most) == at_once


def test_a_turn_is_given_back_by_an_error_too():
    permits = Permits(at_once=1, overdue_seconds=60)
    with pytest.raises(ValueError, match="bad"), permits:
        raise ValueError("bad")
    assert entered(permits)


def test_who_is_stuck_is_waited_for_until_overdue_and_no_longer():
    permits = Permits(at_once=1, overdue_seconds=0.3)
    stuck, free = threading.Event(), threading.Event()

    def hang():
        with permits:
            stuck.set()
            free.wait(20)

    thread = threading.Thread(target=hang)
    thread.start()
    assert stuck.wait(5)
    started = time.monotonic()
    assert not entered(permits, 0.1)
    assert entered(permits)
    assert time.monotonic() - started >= 0.25
    free.set()
    thread.join(5)
    assert entered(permits)


def test_two_stuck_leave_room_for_as_many_as_before():
    now = [0.0]
    permits = Permits(at_once=2, overdue_seconds=10, clock=lambda: now[0])
    permits._held_until = {-1: 10.0, -2: 10.0}
    now[0] = 11.0
    with permits:
        assert entered(permits)
    assert permits._wait_seconds() == 0


def test_what_is_waited_for_is_the_holder_who_makes_room():
    permits = Permits(at_once=2, overdue_seconds=10, clock=lambda: 0.0)
    permits._held_until = {-1: 3.0, -2: 8.0}
    assert permits._wait_seconds() == 3.0
