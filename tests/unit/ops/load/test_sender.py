"""Uploads several at a time, at a rate, until they are all there or somebody stops it."""

import threading

import pytest
from botocore.exceptions import ClientError
from kit.clocks import FakeClock

from ops.images.follow import Uploaded
from ops.load import mix
from ops.load.sender import MAX_REFUSED, Sender

PHOTOS = mix.Mix(name="m", kinds=[mix.Kind(name="k", file="a.jpg", make=lambda: b"1")])


def uploaded(item):
    return Uploaded(bucket="in", key=item.key, version_id=str(item.number), size_bytes=1)


def sending(put, count, **options):
    items = (PHOTOS.item(number, "p/") for number in range(count))
    sender = Sender(put=put, items=items, **{"workers": 4, **options})
    sender.start()
    return sender


def ended(sender):
    for thread in sender._threads:
        thread.join()
    assert sender.done
    return sender


@pytest.mark.parametrize("workers", [1, 4, 32])
def test_every_file_is_uploaded_once(workers):
    sender = ended(sending(uploaded, 50, workers=workers))
    assert sorted(each.number for each in sender.sent) == list(range(50))
    assert sender.refused == []
    assert all(each.uploaded.key == f"p/{each.number:05d}-a.jpg" for each in sender.sent)


def test_as_many_are_under_way_as_there_are_workers():
    all_there = threading.Barrier(3, timeout=30)

    def put(item):
        all_there.wait()  # goes on only if three are in here at once
        return uploaded(item)

    assert len(ended(sending(put, 9, workers=3)).sent) == 9


def test_a_rate_is_not_exceeded():
    clock, at = FakeClock(), []
    ended(sending(lambda item: at.append(clock.now) or uploaded(item), 11, rate=50, workers=1, clock=clock))
    assert at == pytest.approx([number / 50 for number in range(11)])


def test_a_stopped_sender_waits_for_what_is_under_way_and_uploads_nothing_more():
    begun, may_end = threading.Event(), threading.Event()

    def put(item):
        begun.set()
        may_end.wait(30)
        return uploaded(item)

    sender = sending(put, 100, workers=1)
    assert begun.wait(30)
    stopping = threading.Thread(target=sender.stop)
    stopping.start()
    may_end.set()
    stopping.join(30)
    assert sender.done
    assert len(sender.sent) == 1


def test_a_pause_between_two_uploads_is_broken_off():
    sender = sending(uploaded, 2, rate=0.01)
    sender.stop()
    assert len(sender.sent) <= 1


def test_what_s3_refuses_is_reported_and_the_rest_goes_on():
    def put(item):
        if item.number == 3:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "slower"}}, "PutObject")
        return uploaded(item)

    sender = ended(sending(put, 8))
    assert len(sender.sent) == 7
    assert [(each.number, each.key) for each in sender.refused] == [(3, "p/00003-a.jpg")]
    assert "slower" in sender.refused[0].reason
    assert not sender.gave_up


def test_whatever_goes_wrong_with_a_file_is_reported():
    def put(item):
        raise UnicodeError("half a character")

    sender = ended(sending(put, 2))
    assert [each.reason for each in sender.refused] == ["UnicodeError: half a character"] * 2


def test_after_many_refusals_the_rest_is_not_tried():
    def put(item):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    sender = ended(sending(put, 1000))
    assert sender.gave_up
    assert MAX_REFUSED <= len(sender.refused) <= MAX_REFUSED + 4
