"""Webhooks on the local AWS: confirmed first, then posted to, over http and https; by the code of the guide too."""

import json
import re
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from urllib.request import urlopen

import pytest
from kit.eventually import eventually
from kit.pictures import gradient, saved

from ops.cli.main import main
from ops.local import emulator
from ops.settings import ROOT

GUIDE = (ROOT / "docs" / "guide" / "notifications.md").read_text(encoding="utf-8")
JPEG = saved(gradient((320, 240)), "JPEG")
WAIT_SECONDS = 60


class Webhook:
    """Keeps what is posted to it: the headers, and the body as JSON where it is JSON."""

    def __init__(self, certificate=None):
        posts = self.posts = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                posts.put((self.headers, json.loads(body) if body.startswith("{") else body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/hook"

    def next(self):
        return self.posts.get(timeout=WAIT_SECONDS)


@contextmanager
def serving(webhook):
    thread = threading.Thread(target=webhook.server.serve_forever)
    thread.start()
    try:
        yield webhook
    finally:
        webhook.server.shutdown()
        thread.join()
        webhook.server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that signs itself, and its key."""
    path = tmp_path_factory.mktemp("tls") / "webhook.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(["openssl", *words.split(), "-keyout", path, "-out", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def trusting(certificate):
    """An emulator that is started where SSL_CERT_FILE names the certificate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        running = emulator.start()
    yield running
    running.end()


@pytest.fixture
def sns(trusting):
    return trusting.session().client("sns", endpoint_url=trusting.endpoint)


@pytest.fixture
def topic(sns):
    arn = sns.create_topic(Name="topic")["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


@pytest.fixture(params=["http", "https"])
def webhook(request, certificate):
    with serving(Webhook(certificate if request.param == "https" else None)) as running:
        yield running


def subscribe(sns, topic, webhook, **more):
    protocol = webhook.url.partition(":")[0]
    return sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=webhook.url, **more)["SubscriptionArn"]


def visited(url):
    with urlopen(url) as answer:  # noqa: S310 - of the local AWS
        return answer.read().decode()


def test_nothing_is_posted_before_the_token_is_confirmed_and_everything_after(sns, topic, webhook):
    assert subscribe(sns, topic, webhook) == "pending confirmation"
    headers, asked = webhook.next()
    sns.publish(TopicArn=topic, Message="before")
    assert (headers["x-amz-sns-message-type"], headers["x-amz-sns-topic-arn"]) == ("SubscriptionConfirmation", topic)
    fields = {"Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp"}
    assert asked.keys() == fields | {"SignatureVersion", "Signature", "SigningCertURL"}
    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    published = sns.publish(TopicArn=topic, Message="after", Subject="s")["MessageId"]
    headers, notified = webhook.next()
    assert (notified["Type"], notified["Message"], notified["Subject"]) == ("Notification", "after", "s")
    assert webhook.posts.empty()
    expected = {"type": "Notification", "id": published}
    assert {name: headers[f"x-amz-sns-message-{name}"] for name in expected} == expected
    assert (headers["x-amz-sns-topic-arn"], headers["x-amz-sns-subscription-arn"]) == (topic, arn)


def test_who_visits_the_subscribe_url_has_confirmed_and_by_the_unsubscribe_url_has_ended(sns, topic, webhook):
    subscribe(sns, topic, webhook)
    assert "<SubscriptionArn>arn:" in visited(webhook.next()[1]["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="after")
    visited(webhook.next()[1]["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_what_is_not_confirmed_has_no_arn_but_for_who_asks_for_it(sns, topic, webhook):
    arn = subscribe(sns, topic, webhook, ReturnSubscriptionArn=True)
    assert arn.startswith(topic)
    for listed in (sns.list_subscriptions_by_topic(TopicArn=topic), sns.list_subscriptions()):
        assert [each["SubscriptionArn"] for each in listed["Subscriptions"]] == ["PendingConfirmation"]
    sns.confirm_subscription(TopicArn=topic, Token=webhook.next()[1]["Token"])
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == arn


def test_who_subscribes_again_before_confirming_is_asked_again(sns, topic, webhook):
    assert subscribe(sns, topic, webhook) == subscribe(sns, topic, webhook) == "pending confirmation"
    first, second = webhook.next()[1], webhook.next()[1]
    assert first["Token"] == second["Token"]
    arn = sns.confirm_subscription(TopicArn=topic, Token=second["Token"])["SubscriptionArn"]
    assert subscribe(sns, topic, webhook) == arn
    sns.publish(TopicArn=topic, Message="after")
    assert webhook.next()[1]["Type"] == "Notification"
    assert webhook.posts.empty()


def test_a_raw_message_is_posted_as_it_is(sns, topic, webhook):
    subscribe(sns, topic, webhook, Attributes={"RawMessageDelivery": "true"})
    sns.confirm_subscription(TopicArn=topic, Token=webhook.next()[1]["Token"])
    sns.publish(TopicArn=topic, Message="as it is")
    headers, body = webhook.next()
    assert (headers["x-amz-sns-rawdelivery"], body) == ("true", "as it is")


def test_a_certificate_that_nobody_trusts_is_posted_nothing(certificate):
    running = emulator.start()
    try:
        sns = running.session().client("sns", endpoint_url=running.endpoint)
        topic = sns.create_topic(Name="topic")["TopicArn"]
        with serving(Webhook(certificate)) as webhook:
            webhook.server.handle_error = lambda *_: None  # the handshake that breaks off
            subscribe(sns, topic, webhook)
            assert eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in running.log.read_text())
            assert webhook.posts.empty()
    finally:
        running.end()


@pytest.fixture
def guide(monkeypatch):
    """The webhook of the guide, and what it prints."""
    (code,) = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    printed, made = Queue(), {}
    made["print"] = lambda text: printed.put(json.loads(text))
    exec(compile(code.partition("\nHTTPServer")[0], "notifications.md", "exec"), made)  # noqa: S102 - our own guide
    webhook = Webhook()
    webhook.server.RequestHandlerClass = made["Webhook"]
    made["Webhook"].log_message = lambda *_: None
    with serving(webhook):
        yield webhook.url, printed


@pytest.fixture
def run(environment, monkeypatch, capsys):
    """Run a command of `pipeline` as a person whose shell leads to the local AWS; what it prints."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def running(*words):
        capsys.readouterr()
        assert main(words) == 0
        return capsys.readouterr()

    return running


def test_the_guide_s_webhook_confirms_itself_and_is_notified_of_an_image(guide, run, tmp_path):
    url, printed = guide
    run("subscribe", url, "--prefix", "webhook/", "--only", "completions")
    row = [url, "http", "confirmed", "completions", "under", "webhook/,"]
    assert eventually(lambda: row in [line.split()[:6] for line in run("subscriptions").out.splitlines()])
    (tmp_path / "ü.jpg").write_bytes(JPEG)
    run("upload", str(tmp_path / "ü.jpg"), "--prefix", "webhook/")
    notified = printed.get(timeout=WAIT_SECONDS)
    assert (notified["type"], notified["source"]["key"]) == ("image-stored", "webhook/ü.jpg")
    run("unsubscribe", url)
