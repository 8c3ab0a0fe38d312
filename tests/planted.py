"""Faults that are planted in a pipeline on the local AWS, one at a time, and what `pipeline doctor` says of each."""

from dataclasses import dataclass, field

import planting


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, and what `pipeline doctor` should say of it.

    Args:
        claim: in words.
        plant: a context manager of the stack, in which it is wrong.
        check: that finds it.
        where: a part of the resource's name.
        says: parts of what is found and of the remedy.
        level: of the finding.
    """

    claim: str
    plant: object
    check: str
    where: str
    says: tuple
    level: str = field(default="problem")


FAULTS = (
    Fault(
        "the input bucket has no versions",
        planting.unversioned,
        "versioning",
        "-input-",
        ("Suspended", "Status=Enabled"),
    ),
    Fault(
        "S3 tells nobody of drops",
        planting.of_notification(lambda names: names.input_bucket, lambda *_: {}),
        "events",
        "-input-",
        ("no ObjectCreated events", "pipeline backfill s3://"),
    ),
    Fault(
        "S3 tells of some keys alone",
        planting.of_notification(lambda names: names.input_bucket, planting.only_jpegs),
        "events",
        "-input-",
        ("=.jpg", "make down"),
        "warning",
    ),
    Fault(
        "outputs come back as drops",
        planting.looping,
        "loop",
        "-output-",
        ("image-pipeline-resize", "pipeline pause"),
    ),
    Fault(
        "outputs may be public",
        planting.public,
        "public access",
        "-output-",
        ("BlockPublicPolicy", "put-public-access-block"),
    ),
    Fault(
        "pixels go before their dead letters",
        planting.swept_early,
        "intermediate pixels",
        "-work-",
        ("3 days", "retention.work_days"),
    ),
    Fault(
        "S3 may send for another bucket alone",
        planting.of_queue(lambda names: names.queue("resize"), Policy=planting.policy_for_another_bucket),
        "S3 may send",
        "-resize",
        ("another-bucket", "pipeline backfill s3://"),
    ),
    Fault(
        "S3 cannot use the queue's key",
        planting.of_queue(lambda names: names.queue("resize"), KmsMasterKeyId="alias/aws/sqs"),
        "queue encryption",
        "-resize",
        ("alias/aws/sqs", "SqsManagedSseEnabled=true"),
    ),
    Fault(
        "messages come back while they are worked on",
        planting.of_queue(lambda names: names.queue("watermark"), VisibilityTimeout="60"),
        "visibility timeout",
        "-watermark",
        ("60 s", "VisibilityTimeout=360"),
    ),
    Fault(
        "a queue is too small for an event",
        planting.of_queue(lambda names: names.queue("resize"), MaximumMessageSize="4096"),
        "message size",
        "-resize",
        ("4,096 bytes", "MaximumMessageSize=262144"),
    ),
    Fault(
        "what fails is tried for ever",
        planting.of_queue(lambda names: names.queue("store"), RedrivePolicy=""),
        "redrive",
        "-store",
        ("none", "make down"),
    ),
    Fault(
        "dead letters go after a day",
        planting.of_queue(lambda names: names.dlq("resize"), MessageRetentionPeriod="86400"),
        "dead-letter retention",
        "-resize-dlq",
        ("1 days", "MessageRetentionPeriod=1209600"),
    ),
    Fault(
        "the dead-letter queue takes nothing",
        planting.of_queue(lambda names: names.dlq("resize"), RedriveAllowPolicy='{"redrivePermission": "denyAll"}'),
        "redrive allow",
        "-resize-dlq",
        ("denyAll", "make down"),
    ),
    Fault("a dead-letter queue is gone", planting.without_a_dlq, "queue", "-watermark-dlq", ("not there", "make down")),
    Fault("nothing works off a queue", planting.unfed, "mapping", "-store", ("nothing works it off", "make down")),
    Fault(
        "another function works off a queue",
        planting.of_mapping("store", FunctionName=lambda local: local.names.function("watermark")),
        "mapping",
        "-store",
        ("image-pipeline-watermark", "make down"),
    ),
    Fault(
        "a service is paused",
        planting.of_mapping("watermark", Enabled=False),
        "mapping enabled",
        "-watermark",
        ("Disabled", "pipeline resume watermark"),
    ),
    Fault(
        "one bad image brings back its whole batch",
        planting.of_mapping("resize", FunctionResponseTypes=[]),
        "partial batches",
        "-resize",
        ("none", "--function-response-types ReportBatchItemFailures"),
    ),
    Fault(
        "batches are of one",
        planting.of_mapping("resize", BatchSize=1),
        "batches",
        "-resize",
        ("batch_size 1,", "make down"),
    ),
    Fault(
        "a function has less memory than the settings say",
        planting.of_function("resize", lambda _: {"MemorySize": 512}),
        "memory and time",
        "-resize",
        ("MemorySize 512", "make down"),
    ),
    Fault(
        "a function was not deployed since the settings changed",
        planting.of_function(
            "store",
            lambda before: {"Environment": {"Variables": before["Environment"]["Variables"] | {"OUTPUT": "{}"}}},
        ),
        "environment",
        "-store",
        ("OUTPUT", "make down"),
    ),
    Fault(
        "a function is throttled",
        planting.throttled,
        "reserved concurrency",
        "-resize",
        ("1", "delete-function-concurrency"),
        "warning",
    ),
    Fault(
        "resize may not read versions",
        planting.of_role("resize", "s3:GetObjectVersion"),
        "rights",
        "-resize",
        ("s3:GetObjectVersion on", "vanished", "make down"),
    ),
    Fault(
        "watermark may not write its log",
        planting.of_role("watermark", "logs:PutLogEvents"),
        "rights",
        "-watermark",
        ("logs:PutLogEvents",),
    ),
    Fault("Lambda may not take a role", planting.trusting_another, "trust", "-store", ("may not take it", "make down")),
    Fault(
        "resize may not decrypt drops",
        planting.locked,
        "encryption",
        "-input-",
        ("kms:Decrypt", "vanished", "key policy"),
    ),
    Fault(
        "a log is kept for ever",
        planting.logging_for_ever,
        "logs",
        "-watermark",
        ("for ever", "put-retention-policy"),
        "warning",
    ),
    Fault(
        "nobody is told",
        planting.telling_nobody,
        "subscribers",
        "-notices",
        ("0 confirmed", "aws sns subscribe"),
        "warning",
    ),
    Fault(
        "dead letters wait",
        planting.failed_before,
        "dead letters",
        "-store-dlq",
        ("about 1", "pipeline dlq ls --service store"),
        "warning",
    ),
)
