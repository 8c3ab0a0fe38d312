"""The ledger is asked for those that have no outcome yet, and for no more than it must."""

from dataclasses import replace

import pytest
from kit.load_tests import row, sent

from ops.aws.watch import MAX_NOTIFIED, MAX_UNNOTIFIED, Watch


class Ledger:
    """Knows rows, and what it was asked for."""

    def __init__(self, *rows):
        self.rows = {each.image_id: each for each in rows}
        self.asked = []

    def of_images(self, images):
        self.asked.append([image_id for _, _, image_id in images])
        return {image_id: self.rows[image_id] for image_id in self.asked[-1] if image_id in self.rows}


def watching(ledger, images):
    watch = Watch(ledger=ledger)
    for each in images:
        watch.add(each.uploaded)
    return watch


def ids(images):
    return [each.uploaded.image_id for each in images]


def test_what_has_its_outcome_is_not_asked_for_again():
    images = [sent(0), sent(1), sent(2)]
    ledger = Ledger(row(images[0]), row(images[1], None, ends=(1.0,)))
    watch = watching(ledger, images)
    watch.look()
    watch.look()
    assert [set(each) for each in ledger.asked] == [set(ids(images)), set(ids(images[1:]))]
    assert (watch.pending, watch.rows_read) == (2, 5)
    assert watch.rows[ids(images)[1]].outcome is None


def test_those_that_were_reported_come_first_and_all_others_have_their_turn():
    images = [sent(number) for number in range(6)]
    ledger = Ledger()
    watch = watching(ledger, images)
    reported = [images[4].uploaded.image_id, images[4].uploaded.image_id, "somebody else's"]
    for _ in range(3):
        watch.look(reported, others=2)
    assert all(asked[0] == reported[0] for asked in ledger.asked)
    assert set(ids(images)) == {image_id for asked in ledger.asked for image_id in asked}
    assert all(len(asked) == 3 for asked in ledger.asked)


def test_one_look_asks_for_a_few_hundred_and_the_last_for_all():
    images = [sent(number) for number in range(MAX_NOTIFIED + 7)]
    ledger = Ledger()
    watch = watching(ledger, images)
    watch.look()
    watch.look(ids(images), others=0)
    watch.look_at_all()
    assert [len(each) for each in ledger.asked] == [MAX_UNNOTIFIED, MAX_NOTIFIED, MAX_NOTIFIED + 7]


def test_a_ledger_that_does_not_answer_loses_no_image():
    class Silent(Ledger):
        def of_images(self, images):
            raise OSError

    watch = watching(Silent(), [sent(0), sent(1)])
    with pytest.raises(OSError):  # noqa: PT011 - raised above
        watch.look()
    assert watch.pending == 2


def test_nothing_pending_asks_for_nothing():
    ledger = Ledger()
    watching(ledger, []).look()
    assert ledger.asked == []


def test_an_upload_without_a_version_is_not_taken_for_one_of_its_key_a_moment_before():
    one = sent(0)
    at = "2026-01-01T00:00:00.900Z"
    uploaded = replace(one.uploaded, version_id=None, at=at, size_bytes=20)
    before = replace(row(one), image_id="before", uploaded_at="2026-01-01T00:00:00.999Z", size_bytes=10)
    own = replace(before, image_id="own", size_bytes=20)

    class OfKey(Ledger):
        def of_key(self, bucket, key):
            assert (bucket, key) == (uploaded.bucket, uploaded.key)
            return list(self.rows.values())

    ledger = OfKey(before)
    watch = Watch(ledger=ledger)
    watch.add(uploaded)
    watch.look()
    assert (watch.rows, watch.pending) == ({}, 1)
    ledger.rows["own"] = own
    watch.look()
    assert (watch.rows[uploaded.image_id].image_id, watch.pending) == ("own", 0)
