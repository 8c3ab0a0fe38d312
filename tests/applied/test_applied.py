"""terraform/ applied from nothing to a local AWS that speaks TLS and enforces IAM: it works, and stays as it is."""

from ops.deploy.roots import BOOTSTRAP, DEPLOYED
from ops.deploy.smoke import smoke
from ops.names import SERVICES


def test_an_image_that_is_uploaded_is_stored(rehearsal):
    row = smoke(rehearsal.account, timeout_seconds=180)
    assert row.outcome == "stored"
    assert set(row.seconds) == set(SERVICES)


def test_a_second_plan_has_no_changes(rehearsal):
    assert rehearsal.changes() == dict.fromkeys((BOOTSTRAP, *DEPLOYED), False)


def test_every_state_lies_in_the_bucket_that_bootstrap_made(rehearsal):
    s3, bucket = rehearsal.account.client("s3"), rehearsal.account.names.state_bucket
    keys = {each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == {f"{root}.tfstate" for root in (BOOTSTRAP, *DEPLOYED)}
