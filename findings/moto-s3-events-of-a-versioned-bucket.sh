#!/bin/sh
# moto 5.2.5 reports a multipart upload by two S3 events, no delete marker, and never a version or a sequencer.
#
# Expected: what S3 sends to a queue. One event CompleteMultipartUpload for a multipart upload; DeleteMarkerCreated for a
# delete in a bucket with versions; in each event the version of such a bucket, and a sequencer, which puts the events of
# a key in order. moto takes the configuration, and does send events of PUT and copy.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
# Seen: ObjectCreated:Put as well as CompleteMultipartUpload, both of the finished object; nothing for the delete;
# objects with key, size and eTag alone. So a consumer that counts, orders or removes by events passes, or fails, for
# reasons that S3 does not have.
# What we do: tests/kit/deployment.py puts the events into the queue itself.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check "moto[s3,sqs]==5.2.5" boto3==1.44.5
venv/bin/python - <<'PYTHON'
import json
import os

os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
import boto3
import moto

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
mock = moto.mock_aws()
mock.start()
s3, sqs = boto3.client("s3"), boto3.client("sqs")
queue = sqs.create_queue(QueueName="events")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
s3.create_bucket(Bucket="pictures")
s3.put_bucket_versioning(Bucket="pictures", VersioningConfiguration={"Status": "Enabled"})
to_queue = {"QueueConfigurations": [{"QueueArn": arn, "Events": EVENTS}]}
s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=to_queue)


def events():
    """The events since the last look: their names, and what they say of the object."""
    found = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
            found += json.loads(each["Body"]).get("Records", [])
    return sorted(each["eventName"] for each in found), {name for each in found for name in each["s3"]["object"]}


def multipart():
    place = {"Bucket": "pictures", "Key": "large.jpg"}
    place["UploadId"] = s3.create_multipart_upload(**place)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**place, PartNumber=1, Body=b"pixels")["ETag"]}
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [part]})


events()  # that of the configuration
print(f"moto {moto.__version__}")
for what, do, seen in (
    ("a PUT", lambda: s3.put_object(Bucket="pictures", Key="a.jpg", Body=b"pixels"), ["ObjectCreated:Put"]),
    ("a multipart upload", multipart, ["ObjectCreated:CompleteMultipartUpload", "ObjectCreated:Put"]),
    ("a delete", lambda: s3.delete_object(Bucket="pictures", Key="a.jpg"), []),
):
    do()
    names, fields = events()
    print(f"{what}: {', '.join(names) or 'no event'}{', with ' if names else ''}{', '.join(sorted(fields))}")
    assert names == seen, "moto sends other events now"
    assert fields <= {"key", "size", "eTag"}, "moto's events say more now"
versions = s3.list_object_versions(Bucket="pictures")
print(f"in the bucket: {len(versions['Versions'])} versions, {len(versions['DeleteMarkers'])} delete marker")
assert len(versions["DeleteMarkers"]) == 1
PYTHON
