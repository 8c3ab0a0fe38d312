"""The console's routes against AWS's wire."""

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from kit.dlq_messages import body_of
from kit.ledger_rows import row
from kit.pictures import gradient, saved

from ops.console.mailbox import Mailbox
from ops.console.security import PAGES_MAY, PICTURES_MAY
from ops.errors import CommandError, Exit
from shared.overrides import NAMES as OVERRIDES
from shared.overrides import parse

HERE = "http://127.0.0.1:8642"
OURS = {"origin": HERE}
JPEG = saved(gradient((300, 200)), "JPEG")


@dataclass
class Mail:
    id: str = "m"
    date: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    subject: str = "<script>alert(1)</script>"
    text: str = "line one\nline \u202etwo"


def there(aws):
    return {each["Key"] for each in aws.s3.list_objects_v2(Bucket=aws.names.input_bucket).get("Contents", [])}


def test_the_page_shows_what_the_ledger_knows(client, pipeline, look):
    pipeline.upload("holiday/a.jpg", JPEG)
    pipeline.upload("text.jpg", b"no picture")
    pipeline.run()
    look()
    answer = client.get("/")
    assert answer.headers["content-security-policy"] == PAGES_MAY
    text = answer.text
    assert "holiday/a.jpg" in text
    assert "a-resized.jpg" in text
    assert "UnsupportedImage: not a supported image format" in text
    assert text.count('data-kind="stored"') == 1
    assert text.count('data-kind="failed"') == 1


def test_a_name_is_text_and_nothing_else(client, pipeline, look):
    names = [
        "<script>alert(1)</script>.jpg",
        '"><img src=x onerror=alert(1)>.jpg',
        "{{ 7*7 }}.jpg",
        "gpj.\u202eexe.jpg",
        "a\nb\r\x1b.jpg",
    ]
    for name in names:
        pipeline.upload(name, JPEG)
    pipeline.run()
    rows = look()
    pages = [client.get("/").text, *(client.get(f"/images/{row.image_id}").text for row in rows.values())]
    assert len(pages) == 1 + len(names)
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49.jpg" not in page
        assert "\u202e" not in page
        assert "\r" not in page
        assert "\x1b" not in page
    assert r'gpj.<span class="unseen">\u202e</span>exe' in pages[0]
    assert r'<span class="unseen">\n</span>' in pages[0]


def test_an_upload_arrives_with_its_prefix_and_its_overrides(client, console, aws):
    answer = client.post(
        "/upload",
        params={"path": "sub/a b+ü.jpg", "prefix": "p/", "override:quality": "60", "override:watermark-text": "© Ada"},
        content=JPEG,
        headers=OURS,
    )
    assert answer.status_code == 201
    found = aws.s3.get_object(Bucket=aws.names.input_bucket, Key="p/sub/a b+ü.jpg")
    assert found["Body"].read() == JPEG
    assert found["ContentType"] == "image/jpeg"
    overrides = parse(found["Metadata"], OVERRIDES)
    assert (overrides.quality, overrides.watermark_text) == (60, "© Ada")
    (seen,) = console.follower.state.newest_first()
    assert seen.row.image_id == answer.json()["image_id"]
    assert seen.pending


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"path": "a.jpg", "override:quality": "900"}, "a whole number from 1 to 100"),
        ({"path": "a.jpg", "override:nonsense": "1"}, "is not an override"),
        ({"path": ""}, "a key has 1 to 1,024 bytes"),
        ({"path": "ü" * 513}, "a key has 1 to 1,024 bytes"),
        ({"path": "folder/"}, "ends with a name"),
    ],
)
def test_a_wrong_upload_is_refused_with_what_to_correct(client, aws, params, why):
    answer = client.post("/upload", params=params, content=JPEG, headers=OURS)
    assert answer.status_code == 400
    assert why in answer.text
    assert there(aws) == set()


def test_an_upload_is_bounded_whether_its_sender_says_how_large_it_is_or_not(client, console, aws, monkeypatch):
    monkeypatch.setattr(console, "uploads", type(console.uploads)(stack=console.stack, max_bytes=1000))

    def endless():
        for _ in range(1000):
            yield b"x" * 100

    for content in (b"x" * 1001, endless()):
        answer = client.post("/upload", params={"path": "a.jpg"}, content=content, headers=OURS)
        assert answer.status_code == 400
        assert "limits.bytes" in answer.text
    assert client.post("/upload", params={"path": "a.jpg"}, content=b"", headers=OURS).status_code == 400
    assert there(aws) == set()
    assert client.post("/upload", params={"path": "a.jpg"}, content=b"x" * 1000, headers=OURS).status_code == 201


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
def test_another_page_uploads_replays_and_purges_nothing(client, aws, queues, upload_files, headers):
    queues.dead_letter("resize", body_of("resize", upload_files("a.jpg")), error="AwsUnavailable", reason="down")
    assert client.post("/upload", params={"path": "b.jpg"}, content=JPEG, headers=headers).status_code == 403
    assert client.post("/dlq/jobs", data={"do": "purge", "all": "1"}, headers=headers).status_code == 403
    for path in ("confirm", "stop"):
        assert client.post(f"/dlq/jobs/any/{path}", headers=headers).status_code == 403
    assert there(aws) == {"a.jpg"}
    assert len(queues.entries("resize")) == 1


def test_outputs_and_sources_are_pictures_and_can_do_nothing(client, pipeline, look):
    pipeline.upload("ü/a b.jpg", JPEG)
    pipeline.run()
    row = look()["ü/a b.jpg"]
    for path, name in (("outputs/0", "a b-resized.jpg"), ("outputs/1", "a b-thumb.jpg"), ("source", "a b.jpg")):
        answer = client.get(f"/images/{row.image_id}/{path}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-security-policy"] == PICTURES_MAY
        assert answer.headers["x-content-type-options"] == "nosniff"
        how, _, encoded = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
        assert (how, unquote(encoded)) == ("inline", name)
    assert client.get(f"/images/{row.image_id}/source").content == JPEG
    thumb = client.get(f"/images/{row.image_id}/thumb")
    assert thumb.headers["content-type"] == "image/webp"
    assert thumb.content[8:12] == b"WEBP"
    assert client.get(f"/images/{row.image_id}/outputs/2").status_code == 404
    assert client.get("/images/unknown/thumb").status_code == 404


def test_what_is_no_picture_is_never_shown(client, aws, pipeline, look):
    page = b"<html><script>alert(1)</script>"
    pipeline.upload("page.jpg", page, ContentType="text/html")
    pipeline.upload("good.jpg", JPEG)
    pipeline.run()
    rows = look()
    source = client.get(f"/images/{rows['page.jpg'].image_id}/source")
    assert source.status_code == 404
    assert source.headers["content-type"].startswith("text/plain")
    assert "a web page" in source.text
    assert client.get(f"/images/{rows['page.jpg'].image_id}/thumb").status_code == 404
    aws.s3.put_object(Bucket=aws.names.output_bucket, Key="good-resized.jpg", Body=page, ContentType="text/html")
    output = client.get(f"/images/{rows['good.jpg'].image_id}/outputs/0")
    assert output.headers["content-type"] == "application/octet-stream"
    assert output.headers["content-disposition"].startswith("attachment")


def test_a_preview_is_shown_of_what_browsers_cannot_show(client, pipeline, look):
    pipeline.upload("scan.tiff", saved(gradient((300, 200)), "TIFF"))
    pipeline.run()
    answer = client.get(f"/images/{look()['scan.tiff'].image_id}/source")
    assert (answer.headers["x-preview"], answer.headers["x-source-format"]) == ("yes", "TIFF")
    assert answer.headers["content-type"] == "image/webp"


def test_a_row_that_names_another_bucket_leads_nowhere(client, aws, pipeline, look):
    aws.s3.create_bucket(Bucket="private-things", CreateBucketConfiguration={"LocationConstraint": aws.names.region})
    aws.s3.put_object(Bucket="private-things", Key="a.jpg", Body=JPEG)
    record = pipeline.event("a.jpg", None, len(JPEG))
    record["s3"]["bucket"]["name"] = "private-things"
    del record["s3"]["object"]["versionId"]
    pipeline.send(record)
    pipeline.run()
    answer = client.get(f"/images/{look()['a.jpg'].image_id}/source")
    assert answer.status_code == 404
    assert "input bucket" in answer.text


def test_every_version_of_a_key_can_be_looked_at(client, pipeline, look):
    pipeline.upload("a.jpg", JPEG)
    pipeline.run()
    pipeline.upload("a.jpg", saved(gradient((100, 100)), "JPEG"))
    pipeline.run()
    look()
    ids = {row.image_id for row in pipeline_rows(client)}
    assert len(ids) == 2
    for image_id in ids:
        page = client.get(f"/images/{image_id}").text
        assert all(each in page for each in ids)


def test_an_image_that_is_too_old_to_be_shown_is_found_by_its_key(client, console, pipeline):
    # There is room for one, and a newer one is there.
    console.follower.state._most = 1
    console.follower.state.expect(row("newer", uploaded=60))
    pipeline.upload("long ago/ü.jpg", JPEG)
    pipeline.run()
    image_id = client.get("/find", params={"key": "long ago/ü.jpg"}).json()["image_id"]
    assert console.follower.state.get(image_id) is None
    assert "long ago/ü.jpg" in client.get(f"/images/{image_id}").text
    assert client.get(f"/images/{image_id}/outputs/0").status_code == 200
    for key in ("", "never.jpg"):
        assert client.get("/find", params={"key": key}).status_code == 404


def pipeline_rows(client):
    console = client.app.routes[0].endpoint.__self__
    return [seen.row for seen in console.follower.state.newest_first()]


def test_commands_say_what_the_page_would_do(client):
    answer = client.get(
        "/upload/command", params={"prefix": "p/", "override:quality": "60", "path": ["a b.jpg", "c.jpg"]}
    )
    assert answer.text == "pipeline upload --prefix=p/ --set quality=60 --wait 'a b.jpg' c.jpg"
    assert client.get("/upload/command", params={"override:quality": "x"}).status_code == 400
    selected = client.get("/dlq/command", params={"id": ["m-1", "m-2"], "force": "on"}).text
    assert selected == "pipeline dlq replay --yes --force m-1 m-2"
    assert client.get("/dlq/command").text == "pipeline dlq ls"
    filtered = {"service": "store", "error": "OutputKeyTaken", "prefix": "a[b]/", "age": "older-7d"}
    options = "--service=store --error=OutputKeyTaken '--key=a[[]b]/*' --older-than=7d"
    assert client.get("/dlq/command", params=filtered).text == f"pipeline dlq ls {options}"
    assert client.get("/dlq/command", params=filtered | {"all": "1"}).text == f"pipeline dlq replay {options}"


def test_sources_are_removed_by_a_dry_run_of_the_command_line_alone(client, pipeline, look):
    for key in ("a b.jpg", "c.jpg", "c.jpg"):
        pipeline.upload(key, JPEG)
        pipeline.run()
    look()
    ids = [row.image_id for row in pipeline_rows(client)]
    assert len(ids) == 3
    words = shlex.split(client.get("/images/command", params={"image": ids}).text)
    assert (words[:2], sorted(words[2:])) == (["pipeline", "rm"], ["a b.jpg", "c.jpg"])
    assert client.get("/images/command", params={"image": "unknown"}).status_code == 404


def test_mails_are_shown_as_text_the_newest_first(client, console):
    assert "No mail yet" in client.get("/mailbox").text
    box = []
    console.mailbox = Mailbox(collect=lambda: box.append(Mail(id=f"m{len(box)}")), read=lambda: box)
    client.get("/mailbox")
    page = client.get("/mailbox").text
    assert page.index('id="m-m1"') < page.index('id="m-m0"')
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "\u202e" not in page


def test_a_stack_without_a_mailbox_says_so(client, console):
    def refuse():
        raise CommandError("there is no mailbox on AWS", Exit.USAGE)

    console.mailbox = Mailbox(collect=refuse, read=list)
    assert "there is no mailbox on AWS" in client.get("/mailbox").text
    console.mailbox.collect = list
    assert "No mail yet" in client.get("/mailbox").text


def test_static_files_are_served_and_nothing_else(client):
    assert client.get("/static/console.css").status_code == 200
    assert client.get("/static/vendor/LICENSE_HTMX").status_code == 200
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        assert client.get(path).status_code == 404


def test_what_aws_refuses_is_reported(client, aws, console):
    aws.sqs.delete_queue(QueueUrl=aws.urls[aws.names.dlq("store")])
    answer = client.get("/dlq")
    assert answer.status_code == 409
    assert "no queue image-pipeline-store-dlq" in answer.text
    assert Path(console.stack.names.dlq("store")).name in answer.text


def test_it_says_that_it_is_up(client, aws):
    assert client.get("/health").json()["console"] == aws.names.name
