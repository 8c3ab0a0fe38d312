"""Images are followed until each has its outcome, or the time is over."""

from kit.clocks import FakeClock
from kit.load_tests import row, sent

from ops.aws.watch import MAX_UNNOTIFIED
from ops.images.follow import follow


class Ledger:
    """Gives one more image its outcome at every look; it counts what it was asked for."""

    def __init__(self, rows):
        self.rows = rows
        self.asked = []

    def of_images(self, images):
        self.asked.append({image_id for _, _, image_id in images})
        known = self.rows[: len(self.asked)]
        return {each.image_id: each for each in known if each.image_id in self.asked[-1]}


def followed(ledger, images, timeout):
    clock, seen = FakeClock(), []
    rows = follow(
        ledger,
        [each.uploaded for each in images],
        timeout_seconds=timeout,
        report=lambda rows: seen.append(len(rows)),
        clock=clock,
    )
    return rows, seen, clock.now


def test_each_is_asked_for_until_it_has_its_outcome_and_no_longer():
    images = [sent(number) for number in range(3)]
    ledger = Ledger([row(each) for each in images])
    rows, seen, took = followed(ledger, images, 60)
    assert set(rows) == {each.uploaded.image_id for each in images}
    assert seen == [1, 2, 3]
    assert [len(each) for each in ledger.asked] == [3, 2, 1]
    assert took < 1


def test_when_the_time_is_over_what_is_known_is_returned():
    images = [sent(0), sent(1)]
    rows, _, took = followed(Ledger([row(images[0])]), images, 10)
    assert set(rows) == {images[0].uploaded.image_id}
    assert 10 <= took < 11


def test_a_look_is_at_a_page_and_only_the_last_at_all():
    images = [sent(number) for number in range(5 * MAX_UNNOTIFIED)]
    ledger = Ledger([row(each) for each in images[:3]])
    rows, _, took = followed(ledger, images, 2)
    assert len(rows) == 3
    assert [len(each) for each in ledger.asked[:-1]] == [MAX_UNNOTIFIED] * (len(ledger.asked) - 1)
    assert len(ledger.asked[-1]) == len(images) - 3
    assert set.union(*ledger.asked[:6]) == {each.uploaded.image_id for each in images}
    assert 2 <= took < 3


def test_no_time_is_one_look():
    images = [sent(0)]
    ledger = Ledger([row(images[0], None, ends=(1.0,))])
    rows, _, took = followed(ledger, images, 0)
    assert (len(rows), len(ledger.asked), took) == (1, 1, 0.0)
