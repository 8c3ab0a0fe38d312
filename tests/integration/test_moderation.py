"""Moderation on Rekognition's wire, and through the real handlers."""

import ast
import io
import json
import logging
import subprocess
import sys

import pytest
from kit import rekognition
from kit.deployment import photo
from kit.pictures import gradient, saved
from PIL import Image

from ops import settings as pipeline_settings
from ops.aws.ledger import LedgerTable
from ops.settings import ROOT
from shared.aws import clients
from shared.aws.moderation import RekognitionModerator
from shared.errors import AwsUnavailable, ModerationRefused
from shared.notifications import ImageRejected, ImageStored
from shared.ports import Label, Labels

ON = {"enabled": True}


@pytest.fixture
def service(aws, monkeypatch):
    """A placeholder for Rekognition, where the SDK looks for it; and no pauses between the SDK's own attempts."""
    with rekognition.running() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", running.endpoint)
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        yield running
        assert running.wrong == []


@pytest.fixture
def moderator(service):
    return RekognitionModerator(clients.rekognition)


@pytest.fixture
def moderated(service, pipeline):
    """A pipeline with moderation on, where what is red is gory."""
    pipeline.settings = pipeline_settings.parse({"name": pipeline.aws.names.name, "moderation": ON})
    service.answer = rekognition.red_is(rekognition.GORE, rekognition.CLEAN)
    return pipeline


def picture(colour="red", size=(200, 100)):
    return saved(Image.new("RGB", size, colour), "JPEG")


def test_a_recorded_answer_is_read(service, moderator):
    service.answer = lambda _: (200, rekognition.SMOKING)
    confidence = 99.44782257080078
    assert moderator.labels(picture(), least=50) == Labels(
        found=(
            Label(name="Smoking", parent="Drugs & Tobacco Paraphernalia & Use", confidence=confidence),
            Label(name="Drugs & Tobacco Paraphernalia & Use", parent="Drugs & Tobacco", confidence=confidence),
            Label(name="Drugs & Tobacco", parent="", confidence=confidence),
        ),
        model="7.0",
    )


def test_the_picture_travels_byte_by_byte_with_the_least_confidence_that_matters(service, moderator):
    data = picture("#123456")
    assert moderator.labels(data, least=61.5) == Labels(found=(), model="7.0")
    (request,) = service.requests
    assert set(request) == {"Image", "MinConfidence"}
    assert set(request["Image"]) == {"Bytes"}
    assert request["MinConfidence"] == 61.5
    assert service.pictures[0].tobytes() == Image.open(io.BytesIO(data)).tobytes()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (rekognition.THROTTLED, "ThrottlingException: Rate exceeded"),
        (rekognition.EXHAUSTED, "ProvisionedThroughputExceededException: Provisioned rate exceeded"),
        (rekognition.BROKEN, "InternalServerError: Internal server error"),
        (rekognition.error("SomethingNewException", "new"), "SomethingNewException: new"),
    ],
)
def test_what_may_pass_is_tried_again(service, moderator, answer, words):
    service.answer = lambda _: answer
    with pytest.raises(AwsUnavailable, match=words) as raised:
        moderator.labels(picture(), least=50)
    assert str(raised.value).startswith("asking Rekognition for labels: ")


def test_a_throttle_that_passes_at_once_is_no_error(service, moderator):
    answers = iter([rekognition.THROTTLED, rekognition.BROKEN, (200, rekognition.CLEAN)])
    service.answer = lambda _: next(answers)
    assert moderator.labels(picture(), least=50).found == ()
    assert len(service.requests) == 3


@pytest.mark.parametrize("answer", [rekognition.TOO_LARGE, rekognition.BAD_FORMAT, rekognition.BAD_PARAMETERS])
def test_a_picture_that_is_not_taken_is_not_shown_again(service, moderator, answer):
    service.answer = lambda _: answer
    with pytest.raises(ModerationRefused, match=answer[1]["__type"]):
        moderator.labels(picture(), least=50)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (saved(gradient(), "GIF"), "InvalidImageFormatException"),
        (picture(size=(200, 79)), "InvalidParameterException"),
        (picture() + bytes(5 * 1024**2), "InvalidParameterException"),
    ],
)
def test_the_placeholder_refuses_what_rekognition_refuses(moderator, data, words):
    with pytest.raises(ModerationRefused, match=words):
        moderator.labels(data, least=50)


@pytest.mark.parametrize(
    "answer",
    [{}, {"ModerationLabels": [{"Name": "Explicit"}]}, {"ModerationLabels": [{"Confidence": 99.0}]}],
)
def test_an_answer_that_is_not_understood_lets_nothing_pass(service, moderator, answer, monkeypatch):
    # As the SDK would hand it on: an answer without its labels.
    monkeypatch.setattr(service, "reply", lambda *_: (200, answer))
    with pytest.raises(AwsUnavailable, match="the answer is not understood"):
        moderator.labels(picture(), least=50)


def test_a_moderator_that_is_not_there_is_no_moderator_that_agrees(service, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", "http://127.0.0.1:9")
    with pytest.raises(AwsUnavailable, match="EndpointConnectionError"):
        RekognitionModerator(clients.rekognition).labels(picture(), least=50)


def test_a_rejected_image_is_reported_once_and_leaves_nothing(moderated):
    moderated.upload("gore.jpg", picture("red"))
    moderated.upload("fine.jpg", picture("green"))
    assert moderated.run("resize") == {"resize": []}
    assert len(moderated.intermediate()) == 1
    moderated.run()
    assert moderated.outputs() == ["fine-resized.jpg", "fine-thumb.jpg"]
    assert {key: row for (key, _), row in moderated.rows().items()} == {
        "gore.jpg": ("rejected", None),
        "fine.jpg": ("stored", None),
    }
    reported = {type(notice): notice for notice in moderated.mail()}
    assert reported.keys() == {ImageRejected, ImageStored}
    notice = reported[ImageRejected]
    assert (notice.source.key, notice.label, notice.confidence) == ("gore.jpg", "Blood & Gore", 97.3)
    assert (notice.rule, notice.threshold, notice.model) == ("Graphic Violence", 80, "7.0")
    assert (moderated.dead_lettered("resize"), moderated.bodies("resize")) == ([], [])
    (row,) = LedgerTable(moderated.aws.dynamodb, moderated.aws.names.ledger).of_key(
        moderated.aws.names.input_bucket, "gore.jpg"
    )
    assert row.reason == (
        "Blood & Gore (under Graphic Violence) at 97.3 %; rejected from 80 %"
        " (moderation.labels; Rekognition's model 7.0)"
    )
    assert (row.outputs, row.error) == ((), None)


def test_the_event_of_a_rejected_image_that_comes_again_does_nothing(moderated, service):
    version = moderated.upload("gore.jpg", picture("red"))
    moderated.run("resize")
    assert len(moderated.mail()) == 1
    rows, event = moderated.rows(), moderated.event("gore.jpg", version, 1)
    # A second event of its own: looked at again, but nobody is notified.
    moderated.send(event)
    assert moderated.run("resize") == {"resize": []}
    assert (moderated.rows(), moderated.mail(), moderated.intermediate()) == (rows, [], [])
    # The same message once more: not even looked at.
    shown = len(service.requests)
    moderated.send(event)
    url = moderated.aws.urls[moderated.aws.names.queue("resize")]
    moderated.aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    assert moderated.run("resize") == {"resize": []}
    assert (len(service.requests), moderated.rows(), moderated.mail()) == (shown, rows, [])


def test_what_is_stored_is_not_reported_as_rejected(moderated, service):
    service.answer = lambda _: (200, rekognition.CLEAN)
    version = moderated.upload("gore.jpg", picture("red"))
    moderated.run()
    assert [type(notice) for notice in moderated.mail()] == [ImageStored]
    service.answer = lambda _: (200, rekognition.GORE)
    moderated.send(moderated.event("gore.jpg", version, 1, sequencer=f"{1:016X}"))
    assert moderated.run("resize") == {"resize": []}
    assert (list(moderated.rows().values()), moderated.mail()) == ([("stored", None)], [])


@pytest.mark.parametrize("answer", [rekognition.THROTTLED, rekognition.BROKEN, rekognition.DENIED])
def test_an_image_waits_until_it_can_be_moderated(moderated, service, answer):
    usual = service.answer
    service.answer = lambda _: answer
    moderated.upload("fine.jpg", picture("green"))
    moderated.upload("gore.jpg", picture("red"))
    assert len(moderated.run("resize")["resize"]) == 2
    assert (moderated.intermediate(), moderated.mail(), moderated.rows()) == ([], [], {})
    service.answer = usual
    moderated.wait()
    moderated.run()
    assert sorted(outcome for outcome, _ in moderated.rows().values()) == ["rejected", "stored"]


def test_an_image_that_may_not_be_moderated_is_dead_lettered_with_the_missing_permission(moderated, service):
    service.answer = lambda _: rekognition.DENIED
    moderated.upload("fine.jpg", picture("green"))
    for _ in range(5):
        moderated.run("resize")
        moderated.wait()
    (entry,) = moderated.dead_lettered("resize")
    assert entry["error"] == "AccessDenied"
    assert "Grant rekognition:DetectModerationLabels" in entry["reason"]
    assert (moderated.intermediate(), list(moderated.rows().values())) == ([], [("failed", "AccessDenied")])


def test_a_picture_that_is_not_taken_is_dead_lettered_at_once(moderated, service):
    service.answer = lambda _: rekognition.BAD_FORMAT
    moderated.upload("fine.jpg", picture("green"))
    assert moderated.run("resize") == {"resize": []}
    (entry,) = moderated.dead_lettered("resize")
    assert entry["error"] == "ModerationRefused"
    assert "InvalidImageFormatException" in entry["reason"]
    assert "bytes was shown" in entry["reason"]


@pytest.mark.parametrize("name", ["moderation", "moderation-enabled", "labels"])
def test_no_uploader_switches_it_off(moderated, service, name):
    moderated.upload("gore.jpg", picture("red"), Metadata={f"pipeline-{name}": "off"})
    moderated.run("resize")
    (entry,) = moderated.dead_lettered("resize")
    assert entry["error"] == "BadOverride"
    assert f"pipeline-{name} is not an override" in entry["reason"]
    assert (moderated.intermediate(), service.requests) == ([], [])


@pytest.mark.parametrize(("answer", "said"), [(rekognition.SMOKING, "passed on"), (rekognition.GORE, "rejected")])
def test_what_was_seen_is_in_the_log(moderated, service, caplog, answer, said):
    service.answer = lambda _: (200, answer)
    moderated.upload("photo.jpg", photo())
    with caplog.at_level(logging.INFO):
        moderated.run("resize")
    (line,) = [record for record in caplog.records if record.getMessage() == said]
    assert line.key == "photo.jpg"
    labels = {label["Name"]: round(label["Confidence"], 1) for label in answer["ModerationLabels"]}
    assert line.moderation == {"model": "7.0", "shown": 1, "labels": labels}


def test_nobody_is_asked_where_it_is_off(service, pipeline):
    pipeline.upload("gore.jpg", picture("red"))
    pipeline.run()
    assert [outcome for outcome, _ in pipeline.rows().values()] == ["stored"]
    assert service.requests == []


_START = """
import json, os, sys
os.environ.update(json.loads(sys.argv[1]))
from services.resize import handler
handler._runner()
print([name for name in sys.modules if "moderat" in name or "rekognition" in name])
"""


@pytest.mark.parametrize("enabled", [False, True])
def test_a_start_imports_nothing_of_moderation_while_it_is_off(enabled):
    parsed = pipeline_settings.parse({"name": "pics", "moderation": {"enabled": enabled}})
    environment = pipeline_settings.placeholders(parsed, "resize") | {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    command = [sys.executable, "-c", _START, json.dumps(environment)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    modules = ["services.resize.moderation", "shared.aws.moderation", "shared.aws.rekognition"] if enabled else []
    assert sorted(ast.literal_eval(done.stdout)) == modules
