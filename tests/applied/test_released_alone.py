"""A release of one service stands beside the release before of the others: it is deployed alone, and images flow."""

import hashlib
import json
import shutil
import time

import pytest
from kit.pictures import gradient, saved

from ops.aws.functions import live_version
from ops.deploy.rollback import rollback
from ops.deploy.roots import BOOTSTRAP, DEPLOYED
from ops.images.follow import Upload, follow, upload
from ops.names import SERVICES
from ops.packaging import package
from ops.settings import ROOT
from shared.messages import SCHEMA

SERVICE = "store"
OTHERS = tuple(service for service in SERVICES if service != SERVICE)
NEXT_SCHEMA = SCHEMA + 1


@pytest.fixture(scope="module")
def next_release(tmp_path_factory, rehearsal):
    """The zip of a release to come of the one service, which reads a schema that nobody writes yet."""
    tree = tmp_path_factory.mktemp("next")
    for name in ("services", "shared"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    messages = tree / "shared" / "messages.py"
    text = messages.read_text(encoding="utf-8")
    released = f"SCHEMA: Final = {SCHEMA}\n"
    assert text.count(released) == 1
    messages.write_text(text.replace(released, f"SCHEMA: Final = {NEXT_SCHEMA}\n"), encoding="utf-8")
    settings = rehearsal.account.settings
    return package.build(SERVICE, target="host", out_dir=tree / "zips", settings=settings, root=tree).path


@pytest.fixture
def upload_files(rehearsal, tmp_path):
    """Upload a photo; its outcome."""

    def uploading(key):
        path = tmp_path / "photo.jpg"
        path.write_bytes(saved(gradient((600, 400)), "JPEG"))
        (uploaded,) = upload(rehearsal.account, [Upload(path=path, key=key)])
        return uploaded

    return uploading


def outcome(rehearsal, uploaded):
    return follow(rehearsal.account.ledger, [uploaded], timeout_seconds=180)[uploaded.image_id]


def functions(rehearsal, services):
    """All that Lambda says of some services' functions, and where their aliases point."""
    client, names = rehearsal.account.client("lambda"), rehearsal.account.names
    return {
        service: (
            client.get_function_configuration(FunctionName=names.function(service)),
            client.get_alias(FunctionName=names.function(service), Name="live"),
            client.list_event_source_mappings(EventSourceArn=names.queue_arn(names.queue(service))),
        )
        for service in services
    }


def reported(described):
    """Without what differs from one answer to the next."""
    return json.loads(json.dumps(described, default=str), object_hook=_without_request)


def _without_request(value):
    return {name: each for name, each in value.items() if name not in {"ResponseMetadata", "LastModified"}}


def states(rehearsal, roots):
    """The states of some roots, as digests."""
    s3, bucket = rehearsal.account.client("s3"), rehearsal.account.names.state_bucket
    return {
        root: hashlib.sha256(s3.get_object(Bucket=bucket, Key=f"{root}.tfstate")["Body"].read()).hexdigest()
        for root in roots
    }


def of_the_next_schema(rehearsal, upload_files, key):
    """Upload an image, and let what watermark says of it be what a watermark to come would say.

    Returns:
        What was uploaded, and the message.
    """
    stack, functions_of = rehearsal.account, rehearsal.account.client("lambda")
    sqs, queue = stack.sqs, stack.names.queue(SERVICE)
    arn, url = stack.names.queue_arn(queue), stack.queue_url(queue)
    (mapping,) = functions_of.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    functions_of.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        uploaded = upload_files(key)
        deadline = time.monotonic() + 180
        messages = []
        while not messages and time.monotonic() < deadline:
            messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        (message,) = messages
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        body = json.dumps({**json.loads(message["Body"]), "schema": NEXT_SCHEMA, "to_come": {"a": 1}})
        sqs.send_message(QueueUrl=url, MessageBody=body)
    finally:
        functions_of.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    return uploaded, body


def entries(rehearsal):
    """What lies in the service's dead-letter queue, taken out."""
    sqs, stack = rehearsal.account.client("sqs"), rehearsal.account
    url = stack.queue_url(stack.names.dlq(SERVICE))
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"]).get("Messages", [])
        for entry in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=entry["ReceiptHandle"])
        if found:
            return found
    return []


def send(rehearsal, body):
    stack = rehearsal.account
    stack.sqs.send_message(QueueUrl=stack.queue_url(stack.names.queue(SERVICE)), MessageBody=body)


def test_a_service_is_deployed_alone_beside_the_release_before_of_the_others(rehearsal, next_release, upload_files):
    layout = rehearsal.delivery.layout
    uploaded, body = of_the_next_schema(rehearsal, upload_files, "early.jpg")

    # The release that is deployed cannot read what is to come: it says so, and nothing is lost.
    (entry,) = entries(rehearsal)
    assert entry["Body"] == body
    assert entry["MessageAttributes"]["error"]["StringValue"] == "BadMessage"
    assert "deploy this service first" in entry["MessageAttributes"]["reason"]["StringValue"]

    before = functions(rehearsal, OTHERS), states(rehearsal, (BOOTSTRAP, *DEPLOYED))
    was = live_version(rehearsal.account, SERVICE).version
    shutil.copy(next_release, layout.zips / f"{SERVICE}.zip")
    rehearsal.delivery.deploy([SERVICE])

    assert live_version(rehearsal.account, SERVICE).version == was + 1
    after = functions(rehearsal, OTHERS), states(rehearsal, (BOOTSTRAP, *DEPLOYED))
    assert reported(after[0]) == reported(before[0])
    assert [root for root in after[1] if after[1][root] != before[1][root]] == [SERVICE]

    # The same message, sent back, is read now; and so is what the release before writes.
    send(rehearsal, entry["Body"])
    assert outcome(rehearsal, uploaded).outcome == "stored"
    assert outcome(rehearsal, upload_files("beside.jpg")).outcome == "stored"


def test_a_release_is_rolled_back_without_terraform_and_forward_with_it(rehearsal, upload_files):
    released = live_version(rehearsal.account, SERVICE).version
    assert rollback(rehearsal.account, SERVICE) == (released, released - 1)
    assert live_version(rehearsal.account, SERVICE).version == released - 1
    assert outcome(rehearsal, upload_files("back.jpg")).outcome == "stored"
    assert rehearsal.delivery.plan([SERVICE]) == {SERVICE: True}
    text = rehearsal.delivery.terraform(SERVICE).planned()
    assert "0 to add, 1 to change, 0 to destroy" in text
    assert "aws_lambda_alias" in text
    rehearsal.delivery.deploy([SERVICE], planned=True)
    assert live_version(rehearsal.account, SERVICE).version == released
