"""What was sent, what the ledger says and what subscribers were notified come out even, or it is said what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.load_tests import notified, row, sent

from ops.load.reconciliation import MISSING, OUTCOMES, reconcile

ANY = ()


def of(images, outcomes, notices=None, **more):
    rows = {
        each.uploaded.image_id: row(each, outcome) for each, outcome in zip(images, outcomes, strict=True) if outcome
    }
    if notices is None:
        pairs = zip(images, outcomes, strict=True)
        notices = [notified(each, outcome) for each, outcome in pairs if outcome in {"stored", "failed", "rejected"}]
    return reconcile(images, rows, notices, **more)


def keys(findings):
    return [each.key for each in findings]


@given(st.lists(st.sampled_from([*OUTCOMES, None]), max_size=40))
def test_what_was_sent_is_the_sum_of_what_became_of_it(outcomes):
    images = [sent(number, expected=ANY) for number in range(len(outcomes))]
    result = of(images, outcomes)
    assert result.even
    assert result.sent == len(outcomes) == sum(result.counts.values())
    assert result.counts == {name: outcomes.count(None if name == MISSING else name) for name in (*OUTCOMES, MISSING)}
    assert keys(result.missing) == [
        each.uploaded.key for each, outcome in zip(images, outcomes, strict=True) if outcome is None
    ]
    assert result.faultless == (None not in outcomes)


def test_one_image_that_was_counted_twice_as_sent_does_not_come_out_even():
    image = sent()
    result = of([image, image], ["stored", "stored"])
    assert not result.even
    assert not result.faultless


@pytest.mark.parametrize(
    ("last", "says"),
    [
        pytest.param(None, "not in the ledger: no service has come to it", id="no row"),
        pytest.param((), "uploaded, and no service has come to it", id="uploaded"),
        pytest.param((1.0, 2.0), "last seen in watermark", id="under way"),
    ],
)
def test_a_missing_image_says_where_it_was_last_seen(last, says):
    image = sent()
    rows = {} if last is None else {image.uploaded.image_id: row(image, None, ends=last)}
    result = reconcile([image], rows, [])
    assert [(each.key, each.image_id, each.what) for each in result.missing] == [
        (image.uploaded.key, image.uploaded.image_id, says)
    ]


def test_an_outcome_that_the_mix_does_not_expect_is_a_fault():
    good, bad, unknown, twice = (
        sent(0),
        sent(1, expected=("failed",)),
        sent(2, expected=ANY),
        sent(3, expected=("stored", "superseded")),
    )
    result = of([good, bad, unknown, twice], ["failed", "stored", "failed", "superseded"])
    assert [each.what for each in result.unexpected] == ["failed, not stored", "stored, not failed"]
    assert keys(result.unexpected) == [good.uploaded.key, bad.uploaded.key]
    assert not result.faultless


def test_stored_failed_and_rejected_images_must_be_reported_and_others_need_not():
    images = [sent(number, expected=ANY) for number in range(5)]
    result = of(images, list(OUTCOMES), [])
    assert keys(result.unnotified) == [each.uploaded.key for each in images[:3]]
    assert not result.faultless


def test_a_notice_that_says_otherwise_than_the_ledger_is_a_fault():
    image = sent()
    result = of([image], ["stored"], [notified(image, "failed")])
    assert keys(result.reported_otherwise) == [image.uploaded.key]
    assert not result.faultless


def test_a_failure_and_then_a_success_are_two_notices_and_no_contradiction():
    image = sent()
    result = of([image], ["stored"], [notified(image, "failed"), notified(image, "stored")])
    assert not result.reported_otherwise
    assert keys(result.notified_of_again) == [image.uploaded.key]
    assert (result.duplicates, result.faultless) == (1, True)


def test_a_notice_that_is_published_twice_and_one_that_is_delivered_twice_are_distinguished():
    image, other = sent(0), sent(1)
    notices = [
        notified(image, published="p1", delivered="d1"),
        notified(image, published="p2", delivered="d2"),
        notified(other, published="p3", delivered="d3"),
        notified(other, published="p3", delivered="d4"),
    ]
    result = of([image, other], ["stored", "stored"], notices)
    assert [each.what for each in result.notified_twice] == [f"{image.uploaded.image_id}-stored published 2 times"]
    assert (result.delivered_twice, result.duplicates, result.faultless) == (1, 2, True)


def test_a_notice_of_an_image_that_nobody_sent_is_a_fault():
    image, stranger = sent(0), sent(1)
    result = of([image], ["stored"], [notified(image), notified(stranger)])
    assert keys(result.strays) == [stranger.uploaded.key]
    assert not result.faultless


def test_what_is_stored_must_be_in_the_output_bucket_where_somebody_looked():
    # Where outputs are depends on output.key: not all are under the test's prefix.
    here, gone, elsewhere = sent(0), sent(1), sent(2, key="web/a.jpg")
    three = [here, gone, elsewhere]
    present = {f"{here.uploaded.key}-resized"}
    result = of(three, ["stored"] * 3, present=present)
    assert keys(result.absent) == [gone.uploaded.key, elsewhere.uploaded.key]
    assert not result.faultless
    assert of(three, ["stored"] * 3, present=None).faultless


@pytest.mark.parametrize(
    ("digests", "batches", "says"),
    [
        pytest.param([{"stored": 1, "missing": 1}], 1, [], id="agrees"),
        pytest.param([{"stored": 1}, {"missing": 1}], 2, [], id="two batches"),
        pytest.param(
            [{"failed": 1, "missing": 1}],
            1,
            ["the digest counts 0 stored, the ledger 1", "the digest counts 1 failed, the ledger 0"],
            id="differs",
        ),
        pytest.param([], 1, ["every image has its outcome, and 0 of 1 digests came"], id="did not come"),
        pytest.param([], 0, [], id="is not waited for"),
    ],
)
def test_the_digest_must_count_as_the_ledger_does(digests, batches, says):
    result = of([sent()], ["stored"], digests=digests, batches=batches, missing=1)
    assert list(result.digest_differs) == says
    assert result.faultless == (not says)


def test_no_digest_is_asked_for_while_an_image_is_missing():
    assert not of([sent()], [None], batches=1).digest_differs
