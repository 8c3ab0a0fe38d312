"""How many threads may process pixels at once."""

import threading
from math import inf

import pytest
from kit.clocks import FakeClock

from shared.runner.permits import Permits


def entering(permits):
    """Set once another thread has had its turn."""
    done = threading.Event()

    def work():
        with permits.until(inf):
            done.set()

    threading.Thread(target=work, daemon=True).start()
    return done


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_than_allowed_work_at_once(at_once):
    permits = Permits(at_once=at_once, overdue_seconds=60, clock=FakeClock())
    lock, busy, most, together = threading.Lock(), [], [], threading.Barrier(at_once, timeout=20)

    def work():
        with permits.until(inf):
            with lock:
                busy.append(1)
                most.append(len(busy))
            together.wait()  # all that may are in here at once
            with lock:
                busy.pop()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 12
    assert max(most) == at_once


def test_an_error_releases_its_permit_too():
    permits = Permits(at_once=1, overdue_seconds=60, clock=FakeClock())
    with pytest.raises(ValueError, match="bad"), permits.until(inf):
        raise ValueError("bad")
    assert entering(permits).wait(20)


def test_who_is_stuck_is_waited_for_until_overdue_and_no_longer():
    clock = FakeClock()
    permits = Permits(at_once=1, overdue_seconds=10, clock=clock)
    stuck, free = threading.Event(), threading.Event()

    def hang():
        with permits.until(inf):
            stuck.set()
            free.wait(20)

    thread = threading.Thread(target=hang)
    thread.start()
    assert stuck.wait(20)
    next_in_line = entering(permits)
    clock.advance(9.9)
    assert not next_in_line.is_set()
    clock.advance(0.1)
    assert next_in_line.wait(20)
    free.set()
    thread.join(20)
    assert entering(permits).wait(20)


def test_two_stuck_leave_room_for_as_many_as_before():
    clock = FakeClock()
    permits = Permits(at_once=2, overdue_seconds=10, clock=clock)
    permits._held_until = {-1: 10.0, -2: 10.0}
    clock.advance(11)
    with permits.until(inf):
        assert entering(permits).wait(20)
    assert permits._wait_seconds() == 0


def test_what_is_waited_for_is_the_holder_who_makes_room():
    permits = Permits(at_once=2, overdue_seconds=10, clock=FakeClock())
    permits._held_until = {-1: 3.0, -2: 8.0}
    assert permits._wait_seconds() == 3.0
