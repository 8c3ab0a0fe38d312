"""The examples load: settings by the product's own reader, and the consumer against SNS and SQS of moto."""

import base64
import datetime as dt
import importlib.util
import json
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from kit.dlq_messages import source

from ops import settings
from ops.local.emulator import ACCOUNT, REGION
from ops.names import Names
from ops.settings import ROOT
from shared.aws.topics import SnsNotices
from shared.notifications import ImageStored, StoredRendition

EXAMPLES = ROOT / "examples"
FILES = sorted(EXAMPLES.glob("*/pipeline.yaml"))


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


consumer = load(EXAMPLES / "notification-consumer" / "consumer.py")


def stored(number=1):
    output = StoredRendition(
        rendition="thumb",
        bucket="o",
        key="a-thumb.jpg",
        width=1,
        height=1,
        frames=1,
        content_type="image/jpeg",
        size_bytes=1,
    )
    return ImageStored(
        **{consumer.ID_FIELD: f"id-{number}"},
        source=source(),
        outputs=(output,),
        stored_at="2026-11-29T00:00:00Z",
        seconds=1.0,
        source_format="JPEG",
        source_width=1,
        source_height=1,
    )


@pytest.fixture
def queue(aws):
    url = aws.sqs.create_queue(QueueName="archive")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=aws.topic_arn, Protocol="sqs", Endpoint=arn)
    return url


@pytest.mark.parametrize(
    ("example", "queue"), [("notification-consumer", "archive"), ("browser-upload", "web-app"), ("webhook", "webhooks")]
)
def test_the_queue_s_policy_lets_the_local_topic_send(example, queue):
    attributes = json.loads((EXAMPLES / example / "queue.json").read_text(encoding="utf-8"))
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    names = Names(name=settings.load().name, account=ACCOUNT, region=REGION)
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"] == names.topic_arn
    assert statement["Resource"] == names.queue_arn(queue)


@pytest.fixture
def seen():
    with consumer.closing(consumer.open_seen(":memory:")) as opened:
        yield opened


def receive(aws, queue, seen, **options):
    return consumer.consume(aws.sqs, queue, seen, wait_seconds=0, **options)


def left(aws, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_settings_are_valid(path):
    assert settings.load(path).name


def test_there_are_settings():
    assert {path.parent.name for path in FILES} == {"profiles", "moderation", "github"}


def test_moderation_is_on():
    assert settings.load(EXAMPLES / "moderation" / "pipeline.yaml").moderates


def test_what_github_is_given_are_variables_of_its_root():
    given = re.findall(
        r"^(\w+) +=", (EXAMPLES / "github" / "terraform.tfvars").read_text(encoding="utf-8"), re.MULTILINE
    )
    known = (ROOT / "terraform" / "github" / "variables.tf").read_text(encoding="utf-8")
    assert given
    assert set(given) <= set(re.findall(r'^variable "(\w+)"', known, re.MULTILINE))


def test_every_example_has_a_readme_that_the_list_names():
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all((EXAMPLES / name / "README.md").is_file() and f"({name}/README.md)" in listed for name in folders)


def test_a_notification_is_handled_once_however_often_it_comes(aws, queue, seen):
    handled = []
    for _ in range(2):
        SnsNotices(lambda: aws.sns, aws.topic_arn).publish(stored())
        assert receive(aws, queue, seen, handler=handled.append) == 1
    assert [each["type"] for each in handled] == ["image-stored"]
    assert left(aws, queue) == 0


def test_what_the_handler_fails_on_comes_back(aws, queue, seen):
    def fails(_):
        raise KeyError("not yet")

    SnsNotices(lambda: aws.sns, aws.topic_arn).publish(stored())
    receive(aws, queue, seen, handler=fails)
    assert left(aws, queue) == 1
    handled = []
    assert consumer.once(seen, json.loads(stored().encode()), handled.append)
    assert handled


def test_every_kind_is_printed(capsys, seen):
    for path in sorted((ROOT / "tests/unit/shared/golden/1").glob("*.json")):
        message = json.loads(path.read_text(encoding="utf-8"))
        if consumer.ID_FIELD in message:
            consumer.handle(message)
    said = capsys.readouterr().out
    assert {line.split()[0] for line in said.splitlines()} == {"stored", "failed", "rejected", "batch"}


@pytest.fixture(scope="module")
def signer():
    """Signs as SNS does, with a certificate of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )

    def sign(**changed):
        envelope = {
            "Type": "Notification",
            "MessageId": "m",
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t",
            "Subject": "Stored: a.jpg",
            "Message": stored().encode(),
            "Timestamp": "2026-11-29T00:00:00.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        }
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {**envelope, "Signature": base64.b64encode(signature).decode(), **changed}

    return sign, lambda _: certificate.public_bytes(serialization.Encoding.PEM)


def test_what_sns_signed_is_taken(signer):
    sign, fetch = signer
    consumer.verify(sign(), fetch, "arn:aws:sns:eu-west-1:123456789012:t")


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "{}"},
        {"Subject": "another"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.example.com/a.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/a.pem"},
        {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:other"},
    ],
    ids=["message", "subject", "host", "scheme", "topic"],
)
def test_what_sns_did_not_sign_is_refused(signer, changed):
    sign, fetch = signer
    with pytest.raises(consumer.ForgedError):
        consumer.verify(sign(**changed), fetch, "arn:aws:sns:eu-west-1:123456789012:t")


def test_what_is_forged_stays_in_the_queue(aws, queue, seen):
    def refuse(_):
        raise consumer.ForgedError("no")

    SnsNotices(lambda: aws.sns, aws.topic_arn).publish(stored())
    handled = []
    receive(aws, queue, seen, handler=handled.append, check=refuse)
    assert handled == []
    assert left(aws, queue) == 1
