"""The example of a bucket that exists already, applied to a local AWS: what is its owner's stays as it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit.eventually import eventually
from kit.pictures import gradient, saved
from kit.terraform import mirror, terraform

from ops.aws.buckets import empty_bucket, keys
from ops.aws.leftovers import everything
from ops.deploy.account import account_of
from ops.deploy.smoke import smoke
from ops.doctor.examination import examine
from ops.doctor.live import Live
from ops.local.emulator import ACCOUNT, REGION

BUCKET = "my-photos"
GUARD = "-target=module.images.module.platform.terraform_data.no_notification"
THEIRS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:theirs"
WITHOUT_EVENTBRIDGE = {"QueueConfigurations": [{"Id": "theirs", "QueueArn": THEIRS, "Events": ["s3:ObjectCreated:*"]}]}
NOTIFICATION = WITHOUT_EVENTBRIDGE | {"EventBridgeConfiguration": {}}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:DeleteBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
        }
    ],
}
BEFORE = ("pictures/theirs.txt", "private/secret.jpg", "uploads/old.jpg")


@pytest.fixture
def account(process, tmp_path):
    """The account, with a bucket that has no versions, and has notifications, a policy and objects."""
    path = tmp_path / "gallery.yaml"
    path.write_text("name: gallery", encoding="utf-8")
    account = account_of(path, process.environment())
    to_queue = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": THEIRS,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [to_queue]})
    account.sqs.create_queue(QueueName="theirs", Attributes={"Policy": policy})
    account.s3.create_bucket(Bucket=BUCKET)
    account.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(POLICY))
    for key in BEFORE:
        account.s3.put_object(Bucket=BUCKET, Key=key, Body=saved(gradient((640, 480)), "JPEG"))
    account.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=NOTIFICATION)
    yield account
    account.s3.delete_bucket_policy(Bucket=BUCKET)
    empty_bucket(account.s3, BUCKET)
    account.s3.delete_bucket(Bucket=BUCKET)
    account.sqs.delete_queue(QueueUrl=account.queue_url("theirs"))


def of_its_owner(account):
    """What the bucket's owner has set, and the objects of before."""
    s3 = account.s3
    notification = s3.get_bucket_notification_configuration(Bucket=BUCKET)
    del notification["ResponseMetadata"]
    return {
        "notification": notification,
        "policy": json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]),
        "versioning": s3.get_bucket_versioning(Bucket=BUCKET).get("Status"),
        "objects": {key: s3.head_object(Bucket=BUCKET, Key=key)["LastModified"] for key in BEFORE},
    }


def under(account, prefix):
    return set(keys(account.s3, BUCKET, prefix))


def backfilled(account, settings, process):
    """Run `pipeline backfill` of all of the bucket, of which only the uploads are its to send."""
    command = [Path(sys.executable).with_name("pipeline"), "backfill", f"s3://{BUCKET}/"]
    words = ["--settings", settings, "--yes", "--output", "json"]
    environment = os.environ | process.environment()
    ran = subprocess.run(
        [*command, *words], env=environment, cwd=settings.parent, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    made = {"pictures/old-resized.jpg", "pictures/old-thumb.jpg"}
    assert eventually(lambda: made <= under(account, "pictures/old"))
    return json.loads(ran.stdout)


def test_uploads_and_outputs_share_an_existing_bucket_which_stays_its_owner_s(
    example, process, zips, tmp_path, account
):
    before = of_its_owner(account)
    run = example("existing-bucket", f"-var=zips={zips['store'].parent}", f"-var=bucket={BUCKET}")
    outputs = json.loads(run("output", "-json", "images"))
    settings = tmp_path / "gallery.yaml"
    settings.write_text(outputs["settings"], encoding="utf-8")
    account = account_of(settings, process.environment())
    assert of_its_owner(account) == before

    # What comes now, by EventBridge; and what was there before, by a backfill.
    stored = smoke(account, timeout_seconds=180)
    assert (stored.outcome, stored.key.startswith("uploads/smoke/")) == ("stored", True)
    assert all(key.startswith("pictures/smoke/") for key in stored.outputs)
    assert backfilled(account, settings, process)["sent"] == 1

    # No loop: an output, and what is elsewhere, is nobody's upload.
    account.s3.put_object(Bucket=BUCKET, Key="private/new.jpg", Body=saved(gradient(), "JPEG"))
    account.s3.put_object(Bucket=BUCKET, Key="uploads/a b+c.jpg", Body=saved(gradient(), "JPEG"))
    made = {"pictures/a b+c-resized.jpg", "pictures/a b+c-thumb.jpg"}
    assert eventually(lambda: made <= under(account, "pictures/a"))
    assert {row.key for row in account.ledger.scan()} == {stored.key, "uploads/old.jpg", "uploads/a b+c.jpg"}
    assert all(not key.startswith("pictures/pictures/") for key in under(account, "pictures/"))

    # Outputs follow deletions, which have another form on EventBridge.
    account.s3.delete_object(Bucket=BUCKET, Key="uploads/a b+c.jpg")
    assert eventually(lambda: not under(account, "pictures/a"))

    ill = {(each.check, each.level) for each in examine(Live(stack=account)) if each.level != "ok"}
    # The zips are given without their release, so functions state no version.
    usual = ("subscribers", "operators", "version")
    assert ill == {(check, "warning") for check in (*usual, "versioning")}
    assert "No changes." in run("plan", "-no-color")
    assert of_its_owner(account) == before

    for bucket in account.names.own_buckets:
        empty_bucket(account.s3, bucket)
    run("destroy", "-auto-approve", "-no-color")
    assert everything(account) == []
    assert of_its_owner(account) == before
    assert "pictures/old-resized.jpg" in under(account, "pictures/")


def test_notifications_of_a_bucket_that_has_some_are_never_overwritten(tree, process, zips, account):
    folder = tree / "examples" / "terraform" / "existing-bucket"
    override = folder / "owned_override.tf"
    settings = '{ buckets = { input = { name = var.bucket, events = "notification" } } }'
    override.write_text(f'module "images" {{\n  settings = {settings}\n}}\n', encoding="utf-8")
    environment = process.environment() | {"TF_CLI_CONFIG_FILE": os.devnull}
    variables = (f"-var=zips={zips['store'].parent}", f"-var=bucket={BUCKET}", "-auto-approve", "-no-color")
    try:
        assert terraform("init", f"-plugin-dir={mirror()}", folder=folder, **environment).returncode == 0
        # The one that may be taken is the last: what its apply leaves is destroyed.
        for notification in (NOTIFICATION, WITHOUT_EVENTBRIDGE, {"EventBridgeConfiguration": {}}, {}):
            account.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=notification)
            done = terraform("apply", GUARD, *variables, folder=folder, **environment)
            said = " ".join(done.stderr.split())
            assert (done.returncode == 0) is (not notification), said
            assert ("has notifications, which would be overwritten" in said) is bool(notification)
            found = account.s3.get_bucket_notification_configuration(Bucket=BUCKET)
            assert {name: value for name, value in found.items() if name != "ResponseMetadata"} == notification
        terraform("destroy", *variables, folder=folder, **environment)
    finally:
        override.unlink()
