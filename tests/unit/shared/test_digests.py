"""A batch is counted member by member, each once, and notified of once, whatever comes twice or fails in between."""

import pytest
from kit.runners import Bench, message, source, stored

from shared.errors import AwsUnavailable, UnsupportedImage
from shared.messages import ImageUploaded, UploadBatch
from shared.notifications import BatchEnded
from shared.runner.steps import Finish


def within(key, number, size=2):
    return source(key).with_batch(UploadBatch(id="b", number=number, size=size))


class Batched(Bench):
    """A service that stores the images a, b, … of one batch, but those of which `does` says otherwise."""

    def __init__(self, keys, does=None, **options):
        super().__init__({key: stored(key) for key in keys} | (does or {}), **options)
        # As `pipeline upload` writes it into the rows.
        for number, key in enumerate(keys):
            self.ledger.batches[source(key).image_id] = UploadBatch(id="b", number=number, size=len(keys))

    @property
    def digests(self):
        return [each for each in self.notices.published if isinstance(each, BatchEnded)]


def test_the_last_outcome_brings_the_digest_and_none_before():
    bench = Batched("abc", {"b": UnsupportedImage("text"), "c": Finish(outcome="vanished")})
    bench.run("a", "b")
    assert bench.digests == []
    bench.run("c")
    (digest,) = bench.digests
    assert (digest.notice_id, digest.size, digest.stored, digest.failed, digest.vanished) == ("b-ended", 3, 1, 1, 1)
    assert [(each.key, each.error, each.reason) for each in digest.failures] == [("b", "UnsupportedImage", "text")]


def test_an_image_that_was_uploaded_alone_is_counted_nowhere():
    bench = Bench({"a": stored("a"), "b": UnsupportedImage("text")})
    bench.upload_batches.down = True
    assert bench.run("a", "b") == []
    assert len(bench.notices.published) == 2


def test_what_comes_twice_counts_once():
    bench = Batched("ab")
    bench.run("a")
    bench.run("a")
    bench.run(message("a", receives=2))
    assert bench.digests == []
    bench.run("b")
    bench.run("b", message("a", receives=3))
    assert len(bench.digests) == 1


@pytest.mark.parametrize("does", [None, UnsupportedImage("text"), Finish(outcome="superseded")])
def test_an_image_comes_back_until_it_is_counted_and_is_reported_once(does):
    bench = Batched("a", {} if does is None else {"a": does})
    bench.upload_batches.down = True
    assert bench.run("a") == ["a"]
    assert (bench.digests, bench.source_queue.dead_lettered) == ([], [])
    notified = len(bench.notices.published)
    bench.upload_batches.down = False
    assert bench.run(message("a", receives=2)) == []
    assert len(bench.digests) == 1
    assert len(bench.notices.published) == notified + 1


def test_an_image_that_is_done_is_never_dead_lettered_for_want_of_its_count():
    bench = Batched("a")
    bench.upload_batches.down = True
    for receives in range(1, 10):
        assert bench.run(message("a", receives=receives)) == ["a"]
    # SQS itself would dead_letter it next.
    assert bench.run(message("a", receives=10)) == []
    assert bench.source_queue.dead_lettered == []


def test_a_failure_is_dead_lettered_with_its_own_reason_though_it_cannot_be_counted():
    bench = Batched("a", {"a": UnsupportedImage("text")})
    bench.upload_batches.down = True
    for receives in range(1, 10):
        assert bench.run(message("a", receives=receives)) == ["a"]
    assert bench.run(message("a", receives=10)) == []
    assert len(bench.notices.published) == 1
    (entry,) = bench.source_queue.dead_lettered
    assert (entry.attributes["error"], entry.attributes["batch"]) == ("UnsupportedImage", "b")


def test_a_digest_that_sns_does_not_take_is_reported_when_the_message_is_back():
    bench = Batched("ab")
    bench.run("a")
    publish = bench.notices.publish

    def refuse(notice):
        if isinstance(notice, BatchEnded):
            raise AwsUnavailable("publishing: InternalError")
        publish(notice)

    bench.notices.publish = refuse
    assert bench.run("b") == ["b"]
    bench.notices.publish = publish
    assert bench.run(message("b", receives=2)) == []
    assert [each.notice_id for each in bench.digests] == ["b-ended"]


def test_while_one_is_reporting_another_waits():
    bench = Batched("ab")
    bench.run("a", "b")
    bench.upload_batches.notified_at.clear()  # who claimed it has published, and not yet written it down
    (leased_by,) = bench.upload_batches.claimed.values()
    other = "ab"[1 - leased_by]
    assert bench.run(message(other, receives=2)) == [other]
    assert len(bench.digests) == 1


def test_a_failure_that_is_replayed_before_the_end_counts_as_what_it_became():
    bench = Batched("ab", {"a": UnsupportedImage("text")})
    bench.run("a")
    bench.does["a"] = stored("a")
    bench.run(message("a", replays=1))
    bench.run("b")
    (digest,) = bench.digests
    assert (digest.stored, digest.failed) == (2, 0)


def test_a_replay_after_the_digest_brings_no_second_one():
    bench = Batched("ab", {"a": UnsupportedImage("text")})
    bench.run("a", "b")
    bench.does["a"] = stored("a")
    bench.run(message("a", replays=1))
    assert [digest.failed for digest in bench.digests] == [1]


def test_a_batch_that_the_message_names_needs_no_row():
    bench = Bench({"a": stored("a")}, parse=lambda body: ImageUploaded(source=within(body, 0, size=1)))
    bench.run("a")
    assert [each.notice_id for each in bench.notices.published] == ["a-stored", "b-ended"]


def test_an_error_that_knows_the_batch_reports_machines_alone():
    error = UnsupportedImage("text")
    error.batch = UploadBatch(id="b", number=0, size=2)
    bench = Bench({"a": error})
    bench.run("a")
    (notice,) = bench.notices.published
    assert notice.source.batch == error.batch
    assert bench.source_queue.dead_lettered[0].attributes["batch"] == "b"
