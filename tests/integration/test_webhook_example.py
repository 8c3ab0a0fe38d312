"""The example of signed webhooks: signatures as Standard Webhooks has them, attempts, forgeries, copies."""

import importlib.util
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ops.settings import ROOT

FOLDER = ROOT / "examples" / "webhook"
NOW = 1_614_265_330
NOTIFICATION = {"type": "image-stored", "notice_id": "abc-stored", "source": {"key": "ü.jpg"}}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as where the example runs, whose modules are beside each other
    spec.loader.exec_module(module)
    return module


signatures = load("signatures")
sender, receiver = load("sender"), load("receiver")
KEY = signatures.key_of(SECRET)
OTHER = signatures.key_of("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


def test_a_signature_is_that_of_the_standard_s_own_libraries():
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py"""
    headers = signatures.headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, b'{"test": 2432232314}', [KEY])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["whsec_", "whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", "A" * 92])
def test_a_secret_that_is_none_is_refused(secret):
    with pytest.raises(signatures.WrongSecretError):
        signatures.key_of(secret)


def signed(body=b"{}", at=NOW, keys=(KEY,), **changed):
    return {**signatures.headers_of("id", at, body, keys), **changed}


@pytest.mark.parametrize("keys", [(KEY,), (OTHER, KEY), (KEY, OTHER)], ids=["one", "second", "first"])
def test_one_signature_that_matches_is_enough(keys):
    assert signatures.verify(signed(keys=keys), b"{}", KEY, NOW) == "id"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds):
    assert signatures.verify(signed(at=NOW + seconds), b"{}", KEY, NOW) == "id"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        (signed(), b"{ }"),
        (signed(keys=(OTHER,)), b"{}"),
        (signed(keys=()), b"{}"),
        (signed(at=NOW - 301), b"{}"),
        (signed(at=NOW + 301), b"{}"),
        (signed(**{"webhook-id": "other"}), b"{}"),
        (signed(**{"webhook-timestamp": str(NOW + 1)}), b"{}"),
        (signed(**{"webhook-signature": signed()["webhook-signature"].replace("v1,", "v2,")}), b"{}"),
        (signed(**{"webhook-signature": "v1,ü v1, v1 , "}), b"{}"),
        (signatures.headers_of("", NOW, b"{}", [KEY]), b"{}"),
        (signatures.headers_of("id", "soon", b"{}", [KEY]), b"{}"),
    ],
)
def test_what_is_forged_or_old_is_refused(headers, body):
    with pytest.raises(signatures.ForgedError):
        signatures.verify(headers, body, KEY, NOW)


@pytest.mark.parametrize(
    ("receives", "headers", "chance", "seconds"),
    [
        (1, {}, 0, 5),
        (1, {}, 1, 10),
        (3, {}, 0, 20),
        (3, {"retry-after": "120"}, 0, 120),
        (3, {"retry-after": "1"}, 0, 20),
        (3, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0, 20),
        (100, {}, 1, sender.MAX_RETRY_SECONDS),
        (1, {"retry-after": "999999"}, 0, sender.MAX_RETRY_SECONDS),
    ],
)
def test_the_next_attempt_is_later_each_time(receives, headers, chance, seconds):
    assert sender.retry_seconds(receives, headers, chance) == seconds


@pytest.fixture
def queue(aws):
    url = aws.sqs.create_queue(QueueName="webhooks")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=aws.topic_arn, Protocol="sqs", Endpoint=arn)
    aws.sns.publish(TopicArn=aws.topic_arn, Message=json.dumps(NOTIFICATION))
    return url


def waiting(aws, queue):
    """How many messages are there, and how many of them are not visible yet."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return tuple(int(found[name]) for name in names)


def forward(aws, queue, send, url="https://a.example/"):
    options = {"send": send, "now": lambda: NOW, "chance": lambda: 0, "wait_seconds": 0}
    return sender.forward(aws.sqs, queue, url, [KEY], **options)


def test_an_answer_of_2xx_ends_the_message_and_another_has_it_come_again(aws, queue, capsys):
    sent = []

    def refuses(url, body, headers):
        sent.append((url, body, headers))
        return 503, {"retry-after": "0"}

    assert forward(aws, queue, refuses) == 1
    assert waiting(aws, queue) == (0, 1)
    assert "abc-stored: answer 503; next attempt in 5 s" in capsys.readouterr().err
    ((url, body, headers),) = sent
    assert (url, json.loads(body)) == ("https://a.example/", NOTIFICATION)
    assert signatures.verify(headers, body, KEY, NOW) == "abc-stored"
    aws.sns.publish(TopicArn=aws.topic_arn, Message=json.dumps(NOTIFICATION))
    assert forward(aws, queue, lambda *_: (204, {})) == 1
    assert waiting(aws, queue) == (0, 1)


def test_no_answer_has_it_come_again_and_410_ends_the_sender(aws, queue, capsys):
    def nobody(*_):
        raise ConnectionRefusedError("nobody listens")

    forward(aws, queue, nobody)
    assert "nobody listens" in capsys.readouterr().err
    aws.sns.publish(TopicArn=aws.topic_arn, Message=json.dumps(NOTIFICATION))
    with pytest.raises(sender.GoneError, match="410"):
        forward(aws, queue, lambda *_: (410, {}))
    assert waiting(aws, queue) == (0, 2)


def test_what_cannot_be_read_is_not_posted_and_stays(aws, queue):
    forward(aws, queue, lambda *_: (200, {}))
    for body in ("{", "{}", '{"Message": "{}"}', '{"Message": "[]"}'):
        aws.sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert forward(aws, queue, lambda *_: pytest.fail("posted")) == 4
    assert waiting(aws, queue) == (0, 4)


@pytest.fixture
def served():
    """A receiver at work: its URL, what it handled, and what it raises next."""
    handled, raises = [], []

    def handle(notification):
        if raises:
            raise raises.pop()
        handled.append(notification)

    server = HTTPServer(("127.0.0.1", 0), receiver.receiver(KEY, handle, lambda: NOW))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", handled, raises
    server.shutdown()
    thread.join()
    server.server_close()


def post(url, body=b"{}", **headers):
    return sender.post(url, body, headers or signed(body))[0]


def test_a_notification_goes_from_the_queue_to_the_receiver_once(aws, queue, served):
    url, handled, _ = served
    aws.sns.publish(TopicArn=aws.topic_arn, Message=json.dumps(NOTIFICATION))
    assert forward(aws, queue, sender.post, url) == 2
    assert handled == [NOTIFICATION]
    assert waiting(aws, queue) == (0, 0)


def test_a_handler_that_fails_is_called_again(served):
    url, handled, raises = served
    raises.append(OSError("full"))
    assert [post(url), post(url), post(url)] == [500, 204, 204]
    assert handled == [{}]


def test_the_receiver_refuses_forgeries_and_large_bodies(served):
    url, handled, _ = served
    assert post(url, b'{"a": 1}', **signed(b"{}")) == 401
    assert post(url, b"{}", **signed(at=NOW - 301)) == 401
    assert post(url, b"{}", **signed(), **{"content-length": "1000001"}) == 413
    assert handled == []


def test_a_redirect_is_not_followed(served):
    url, handled, _ = served

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(302)
            self.send_header("location", url)
            self.end_headers()

        def do_GET(self):
            pytest.fail("followed")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert post(f"http://127.0.0.1:{server.server_address[1]}/") == 302
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert handled == []
