"""The policies of docs/guide/permissions.md suffice, each for its task, and have no action that it does not need."""

import json
import re
import uuid
from urllib.request import Request, urlopen

import pytest
import tiers
from kit.dlq_messages import attributes, body_of
from kit.pictures import gradient, saved
from permissions.account import Broken

from ops.cli.main import main
from ops.images.follow import Upload, follow, upload
from ops.local import stack
from ops.local.emulator import ACCOUNT, REGION
from ops.settings import ROOT
from shared.messages import Source

PAGE = (ROOT / "docs" / "guide" / "permissions.md").read_text(encoding="utf-8")
TASKS = {
    title.lower(): json.loads(policy)
    for title, policy in re.findall(r"^## (\w+)\n.*?^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
}
# The local AWS maps no action to the request that changes a mapping.
UNCHECKED = {"lambda:UpdateEventSourceMapping"}
ACTIONS = [
    (task, statement["Sid"], action)
    for task, policy in TASKS.items()
    for statement in policy["Statement"]
    for action in statement["Action"]
    if action not in UNCHECKED
]
REFUSED = re.compile(r"AccessDenied|AuthorizationError|not authorized|\b403\b|Forbidden")
TRUST = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
PHOTO = saved(gradient(), "PNG")


@pytest.fixture(scope="module")
def local(request):
    if why := tiers.no_local_aws():
        tiers.not_run(request.config, "permissions", why)
    with stack.running() as running:
        yield running


@pytest.fixture(scope="module")
def failed(local, tmp_path_factory):
    """An image that was stored and one that failed, with its DLQ message; their keys."""
    folder = tmp_path_factory.mktemp("files")
    return put(local, folder, "watched/photo.png", PHOTO), put(local, folder, "watched/text.png", b"words")


@pytest.fixture
def person(local, monkeypatch, capsys, tmp_path):
    """Let somebody run commands with a policy; what was printed."""

    def with_policy(document):
        iam, sts, name = local.client("iam"), local.client("sts"), f"person-{uuid.uuid4().hex[:8]}"
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(statements(TRUST)))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(here(document)))
        given = sts.assume_role(RoleArn=arn, RoleSessionName="person")["Credentials"]
        environment = {
            **local.emulator.environment(),
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        monkeypatch.chdir(tmp_path)

        def run(*argv):
            capsys.readouterr()
            code = main([*argv, "--settings", str(ROOT / "pipeline.yaml")])
            out, err = capsys.readouterr()
            if code or REFUSED.search(out + err):
                raise Broken(f"{' '.join(argv)}: {code}: {out}{err}")
            return out

        return run

    return with_policy


def statements(*each):
    return {"Version": "2012-10-17", "Statement": list(each)}


def here(document):
    """A policy of the page for the local AWS."""
    return json.loads(json.dumps(document).replace("111122223333", ACCOUNT).replace("eu-central-1", REGION))


def without(document, sid, action):
    less = [
        {**each, "Action": [one for one in each["Action"] if (each["Sid"], one) != (sid, action)]}
        for each in document["Statement"]
    ]
    return statements(*(each for each in less if each["Action"]))


def put(local, folder, key, data):
    """Upload an image as somebody who may do all; what became of it."""
    path = folder / uuid.uuid4().hex
    path.write_bytes(data)
    (uploaded,) = upload(local, [Upload(path=path, key=key)])
    follow(local.ledger, [uploaded], timeout_seconds=180)
    return uploaded


def dead_letter(local, uploaded):
    """A message of an image that is there, as if its service had not reached AWS."""
    about = Source(
        bucket=uploaded.bucket,
        key=uploaded.key,
        version_id=uploaded.version_id,
        sequencer="0A",
        size_bytes=uploaded.size_bytes,
        uploaded_at="2026-01-01T00:00:00.000Z",
    )
    local.sqs.send_message(
        QueueUrl=local.queue_urls[local.names.dlq("resize")],
        MessageBody=body_of("resize", about),
        MessageAttributes=attributes(error="AwsUnavailable", reason="S3 answered 503", attempts=5),
    )


def uploads(run, local, tmp_path, failed):
    """Uploads two images as a batch, waits, and signs the upload of a third."""
    paths = [tmp_path / name for name in ("a.png", "b.png")]
    for path in paths:
        path.write_bytes(PHOTO)
    run("upload", "--wait", "--prefix", f"{uuid.uuid4().hex}/", *map(str, paths))
    signed = json.loads(run("upload-url", "--put", f"{uuid.uuid4().hex}.png", "--output", "json"))
    request = Request(signed["url"], PHOTO, signed.get("headers", {}), method="PUT")  # noqa: S310 - of the local AWS
    with urlopen(request) as answer:  # noqa: S310 - as above
        assert answer.status == 200


def watches(run, local, tmp_path, failed):
    """Looks at images, logs and DLQ messages."""
    photo, text = failed
    assert photo.key in run("status")
    assert "stored" in run("status", photo.key)
    assert photo.key in run("status", "--scan")
    assert "stored" in run("logs", photo.key)
    assert "UnsupportedImage" in run("dlq", "ls")
    assert text.key in run("dlq", "show", text.key)
    assert text.key in run("dlq", "export")


def replays(run, local, tmp_path, failed):
    """Sends one DLQ message back, removes that of a deleted image, and deletes a third; others are left as they are."""
    image = put(local, tmp_path, f"{uuid.uuid4().hex}.png", b"words")
    assert "replayed" in run("dlq", "replay", "--yes", "--key", image.key)
    deleted = put(local, tmp_path, f"{uuid.uuid4().hex}.png", b"words")
    local.s3.delete_object(Bucket=deleted.bucket, Key=deleted.key, VersionId=deleted.version_id)
    assert "its image was deleted" in run("dlq", "replay", "--yes", "--key", deleted.key)
    replaced = put(local, tmp_path, f"{uuid.uuid4().hex}.png", b"words")
    put(local, tmp_path, replaced.key, PHOTO)
    assert "newer version" in run("dlq", "replay", "--yes", "--key", replaced.key)
    dead_letter(local, image)
    assert "purged" in run("dlq", "purge", "--yes", "--key", image.key)
    assert "would replay" in run("dlq", "replay", "--key", failed[1].key)


def removes(run, local, tmp_path, failed):
    """Deletes an image, its outputs, and an intermediate object that was left."""
    image = put(local, tmp_path, f"{uuid.uuid4().hex}.png", PHOTO)
    left = {"Bucket": local.names.work_bucket, "Key": f"{image.image_id}/left.zip"}
    local.s3.put_object(**left, Body=b"1")
    run("rm", "--yes", image.key)
    for bucket, prefix in ((left["Bucket"], image.image_id), (local.names.output_bucket, image.key[:32])):
        assert local.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] == 0
    assert json.loads(run("rm", image.key, "--output", "json"))["outputs"] == 0


def subscribes(run, local, tmp_path, failed):
    """Subscribes, changes the filter, and ends the subscription."""
    address = f"{uuid.uuid4().hex[:8]}@example.com"
    run("subscribe", address)
    run("subscribe", address, "--only", "failures")
    assert address in run("subscriptions")
    run("unsubscribe", address)
    assert address not in run("subscriptions")


def pauses(run, local, tmp_path, failed):
    """Lets messages wait, and processes them again."""
    try:
        assert "disabled" in run("pause", "store")
    finally:
        for mapping in local.client("lambda").list_event_source_mappings()["EventSourceMappings"]:
            local.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    run("resume")


def backfills(run, local, tmp_path, failed):
    """Sends a version that the ledger does not know of a key that it knows, and finds a stuck image that is deleted."""
    key = f"{uuid.uuid4().hex}/a.png"
    put(local, tmp_path, key, PHOTO)
    image = put(local, tmp_path, key, PHOTO)
    local.dynamodb.delete_item(TableName=local.names.ledger, Key=item_key(image))
    where = f"s3://{image.bucket}/{key.partition('/')[0]}/"
    assert json.loads(run("backfill", where, "--yes", "--output", "json"))["sent"] == 1
    gone = put(local, tmp_path, f"{uuid.uuid4().hex}/b.png", PHOTO)
    local.dynamodb.update_item(
        TableName=local.names.ledger,
        Key=item_key(gone),
        UpdateExpression="SET updated_at = :then REMOVE outcome",
        ExpressionAttributeValues={":then": {"S": "2026-01-01T00:00:00.000Z"}},
    )
    local.s3.delete_object(Bucket=gone.bucket, Key=gone.key, VersionId=gone.version_id)
    where = f"s3://{gone.bucket}/{gone.key.partition('/')[0]}/"
    found = json.loads(run("backfill", where, "--stuck", "--stuck-after", "20m", "--yes", "--output", "json"))
    assert found["deleted_since"] == 1


def item_key(uploaded):
    """The key of an image's row."""
    return {"source": {"S": f"{uploaded.bucket}/{uploaded.key}"}, "image_id": {"S": uploaded.image_id}}


DOES = {
    "upload": uploads,
    "watch": watches,
    "replay": replays,
    "remove": removes,
    "subscribe": subscribes,
    "pause": pauses,
    "backfill": backfills,
}


def test_each_task_of_the_page_is_tested():
    assert DOES.keys() == TASKS.keys()


@pytest.mark.parametrize("task", TASKS)
def test_a_policy_suffices_for_its_task(person, local, tmp_path, failed, task):
    DOES[task](person(TASKS[task]), local, tmp_path, failed)


@pytest.mark.parametrize("right", ACTIONS, ids="-".join)
def test_an_action_that_is_taken_out_of_a_policy_is_missed(person, local, tmp_path, failed, right):
    task, sid, action = right
    run = person(without(TASKS[task], sid, action))
    with pytest.raises((Broken, AssertionError, OSError)):
        DOES[task](run, local, tmp_path, failed)


@pytest.mark.parametrize("task", TASKS)
def test_a_policy_names_its_actions_and_its_resources(task):
    for statement in TASKS[task]["Statement"]:
        assert not any("*" in action for action in statement["Action"])
        assert statement["Resource"] != "*" or statement["Sid"] in {"FindMappings", "ManageSubscriptions"}
