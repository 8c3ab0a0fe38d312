"""The proxy passes on what it gets, names it, and fails as it is asked to, in the SDK's own eyes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from faults.proxy import Proxy
from faults.rules import Call, Chance, FaultPlan, Point

ANSWERS = {
    "GET": ("application/octet-stream", b"pixels"),
    "PUT": ("text/plain", b""),
    "HEAD": ("text/plain", b""),
    "sqs": ("application/x-amz-json-1.0", b'{"Successful": [], "Failed": []}'),
    "dynamodb": ("application/x-amz-json-1.0", b"{}"),
    "sns": ("text/xml", b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"),
    "delete": ("application/xml", b"<DeleteResult/>"),
}


class Upstream(BaseHTTPRequestHandler):
    """Answers as AWS would, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    asked = None

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        target = self.headers.get("X-Amz-Target", "")
        kind = "sqs" if "SQS" in target else "dynamodb" if target else "sns" if b"Action=" in body else self.command
        content_type, data = ANSWERS["delete" if kind == "POST" else kind]
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_PUT = do_HEAD = do_POST = answer  # noqa: N815 - as http.server calls them

    def log_message(self, *_):
        pass


@pytest.fixture
def upstream():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class World:
    """A proxy before the upstream, and clients of it."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.calls, self.killed = [], []
        self.fault = None

    def rule(self, call):
        self.calls.append(call)
        return self.fault

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.proxy.endpoints["resize"],
            region_name="us-east-1",
            aws_access_key_id="k",
            aws_secret_access_key="s",
            config=Config(retries={"mode": "standard", "max_attempts": 3}),
        )


@pytest.fixture
def world(upstream):
    world = World(upstream)
    url = f"http://127.0.0.1:{upstream.server_address[1]}"
    with Proxy(url, ("resize",), world.rule, world.killed.append) as proxy:
        world.proxy = proxy
        yield world


def test_every_call_is_named_with_its_service_and_image(world):
    s3 = world.client("s3")
    s3.get_object(Bucket="in", Key="a/pt-00012-x y.jpg")
    s3.head_object(Bucket="out", Key="pt-00012-x.jpg")
    s3.put_object(Bucket="out", Key="pt-00012-x.jpg", Body=b"b", IfNoneMatch="*")
    world.proxy.images["0123456789abcdef0123"] = "00012"
    s3.delete_objects(Bucket="work", Delete={"Objects": [{"Key": "0123456789abcdef0123/resize.zip"}]})
    url = world.proxy.endpoints["resize"] + "/0/q"
    entries = [{"Id": "0", "MessageBody": '{"key": "pt-00012-x.jpg"}'}]
    world.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    key = {"source": {"S": "in/pt-00012-x.jpg"}, "image_id": {"S": "i"}}
    world.client("dynamodb").update_item(TableName="t", Key=key)
    world.client("sns").publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message='{"key": "pt-00012-x.jpg"}')
    assert [call.name for call in world.calls] == [
        "s3.GetObject",
        "s3.HeadObject",
        "s3.PutObject?",
        "s3.DeleteObjects",
        "sqs.SendMessageBatch",
        "dynamodb.UpdateItem",
        "sns.Publish",
    ]
    assert {(call.service, call.points) for call in world.calls} == {("resize", frozenset({"00012"}))}


def test_bytes_go_through_as_they_are(world, upstream):
    body = bytes(range(256)) * 20_000
    world.client("s3").put_object(Bucket="b", Key="k", Body=body)
    ((_, _, headers, got),) = upstream.asked
    assert got == body
    assert headers["Host"] == world.proxy.endpoints["resize"].removeprefix("http://")
    assert world.client("s3").get_object(Bucket="b", Key="k")["Body"].read() == b"pixels"


CALLS = {
    "s3": lambda c: c.put_object(Bucket="b", Key="k", Body=b"b"),
    "sqs": lambda c: c.send_message_batch(QueueUrl="http://q/0/q", Entries=[{"Id": "0", "MessageBody": "b"}]),
    "dynamodb": lambda c: c.get_item(TableName="t", Key={"a": {"S": "b"}}),
    "sns": lambda c: c.publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="m"),
}


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize(
    ("fault", "code"), [("unavailable", "ServiceUnavailable"), ("throttled", "ThrottlingException")]
)
def test_a_refusal_reads_as_the_service_s_own_and_nothing_reaches_aws(world, upstream, service, fault, code):
    world.fault = fault
    with pytest.raises(ClientError) as refused:
        CALLS[service](world.client(service))
    assert refused.value.response["Error"]["Code"] == ("SlowDown" if (service, fault) == ("s3", "throttled") else code)
    assert upstream.asked == []
    assert len(world.calls) == 4
    assert len({call.logical for call in world.calls}) == 1


def test_the_sdk_does_not_retry_a_conflict(world, upstream):
    world.fault = "conflict"
    with pytest.raises(ClientError, match="ConditionalRequestConflict"):
        CALLS["s3"](world.client("s3"))
    assert (upstream.asked, len(world.calls)) == ([], 1)


def test_a_lost_answer_leaves_what_was_asked_for_done(world, upstream):
    world.fault = "lost_response"
    with pytest.raises((HTTPClientError, EndpointConnectionError)):
        CALLS["s3"](world.client("s3"))
    assert len(upstream.asked) == 4


@pytest.mark.parametrize(("fault", "reached"), [("kill_before", 0), ("kill_after", 1)])
def test_a_kill_comes_before_or_after_the_call(world, upstream, fault, reached):
    world.fault = fault
    world.proxy.kill = lambda call: (world.killed.append(len(upstream.asked)), setattr(world, "fault", None))
    CALLS["s3"](world.client("s3"))  # nobody dies here, so the SDK tries again
    assert world.killed == [reached]


def call(plan_points, service="store", logical="1"):
    return Call(service=service, api="s3", operation="GetObject", points=frozenset(plan_points), logical=logical)


def test_a_point_strikes_its_image_at_its_service_and_call_alone():
    plan = FaultPlan({"1": [Point(service="store", number=1, fault="unavailable")]})
    assert plan(call(["1"], logical="a")) is None
    assert plan(call(["2"], logical="b")) is None
    assert plan(call(["1"], service="resize", logical="c")) is None
    assert [plan(call(["1"], logical="d")), plan(call(["1"], logical="d"))] == ["unavailable", "unavailable"]
    assert plan(call(["1"], logical="e")) is None
    assert plan.fired == {"1": 1}


def test_a_kill_strikes_once():
    plan = FaultPlan({"1": [Point(service="store", number=0, fault="kill_before")]})
    assert [plan(call(["1"])), plan(call(["1"]))] == ["kill_before", None]


def test_chance_decides_once_for_all_attempts_of_a_call_and_can_be_turned_off():
    chance = Chance(0.5, 1, ("unavailable",))
    first = [chance(call([], logical=str(number))) for number in range(200)]
    assert [chance(call([], logical=str(number))) for number in range(200)] == first
    assert 70 < first.count("unavailable") < 130
    assert chance.counts == {"none": first.count(None), "unavailable": first.count("unavailable")}
    chance.on = False
    assert {chance(call([], logical=str(number))) for number in range(200)} == {None}
