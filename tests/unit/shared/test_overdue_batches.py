"""Batches to which nothing happens are reported once their time-out is over, and looked at until then."""

import re
from datetime import UTC, datetime

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given
from hypothesis import strategies as st
from kit.fakes import FakeNotices, FakeUploadBatches

from ops.settings import ROOT
from shared.digests import Digests
from shared.errors import AwsUnavailable
from shared.messages import MAX_DELAY_SECONDS, BatchDue, UploadBatch
from shared.notices import email_of
from shared.overdue_batches import MAX_LISTED, BatchState, OverdueReports, handled, ranges

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BATCH = UploadBatch(id="b", number=0, size=5)
DUE = BatchDue(batch=BATCH, timeout_seconds=3600)
# 0 is stored, 1 failed, 2 came and has no outcome; 3 and 4 never came.
KEYS = {number: f"a/{number}.jpg" for number in range(5)}


class Kept:
    """The batch in the ledger, in one state."""

    def __init__(self, **state):
        self.states = [BatchState(**{"over": False, "active_at": NOW.timestamp() - 3600, "keys": KEYS, **state})]
        self.at = None

    def state(self, batch):
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def overdue(self, batch, at):
        self.at = at


class World:
    def __init__(self, **state):
        self.notices, self.upload_batches, self.later = FakeNotices(), FakeUploadBatches(), []
        for number, ending in ((0, "stored"), (1, "failed")):
            self.upload_batches.count(UploadBatch(id="b", number=number, size=5), ending)
        self.kept = Kept(**({"counted": {0, 1}, "claimed": {0, 1, 2}} | state))
        self.reports = OverdueReports(
            kept=self.kept,
            digests=Digests(upload_batches=self.upload_batches, notices=self.notices, now=lambda: NOW),
            later=lambda body, seconds: self.later.append((body, seconds)),
            log=Logger(service="store"),
        )


def test_what_is_missing_is_said_by_key_and_number():
    world = World()
    world.reports.look(DUE)
    (digest,) = world.notices.published
    assert digest.notice_id == "b-overdue"
    assert (digest.stored, digest.failed, digest.pending, digest.missing, digest.size) == (1, 1, 1, 2, 5)
    assert (digest.missing_keys, digest.missing_numbers) == (("a/3.jpg", "a/4.jpg"), ("3-4",))
    assert digest.pending_keys == ("a/2.jpg",)
    assert digest.timeout_seconds == 3600
    assert (world.kept.at, world.later) == ("2026-03-01T09:30:00.000Z", [])


@pytest.mark.parametrize(("ago", "seconds"), [(3599, 1), (3000, 600), (0, MAX_DELAY_SECONDS), (-5, MAX_DELAY_SECONDS)])
def test_a_batch_to_which_something_happened_is_looked_at_later(ago, seconds):
    world = World(active_at=NOW.timestamp() - ago)
    world.reports.look(DUE)
    assert world.later == [(DUE.encode(), seconds)]
    assert (world.notices.published, world.kept.at) == ([], None)


def test_a_message_that_waits_to_be_looked_at_is_no_alarm():
    alarm = (ROOT / "terraform/modules/queue/variables.tf").read_text(encoding="utf-8")
    (found,) = re.findall(r'variable "oldest_message_alarm_seconds" \{[^}]*default *= (\d+)', alarm)
    assert int(found) > MAX_DELAY_SECONDS


def test_a_batch_that_was_reported_is_looked_at_no_more():
    world = World(over=True)
    world.reports.look(DUE)
    assert (world.later, world.notices.published) == ([], [])


def test_what_comes_before_the_lease_counts():
    world = World()
    world.kept.states.append(BatchState(over=False, counted={0, 1}, claimed={0, 1, 2, 3}, keys=KEYS))
    world.reports.look(DUE)
    (digest,) = world.notices.published
    assert (digest.pending, digest.missing) == (2, 1)


def test_a_batch_whose_digest_was_lost_ends_as_if_it_was_not():
    world = World(counted=set(range(5)))
    for number in (2, 3, 4):
        world.upload_batches.count(UploadBatch(id="b", number=number, size=5), "stored")
    world.reports.look(DUE)
    (digest,) = world.notices.published
    assert (digest.notice_id, digest.stored, digest.timeout_seconds) == ("b-ended", 4, None)
    assert world.kept.at is None


def test_nobody_reports_a_batch_that_a_member_is_about_to_report():
    world = World()
    world.upload_batches.lease(BATCH)
    with pytest.raises(AwsUnavailable):
        world.reports.look(DUE)
    assert world.notices.published == []


def test_the_mail_says_what_to_do():
    world = World()
    world.reports.look(DUE)
    mail = email_of(world.notices.published[0])
    assert mail.subject == "1 stored, 1 failed, 2 not uploaded, 1 without outcome of 5 images"
    assert "Nothing has happened to them for 1 h 0 min." in mail.text
    assert "Not uploaded\n    a/3.jpg\n    a/4.jpg\nUpload them again" in mail.text
    assert "Without outcome\n    a/2.jpg\n" in mail.text
    assert "pipeline status --batch b" in mail.text
    assert mail.attributes["outcome"] == ("stored", "failed", "missing", "pending")


def test_subscribers_to_failures_are_notified_where_only_some_are_missing():
    world = World(counted={0}, claimed={0})
    world.upload_batches.shard_members = {"b": {"stored": {0}}}
    world.reports.look(DUE)
    mail = email_of(world.notices.published[0])
    assert mail.attributes["outcome"] == ("stored", "missing", "failed")


def test_many_are_listed_as_far_as_there_is_room():
    size = 10 * MAX_LISTED
    keys = {number: f"{number}.jpg" for number in range(size) if number % 2}
    world = World(counted=set(), claimed=set(range(0, size, 4)), keys=keys)
    world.reports.look(BatchDue(batch=UploadBatch(id="b", number=0, size=size), timeout_seconds=3600))
    (digest,) = world.notices.published
    assert len(digest.missing_keys) == len(digest.missing_numbers) == MAX_LISTED
    assert "by their numbers in the batch, from 0: 1-3, 5-7" in email_of(digest).text


@given(st.sets(st.integers(0, 60)))
def test_ranges_name_every_number_once(numbers):
    found = []
    for each in ranges(sorted(numbers)):
        first, _, last = each.partition("-")
        found += range(int(first), int(last or first) + 1)
    assert found == sorted(numbers)


def sqs(*bodies):
    return {"Records": [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def test_only_what_is_about_batches_is_taken_out_of_an_event():
    world, seen = World(), []

    def others(event):
        seen.append([each["messageId"] for each in event["Records"]])
        return {"batchItemFailures": [{"itemIdentifier": "0"}]}

    wrong = BatchDue(batch=BATCH, timeout_seconds=0).encode().replace('"schema":1', '"schema":9')
    answer = handled(sqs("{}", DUE.encode(), "no JSON", wrong), others, lambda: world.reports)
    assert seen == [["0", "2"]]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "3"}]}
    assert len(world.notices.published) == 1


def test_a_batch_that_cannot_be_looked_at_comes_back_and_its_neighbours_do_not():
    world = World()
    world.notices.down = True
    answer = handled(sqs(DUE.encode()), lambda _: {}, lambda: world.reports)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"Records": "x"}, {"Records": [None, {}]}, sqs("{}")])
def test_an_event_without_any_is_others_to_judge(event):
    def never():
        raise AssertionError

    assert handled(event, lambda given: {"given": given}, never) == {"given": event}
