#!/bin/sh
# moto 5.2.5: a PUT into an S3 bucket whose versions are suspended deletes the versions that the key has.
#
# Expected: the object becomes the version "null", and replaces one of that id alone; all others stay and can be read.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
# Seen: ListObjectVersions lists the new object alone, and GetObject of an older version answers 404. Without the PUT all
# versions are there, and the other way round, when versions are enabled after a first PUT, "null" is kept.
# What we do: what is deleted of a bucket that kept no versions once is tested in the order that moto keeps.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "moto[s3]==5.2.5" boto3==1.44.5
venv/bin/python - <<'PYTHON'
import os

os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
import boto3
import moto
from botocore.exceptions import ClientError



def after(*steps):
    """The versions of a key, the newest first, and whether the first that was put can still be read."""
    with moto.mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="pictures")
        ids = []
        for step in steps:
            if isinstance(step, str):
                s3.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": step})
            else:
                ids.append(s3.put_object(Bucket="pictures", Key="a.jpg", Body=step).get("VersionId", "null"))
        try:
            first = s3.get_object(Bucket="pictures", Key="a.jpg", VersionId=ids[0])["Body"].read()
        except ClientError as error:
            first = error.response["Error"]["Code"]
        listed = s3.list_object_versions(Bucket="pictures")["Versions"]
        return ["null" if each["VersionId"] == "null" else "an id" for each in listed], first


print(f"moto {moto.__version__}, boto3 {boto3.__version__}")
alone = after("Enabled", b"one", b"two", "Suspended")
enabled = after(b"one", "Enabled", b"two")
suspended = after("Enabled", b"one", b"two", "Suspended", b"three")
print(f"suspended, no PUT:    {alone}")
print(f"enabled after a PUT:  {enabled}")
print(f"PUT while suspended:  expected (['null', 'an id', 'an id'], b'one'), seen {suspended}")
assert alone == (["an id", "an id"], b"one")
assert enabled == (["an id", "null"], b"one")
assert suspended == (["null"], "NoSuchVersion"), "moto keeps the versions now"
PYTHON
