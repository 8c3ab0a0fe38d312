"""The emulator, patched where AWS is stricter: who may do what there is who may do it on AWS."""

import io
import json
import subprocess
import uuid
import zipfile
from types import SimpleNamespace
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from kit.eventually import eventually
from urllib3.filepost import encode_multipart_formdata

from ops.local import emulator
from ops.local.emulator import ACCOUNT, REGION

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}
QUEUE = "patches-queue"
POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"


@pytest.fixture(scope="module")
def alone():
    """An emulator with nothing on it."""
    running = emulator.start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def root(alone):
    """Makes clients with all permissions."""
    session = boto3.Session("test", "test", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=alone.endpoint)


@pytest.fixture
def role(root):
    """Makes roles that may do what is said, and nothing else; `role.may` changes what one may do."""

    def making(actions, resource):
        name = f"role-{uuid.uuid4().hex[:8]}"
        arn = root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        may(arn, actions, resource)
        return arn

    def may(arn, actions, resource):
        name = arn.rpartition("/")[2]
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        root("iam").put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document)

    making.may = may
    return making


@pytest.fixture
def caller(alone, root, role):
    """Makes clients that may do what is said, and nothing else."""

    def calling(service, actions, resource):
        given = root("sts").assume_role(RoleArn=role(actions, resource), RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], REGION)
        return session.client(service, endpoint_url=alone.endpoint)

    return calling


@pytest.fixture
def function(root):
    """Makes functions that print "here"; the name of each."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("code.py", "def handler(event, context):\n    print('here')\n")

    def making(role_arn):
        name = f"function-{uuid.uuid4().hex[:8]}"
        code = {"ZipFile": archive.getvalue()}
        root("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Role=role_arn, Handler="code.handler", Code=code
        )
        return name

    return making


@pytest.fixture
def queue(root):
    """An empty queue whose messages come back after an hour: its url, send() and count().

    The count is of what waits, and of what is being worked on.
    """
    sqs, names = root("sqs"), ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = sqs.create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)

    def count():
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return tuple(int(found[name]) for name in names)

    return SimpleNamespace(url=url, send=lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), count=count)


@pytest.fixture
def mapping(root, queue):
    """Maps the queue to functions; what a mapping said of its last batch. None is left at the end."""
    made = []

    def making(name):
        answer = root("lambda").create_event_source_mapping(EventSourceArn=QUEUE_ARN, FunctionName=name)
        made.append(answer["UUID"])
        return lambda: root("lambda").get_event_source_mapping(UUID=answer["UUID"])["LastProcessingResult"]

    yield making
    for each in made:
        root("lambda").delete_event_source_mapping(UUID=each)


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def batches(root, queue):
    """A request of each kind of batch, by the action that allows it."""
    queue.send()
    (message,) = root("sqs").receive_message(QueueUrl=queue.url)["Messages"]
    receipt = {"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}
    entries = {
        "sqs:SendMessage": ("send_message_batch", {"Id": "0", "MessageBody": "x"}),
        "sqs:ChangeMessageVisibility": ("change_message_visibility_batch", receipt | {"VisibilityTimeout": 9}),
        "sqs:DeleteMessage": ("delete_message_batch", receipt),
    }
    return {action: (name, {"QueueUrl": queue.url, "Entries": [entry]}) for action, (name, entry) in entries.items()}


@pytest.mark.parametrize("action", ["sqs:SendMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"])
def test_a_batch_is_allowed_by_the_action_for_one_message_and_by_that_alone(caller, batches, action):
    name, request = batches[action]
    assert refused(getattr(caller("sqs", [f"{action}Batch"], QUEUE_ARN), name), **request) == "AccessDenied"
    assert getattr(caller("sqs", [action], QUEUE_ARN), name)(**request)["Successful"]


def all_but(action, actions):
    return [each for each in actions if each != action]


@pytest.mark.parametrize("action", POLLING)
def test_a_mapping_whose_function_may_not_consume_the_queue_is_refused(role, function, mapping, action):
    may = role(all_but(action, POLLING), QUEUE_ARN)
    name = function(may)
    with pytest.raises(ClientError, match=f"permissions to call {action.removeprefix('sqs:')} on SQS") as caught:
        mapping(name)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    role.may(may, POLLING, QUEUE_ARN)
    mapping(name)


@pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"])
def test_a_mapping_takes_nothing_while_its_function_may_not_receive(role, function, mapping, queue, action):
    may = role(POLLING, QUEUE_ARN)
    said = mapping(function(may))
    role.may(may, all_but(action, POLLING), QUEUE_ARN)
    queue.send()
    assert eventually(lambda: said().startswith("PROBLEM"))
    assert queue.count() == (1, 0)
    role.may(may, POLLING, QUEUE_ARN)
    assert eventually(lambda: queue.count() == (0, 0))


def test_what_a_mapping_consumed_comes_back_where_its_function_may_not_delete(role, function, mapping, queue):
    may = role(POLLING, QUEUE_ARN)
    said = mapping(function(may))
    role.may(may, all_but("sqs:DeleteMessage", POLLING), QUEUE_ARN)
    queue.send()
    assert eventually(lambda: said().startswith("PROBLEM"))
    assert queue.count() == (0, 1)


@pytest.mark.parametrize("action", LOGGING)
def test_nothing_is_logged_of_a_function_that_may_not_write_its_log(root, role, function, action):
    anywhere = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/*"
    may = role(all_but(action, LOGGING), anywhere)
    name = function(may)
    root("lambda").invoke(FunctionName=name)
    groups = root("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert groups == []
    role.may(may, LOGGING, anywhere)

    def is_logged():
        # ministack 1.5.33 waits only so long for what a function prints: a late line comes with the next invocation.
        root("lambda").invoke(FunctionName=name)
        events = root("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return "here" in [event["message"] for event in events]

    assert eventually(is_logged)


@pytest.fixture
def tagged(root):
    """A versioned bucket with an object that has a tag: (bucket, version)."""
    bucket = f"tagged-{uuid.uuid4().hex[:8]}"
    root("s3").create_bucket(Bucket=bucket)
    root("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket, root("s3").put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=b")["VersionId"]


def test_tags_are_written_with_an_object_by_those_alone_who_may_tag_it(caller, tagged):
    bucket, _ = tagged
    objects = f"arn:aws:s3:::{bucket}/*"
    request = {"Bucket": bucket, "Key": "k", "Body": b"x"}
    writer = caller("s3", ["s3:PutObject"], objects)
    assert writer.put_object(**request)["VersionId"]
    assert refused(writer.put_object, **request, Tagging="a=b") == "AccessDenied"
    assert caller("s3", ["s3:PutObject", "s3:PutObjectTagging"], objects).put_object(**request, Tagging="a=b")


def test_the_tags_of_an_object_are_counted_for_those_who_may_read_them(caller, tagged):
    bucket, version = tagged
    read, objects = ["s3:GetObject", "s3:GetObjectVersion"], f"arn:aws:s3:::{bucket}/*"
    requests = {
        "s3:GetObjectTagging": {"Bucket": bucket, "Key": "k"},
        "s3:GetObjectVersionTagging": {"Bucket": bucket, "Key": "k", "VersionId": version},
    }
    for action, request in requests.items():
        assert caller("s3", [*read, action], objects).get_object(**request)["TagCount"] == 1
        others = all_but(action, requests)
        assert "TagCount" not in caller("s3", [*read, *others], objects).get_object(**request)


def test_a_version_is_read_by_the_action_for_versions_alone(caller, tagged):
    bucket, version = tagged
    objects = f"arn:aws:s3:::{bucket}/*"
    request = {"Bucket": bucket, "Key": "k", "VersionId": version}
    assert refused(caller("s3", ["s3:GetObject"], objects).get_object, **request) == "AccessDenied"
    assert caller("s3", ["s3:GetObjectVersion"], objects).get_object(**request)["VersionId"] == version


def test_what_is_missing_is_seen_by_those_alone_who_may_list_the_bucket(caller, tagged):
    bucket, _ = tagged
    objects = [f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"]
    request = {"Bucket": bucket, "Key": "nowhere"}
    reader, lister = (
        caller("s3", actions, objects) for actions in (["s3:GetObject"], ["s3:GetObject", "s3:ListBucket"])
    )
    assert (refused(reader.get_object, **request), refused(lister.get_object, **request)) == (
        "AccessDenied",
        "NoSuchKey",
    )
    assert (refused(reader.head_object, **request), refused(lister.head_object, **request)) == ("403", "404")
    assert reader.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_browser_s_form_keeps_the_characters_of_a_file_s_name(root):
    s3 = root("s3")
    s3.create_bucket(Bucket="forms")
    form = s3.generate_presigned_post("forms", "in/${filename}")
    name = "Zoë 写真.jpg"
    body, content_type = encode_multipart_formdata({**form["fields"], "file": (name, b"picture", "image/jpeg")})
    with urlopen(Request(form["url"], body, {"Content-Type": content_type}), timeout=10) as answer:  # noqa: S310 - 127.0.0.1
        assert answer.status == 204
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="forms")["Contents"]] == [f"in/{name}"]
    assert s3.get_object(Bucket="forms", Key=f"in/{name}")["Body"].read() == b"picture"


def test_an_emulator_that_differs_from_the_patched_one_does_not_start():
    script = (
        "import ministack.core.iam_actions as actions\n"
        "actions.extract_iam_action = lambda service, method: None\n"
        "import patches.batches\n"
        "patches.batches.apply()"
    )
    ran = subprocess.run(
        [emulator.PYTHON, "-c", script],
        cwd=emulator._GATEWAY.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "RuntimeError: ministack.core.iam_actions.extract_iam_action takes (service method)" in ran.stderr
