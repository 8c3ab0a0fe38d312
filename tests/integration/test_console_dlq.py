"""The console's dead-letter queues against AWS's wire: filters, replays and purges."""

import json
import re
import threading

import pytest
from kit.clocks import FakeClock
from kit.dlq_messages import body_of, source
from kit.pictures import gradient, saved

from ops.console import dlq_jobs, dlq_messages
from ops.dlq import run
from ops.dlq.limits import MAX_REPLAYS
from ops.dlq.throttle import Pacer
from ops.errors import CommandError
from shared import inline
from shared.messages import ImageWatermarked

JPEG = saved(gradient((300, 200)), "JPEG")
OURS = {"origin": "http://127.0.0.1:8642"}


@pytest.fixture(autouse=True)
def paced_at_once(monkeypatch):
    """The pace of a replay is tested in tests/unit/ops/dlq/test_throttle.py; here its pauses take no time."""
    monkeypatch.setattr(run, "Pacer", lambda rate: Pacer(rate, clock=FakeClock()))


@pytest.fixture
def page(client, console):
    """What a page does: it asks for a replay or a purge, and looks until that has ended or is to be confirmed."""

    class Page:
        def look(self, **chosen):
            return client.get("/dlq", params=chosen).text

        def keys(self, **chosen):
            return re.findall(r'aria-label="Select ([^"]*)"', self.look(**chosen))

        def ids(self, *keys):
            self.look()
            return [each.message_id for each in console.dlq_messages._messages.values() if each.key in keys]

        def ask(self, do, **fields):
            return self._ended(client.post("/dlq/jobs", data={"do": do} | fields, headers=OURS))

        def confirm(self, shown):
            (path,) = set(re.findall(r'hx-post="(/dlq/jobs/\w+/confirm)"', shown))
            return self._ended(client.post(path, headers=OURS))

        def _ended(self, answer):
            assert answer.status_code == 200, answer.text
            (job,) = re.findall(r'id="job-(\w+)"', answer.text)
            console.jobs.wait()
            return client.get(f"/dlq/jobs/{job}").text

    return Page()


@pytest.fixture
def messages(queues, upload_files):
    """Three messages that one service could not read, and one by hand in another."""
    for number in range(3):
        queues.dead_letter(
            "resize", body_of("resize", upload_files(f"{number}.jpg")), error="AwsUnavailable", reason="down <b>"
        )
    queues.dead_letter("store", "no message of ours")
    return queues


def test_messages_are_shown_with_their_causes_the_biggest_first(page, messages):
    text = page.look()
    causes = re.findall(r'class="cause" data-service="(\w+)" data-error="(\w+)".*?class="badge">(\d+)<', text)
    assert causes == [("resize", "AwsUnavailable", "3"), ("store", "NoReason", "1")]
    assert "down &lt;b&gt;" in text
    assert page.keys(error="AwsUnavailable") == ["2.jpg", "1.jpg", "0.jpg"]
    assert page.look(error="AwsUnavailable").count('class="cause"') == 2


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        ({"service": "resize"}, "x/a.jpg x[1]/b.jpg"),
        ({"service": "store"}, "x/c.jpg"),
        ({"error": "OutputKeyTaken"}, "x/c.jpg"),
        ({"prefix": "x/"}, "x/a.jpg x/c.jpg"),
        ({"prefix": "x["}, "x[1]/b.jpg"),
        ({"prefix": "*"}, ""),
        ({"age": "newer-1h"}, "x/a.jpg x[1]/b.jpg x/c.jpg"),
        ({"age": "older-1h"}, ""),
        ({"about": source("x/a.jpg").image_id}, "x/a.jpg"),
        ({"service": "resize", "error": "OutputKeyTaken"}, ""),
    ],
)
def test_a_filter_takes_what_it_says(page, queues, chosen, keys):
    for key in ("x/a.jpg", "x[1]/b.jpg"):
        queues.dead_letter("resize", body_of("resize", source(key)), error="AwsUnavailable")
    queues.dead_letter("store", body_of("store", source("x/c.jpg")), error="OutputKeyTaken")
    assert set(page.keys(**chosen)) == set(keys.split())
    assert all(queues.hidden(service) == 0 for service in ("resize", "store"))
    text = page.look(**chosen)
    assert ("matches this filter" in text) == (not keys)


@pytest.mark.parametrize("chosen", [{"service": "nothing"}, {"age": "older-soon"}, {"age": "1d"}, {"age": "about-1d"}])
def test_an_unknown_filter_is_refused(client, aws, chosen):
    assert client.get("/dlq", params=chosen).status_code == 409


def test_the_selected_are_replayed_and_archived(page, messages, tmp_path):
    ended = page.ask("replay", id=page.ids("0.jpg", "2.jpg"))
    assert "2 replayed" in ended
    assert page.keys(service="resize") == ["1.jpg"]
    assert len(messages.sent("resize")) == 2
    assert len(messages.entries("resize")) == 1
    assert messages.hidden("resize") == 0
    (archive,) = (tmp_path / "archive").iterdir()
    assert archive.name.endswith("-resize-replay.jsonl")
    assert [json.loads(each)["did"] for each in archive.read_text().splitlines()] == ["replayed", "replayed"]
    assert str(archive) in ended


def test_what_was_replayed_already_is_not_replayed_again(page, messages):
    chosen = page.ids("0.jpg")
    page.ask("replay", id=chosen)
    assert "No message matches" in page.ask("replay", id=chosen)
    assert len(messages.sent("resize")) == 1


def test_what_came_back_too_often_stays_unless_it_is_forced(page, queues, upload_files):
    queues.dead_letter("resize", body_of("resize", upload_files("a.jpg")), error="AwsUnavailable", replays=MAX_REPLAYS)
    assert "1 left" in page.ask("replay", id=page.ids("a.jpg"))
    assert queues.sent("resize") == []
    assert "1 replayed" in page.ask("replay", id=page.ids("a.jpg"), force="on")


def test_a_purge_says_how_many_and_waits_to_be_confirmed(page, messages, aws, tmp_path):
    counted = page.ask("purge", id=page.ids("0.jpg", "1.jpg"))
    assert "Purge 2 DLQ messages?" in counted
    assert f"The sources in {aws.names.input_bucket} are kept" in counted
    assert len(messages.entries("resize")) == 3
    assert not (tmp_path / "archive").exists()
    ended = page.confirm(counted)
    assert "2 removed" in ended
    assert page.keys(service="resize") == ["2.jpg"]
    assert messages.sent("resize") == []
    listed = aws.s3.list_objects_v2(Bucket=aws.names.input_bucket)["Contents"]
    assert {each["Key"] for each in listed} == {"0.jpg", "1.jpg", "2.jpg"}
    (archive,) = (tmp_path / "archive").iterdir()
    lines = [json.loads(each) for each in archive.read_text().splitlines()]
    assert [each["did"] for each in lines] == ["removed: purged"] * 2


def test_all_that_match_are_taken_also_those_that_are_not_shown(page, messages, monkeypatch):
    monkeypatch.setattr(dlq_messages, "MAX_MESSAGES", 1)
    counted = page.ask("purge", all="1", service="resize", error="AwsUnavailable")
    assert "Purge 3 DLQ messages?" in counted
    assert "3 removed" in page.confirm(counted)
    assert messages.entries("resize") == []
    assert len(messages.entries("store")) == 1


def test_all_that_match_are_counted_before_they_are_replayed(page, messages):
    counted = page.ask("replay", all="1", service="resize")
    assert "Replay 3 DLQ messages?" in counted
    assert messages.sent("resize") == []
    assert "3 replayed" in page.confirm(counted)
    assert len(messages.sent("resize")) == 3


def test_only_what_would_not_be_left_is_counted(page, messages, upload_files):
    often = body_of("resize", upload_files("often.jpg"))
    messages.dead_letter("resize", often, error="AwsUnavailable", replays=MAX_REPLAYS)
    counted = page.ask("replay", all="1", service="resize")
    assert "Replay 3 DLQ messages?" in counted
    assert "1 would leave" in counted
    page.confirm(counted)
    assert page.keys(service="resize") == ["often.jpg"]
    alone = page.ask("replay", all="1", service="resize")
    assert "1 would leave" in alone
    assert "/confirm" not in alone


def test_what_came_after_the_count_is_not_purged(page, messages):
    counted = page.ask("purge", all="1", service="resize")
    messages.dead_letter("resize", body_of("resize", source("later.jpg")), error="AwsUnavailable")
    assert "3 removed" in page.confirm(counted)
    assert page.keys(service="resize") == ["later.jpg"]
    messages.dead_letter("resize", body_of("resize", source("latest.jpg")), error="AwsUnavailable")
    counted = page.ask("purge", id=page.ids("latest.jpg"))
    page.confirm(counted)
    assert page.keys(service="resize") == ["later.jpg"]


def test_what_is_confirmed_twice_or_was_discarded_is_not_done(client, page, messages):
    counted = page.ask("purge", all="1", service="resize")
    (job,) = set(re.findall(r'hx-post="/dlq/jobs/(\w+)/stop"', counted))
    assert client.post(f"/dlq/jobs/{job}/stop", headers=OURS).text == ""
    assert client.post(f"/dlq/jobs/{job}/confirm", headers=OURS).status_code == 409
    assert len(messages.entries("resize")) == 3
    assert client.get("/dlq/jobs/unknown").status_code == 404


def test_a_message_is_named_by_its_id_and_by_nothing_that_an_uploader_chose(page, queues):
    queues.dead_letter("resize", body_of("resize", source("mine.jpg")), error="AwsUnavailable")
    (chosen,) = page.ids("mine.jpg")
    queues.dead_letter("resize", body_of("resize", source(chosen)), error="AwsUnavailable")
    assert "Purge 1 DLQ message?" in page.ask("purge", id=[chosen])


@pytest.mark.parametrize("fields", [{}, {"do": "delete", "id": "m"}, {"do": "replay"}])
def test_nothing_is_done_without_a_name_and_messages(client, aws, fields):
    assert client.post("/dlq/jobs", data=fields, headers=OURS).status_code == 409


def test_a_replay_of_an_image_succeeds_and_is_seen(client, console, page, pipeline, look):
    aws = pipeline.aws
    pipeline.upload("a.jpg", JPEG)
    aws.s3.put_object(Bucket=aws.names.output_bucket, Key="a-thumb.jpg", Body=b"somebody's")
    pipeline.run()
    row = look()["a.jpg"]
    assert row.outcome == "failed"
    aws.s3.delete_object(Bucket=aws.names.output_bucket, Key="a-thumb.jpg")
    shown = client.get(f"/images/{row.image_id}").text
    assert f'href="/#messages&amp;about={row.image_id}"' in shown
    assert f"""hx-vals='{{"do": "replay", "image": "{row.image_id}"}}'""" in shown
    assert "1 replayed" in page.ask("replay", image=row.image_id)
    (seen,) = console.follower.state.newest_first()
    assert seen.replaying
    look()
    assert console.follower.state.get(seen.row.image_id).replaying
    pipeline.run()
    console.follower._reader.pending()
    (seen,) = console.follower.state.newest_first()
    assert (seen.row.outcome, seen.pending) == ("stored", False)


def test_the_image_of_a_message_is_opened_however_old_it_is(client, console, page, pipeline):
    pipeline.upload("text.jpg", b"no picture")
    pipeline.run()
    console.follower.state._most = 0
    (path,) = set(re.findall(r'href="(/images/\w+)"', page.look()))
    assert "text.jpg" in client.get(path).text


def test_a_message_shows_the_picture_that_it_is_about(client, console, aws, queues, upload_files):
    about = upload_files("a.jpg")
    version = aws.s3.put_object(Bucket=about.bucket, Key="b.jpg", Body=JPEG)["VersionId"]
    queues.dead_letter("resize", body_of("resize", about), error="UnsupportedImage", reason="no")
    queues.dead_letter(
        "resize", body_of("resize", type(about)(**vars(about) | {"key": "b.jpg", "version_id": version}))
    )
    client.get("/dlq")
    entries = {entry.key: entry.message_id for entry in console.dlq_messages._messages.values()}
    assert client.get(f"/dlq/{entries['b.jpg']}/thumb").headers["content-type"] == "image/webp"
    assert client.get(f"/dlq/{entries['a.jpg']}/thumb").status_code == 404
    assert client.get("/dlq/unknown/thumb").status_code == 404


def test_messages_of_a_filter_can_be_downloaded(client, queues, upload_files):
    body = body_of("resize", upload_files("a.jpg"))
    queues.dead_letter("resize", body, error="AwsUnavailable", reason="down")
    queues.dead_letter("store", body_of("store", source("b.jpg")), error="OutputKeyTaken")
    answer = client.get("/dlq/export", params={"error": "AwsUnavailable"})
    assert "attachment" in answer.headers["content-disposition"]
    assert json.loads(answer.text)["body"] == body
    assert queues.entries("resize") == [body]
    assert queues.hidden("resize") == 0


def test_an_export_leaves_what_a_page_shows_as_it_is(page, client, console, messages):
    page.look(service="store")
    client.get("/dlq/export", params={"service": "resize"})
    assert {each.service for each in console.dlq_messages._messages.values()} == {"store"}


def test_what_another_page_has_read_since_does_not_narrow_what_is_replayed(page, messages, upload_files):
    messages.dead_letter("store", body_of("store", upload_files("s.jpg")), error="OutputKeyTaken")
    chosen = page.ids("0.jpg", "s.jpg")
    page.look(service="resize")
    page.ask("replay", id=chosen)
    assert (len(messages.sent("resize")), len(messages.sent("store"))) == (1, 1)


def test_a_file_in_a_message_is_not_on_the_page_and_is_replayed(client, console, page, queues, upload_files):
    message = ImageWatermarked.decode(body_of("store", upload_files("a.jpg")))
    whole = inline.with_file(message, b"pixels" * 20_000).encode()
    queues.dead_letter("store", whole, error="OutputKeyTaken")
    text = page.look() + client.get("/dlq/export").text
    assert "(a file of 120,000 bytes, SHA-256 " in text
    assert len(text) < 30_000
    assert all(len(each.body) < 2_000 for each in console.dlq_messages._messages.values())
    page.ask("replay", id=page.ids("a.jpg"))
    assert queues.sent("store") == [whole]


@pytest.fixture
def held(monkeypatch):
    """A replay that is at work until somebody lets it go."""
    begun, go = threading.Event(), threading.Event()

    class Held(dlq_jobs.Judge):
        def dispositions(self, entries):
            if entries:
                begun.set()
                assert go.wait(30)
            return super().dispositions(entries)

    monkeypatch.setattr(dlq_jobs, "Judge", Held)
    yield begun, go
    go.set()


def test_while_one_is_at_work_its_progress_is_shown_and_no_other_begins(client, console, page, messages, held):
    begun, go = held
    shown = page.keys()
    first = client.post("/dlq/jobs", data={"do": "replay", "id": page.ids("0.jpg")}, headers=OURS).text
    assert begun.wait(30)
    (job,) = re.findall(r'id="job-(\w+)"', first)
    now = client.get(f"/dlq/jobs/{job}").text
    assert 'data-phase="running"' in now
    assert "<progress" in now
    text = page.look()
    assert "was read before it began" in text
    assert f'hx-post="/dlq/jobs/{job}/stop"' in text
    assert page.keys() == shown
    export = client.get("/dlq/export", params={"service": "store"})
    assert (export.status_code, "at work" in export.text) == (409, True)
    other = client.post("/dlq/jobs", data={"do": "purge", "all": "1"}, headers=OURS)
    assert other.status_code == 409
    assert "at work" in other.text
    go.set()
    console.jobs.wait()
    ended = client.get(f"/dlq/jobs/{job}")
    assert "1 replayed" in ended.text
    assert ended.headers["hx-trigger"] == "dlq-changed"


def test_what_is_stopped_leaves_the_rest_in_its_queue(client, console, page, messages, held):
    begun, go = held
    messages.dead_letter("watermark", body_of("watermark", source("w.jpg")), error="AwsUnavailable")
    page.look()
    chosen = page.ids("0.jpg", "1.jpg", "2.jpg", "w.jpg")
    first = client.post("/dlq/jobs", data={"do": "replay", "id": chosen}, headers=OURS).text
    (job,) = re.findall(r'id="job-(\w+)"', first)
    assert begun.wait(30)
    client.post(f"/dlq/jobs/{job}/stop", headers=OURS)
    go.set()
    console.jobs.wait()
    ended = client.get(f"/dlq/jobs/{job}").text
    assert "3 replayed" in ended
    assert "stopped: what is not listed" in ended
    assert len(messages.entries("watermark")) == 1
    assert messages.hidden("watermark") == 0


def test_what_breaks_is_shown_where_it_was_asked_for(page, messages, monkeypatch):
    def refusing(_, __):
        raise CommandError("stopped: the queue of resize takes nothing", 3)

    monkeypatch.setattr(dlq_jobs.Judge, "dispositions", refusing)
    assert "takes nothing" in page.ask("replay", id=page.ids("0.jpg"))
    assert len(messages.entries("resize")) == 3
    assert messages.hidden("resize") == 0
