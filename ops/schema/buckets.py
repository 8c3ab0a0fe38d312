"""Settings of pipeline.yaml about the buckets of uploads and outputs."""

from typing import Literal

from ops.schema.fields import Group, group, setting


class Bucket(Group):
    """A bucket, and the beginning of the keys in it."""

    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    name: str | None = setting(
        None,
        "Name of a bucket that exists in this account and region. null for one that the pipeline makes.",
        pattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        words="3 to 63 characters of a-z, 0-9, . and -",
    )
    # Characters that mean themselves in policies, rules and filters, and in keys of events.
    prefix: str = setting(
        "",
        "Beginning of the keys. Two prefixes of one bucket may not overlap.",
        max_length=200,
        pattern=r"^([A-Za-z0-9_.-]+/)*$",
        words="folders of A-Z, a-z, 0-9 and _.-, each with / at its end, such as uploads/; up to 200 characters",
    )


class InputBucket(Bucket):
    """The bucket of uploads."""

    events: Literal["notification", "eventbridge"] | None = setting(
        None,
        "How S3 reports uploads. notification: by the bucket's notification configuration, all of which the pipeline"
        " then owns. eventbridge: by EventBridge, which must be on for an existing bucket, and changes nothing of its"
        " notifications. null: eventbridge for an existing bucket, else notification.",
    )


class Buckets(Group):
    """Buckets that exist already, and prefixes."""

    input: InputBucket = group("Where images are uploaded.")
    output: Bucket = group("Where outputs are stored.")
