"""Faults that are injected in a pipeline on the local AWS, one at a time, and what `pipeline doctor` finds."""

from dataclasses import dataclass, field

from kit import fault_injection


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, and the finding of `pipeline doctor`.

    Args:
        claim: description of the fault.
        inject: context manager of the stack that injects it.
        check: name of the check that finds it.
        where: part of the resource's name.
        says: parts of the finding's text and of its remedy.
        level: level of the finding.
    """

    claim: str
    inject: object
    check: str
    where: str
    says: tuple
    level: str = field(default="problem")


FAULTS = (
    Fault(
        "the input bucket has no versions",
        fault_injection.unversioned,
        "versioning",
        "-input-",
        ("Suspended", "Status=Enabled"),
    ),
    Fault(
        "S3 does not notify anybody of uploads",
        fault_injection.of_notification(lambda names: names.input_bucket, lambda *_: {}),
        "events",
        "-input-",
        ("not all of these events", "pipeline backfill s3://"),
    ),
    Fault(
        "S3 reports only some keys",
        fault_injection.of_notification(lambda names: names.input_bucket, fault_injection.only_jpegs),
        "events",
        "-input-",
        ("=.jpg", "make down"),
        "warning",
    ),
    Fault(
        "outputs come back as uploads",
        fault_injection.looping,
        "loop",
        "-output-",
        ("image-pipeline-resize", "pipeline pause"),
    ),
    Fault(
        "outputs may be public",
        fault_injection.public,
        "public access",
        "-output-",
        ("BlockPublicPolicy", "put-public-access-block"),
    ),
    Fault(
        "pages of every origin may upload",
        fault_injection.open_to_every_page,
        "browsers",
        "-input-",
        ("*", "uploads.cors_origins"),
        "warning",
    ),
    Fault(
        "intermediate pixels expire before their DLQ messages",
        fault_injection.swept_early,
        "intermediate pixels",
        "-work-",
        ("3 days", "retention.work_days"),
    ),
    Fault(
        "S3 may send only for another bucket",
        fault_injection.of_queue(lambda names: names.queue("resize"), Policy=fault_injection.policy_for_another_bucket),
        "S3 may send",
        "-resize",
        ("another-bucket", "pipeline backfill s3://"),
    ),
    Fault(
        "S3 cannot use the queue's key",
        fault_injection.of_queue(lambda names: names.queue("resize"), KmsMasterKeyId="alias/aws/sqs"),
        "queue encryption",
        "-resize",
        ("alias/aws/sqs", "SqsManagedSseEnabled=true"),
    ),
    Fault(
        "messages are redelivered while they are processed",
        fault_injection.of_queue(lambda names: names.queue("watermark"), VisibilityTimeout="60"),
        "visibility timeout",
        "-watermark",
        ("60 s", "VisibilityTimeout=360"),
    ),
    Fault(
        "a queue is too small for an event",
        fault_injection.of_queue(lambda names: names.queue("resize"), MaximumMessageSize="4096"),
        "message size",
        "-resize",
        ("4,096 bytes", "MaximumMessageSize=262144"),
    ),
    Fault(
        "a dead-letter queue is too small for a message with files",
        fault_injection.of_queue(lambda names: names.dlq("store"), MaximumMessageSize="131072"),
        "message size",
        "-store-dlq",
        ("131,072 bytes", "MaximumMessageSize=262144"),
    ),
    Fault(
        "failing messages are retried forever",
        fault_injection.of_queue(lambda names: names.queue("store"), RedrivePolicy=""),
        "redrive",
        "-store",
        ("none", "make down"),
    ),
    Fault(
        "DLQ messages expire after a day",
        fault_injection.of_queue(lambda names: names.dlq("resize"), MessageRetentionPeriod="86400"),
        "dead-letter retention",
        "-resize-dlq",
        ("1 days", "MessageRetentionPeriod=1209600"),
    ),
    Fault(
        "the dead-letter queue accepts nothing",
        fault_injection.of_queue(
            lambda names: names.dlq("resize"), RedriveAllowPolicy='{"redrivePermission": "denyAll"}'
        ),
        "redrive allow",
        "-resize-dlq",
        ("denyAll", "make down"),
    ),
    Fault(
        "a dead-letter queue is gone",
        fault_injection.without_a_dlq,
        "queue",
        "-watermark-dlq",
        ("not there", "make down"),
    ),
    Fault(
        "nothing processes a queue", fault_injection.unfed, "mapping", "-store", ("nothing works it off", "make down")
    ),
    Fault(
        "another function processes a queue",
        fault_injection.of_mapping("store", FunctionName=lambda local: local.names.function("watermark")),
        "mapping",
        "-store",
        ("image-pipeline-watermark", "make down"),
    ),
    Fault(
        "a service is paused",
        fault_injection.of_mapping("watermark", Enabled=False),
        "mapping enabled",
        "-watermark",
        ("Disabled", "pipeline resume watermark"),
    ),
    Fault(
        "one bad image returns its whole batch",
        fault_injection.of_mapping("resize", FunctionResponseTypes=[]),
        "partial batches",
        "-resize",
        ("none", "--function-response-types ReportBatchItemFailures"),
    ),
    Fault(
        "batches have one message",
        fault_injection.of_mapping("resize", BatchSize=1),
        "batches",
        "-resize",
        ("batch_size 1,", "make down"),
    ),
    Fault(
        "a function has less memory than the settings say",
        fault_injection.of_function("resize", lambda _: {"MemorySize": 512}),
        "memory and time",
        "-resize",
        ("MemorySize 512", "make down"),
    ),
    Fault(
        "a function was not deployed since the settings changed",
        fault_injection.of_function(
            "store",
            lambda before: {"Environment": {"Variables": before["Environment"]["Variables"] | {"OUTPUT": "{}"}}},
        ),
        "environment",
        "-store",
        ("OUTPUT", "make down"),
    ),
    Fault(
        "a function is throttled",
        fault_injection.throttled,
        "reserved concurrency",
        "-resize",
        ("1", "delete-function-concurrency"),
        "warning",
    ),
    Fault(
        "resize may not read versions",
        fault_injection.of_role("resize", "s3:GetObjectVersion"),
        "permissions",
        "-resize",
        ("s3:GetObjectVersion on", "AccessDenied", "make down"),
    ),
    Fault(
        "watermark may not write its log",
        fault_injection.of_role("watermark", "logs:PutLogEvents"),
        "permissions",
        "-watermark",
        ("logs:PutLogEvents",),
    ),
    Fault(
        "Lambda may not take a role",
        fault_injection.trusting_another,
        "trust",
        "-store",
        ("may not take it", "make down"),
    ),
    Fault(
        "resize may not decrypt uploads",
        fault_injection.locked,
        "encryption",
        "-input-",
        ("kms:Decrypt", "AccessDenied", "key policy"),
    ),
    Fault(
        "a log is kept forever",
        fault_injection.logging_forever,
        "logs",
        "-watermark",
        ("for ever", "put-retention-policy"),
        "warning",
    ),
    Fault(
        "nobody is notified",
        fault_injection.notifying_nobody,
        "subscribers",
        "-notices",
        ("0 confirmed", "aws sns subscribe"),
        "warning",
    ),
    Fault(
        "DLQ messages wait",
        fault_injection.failed_before,
        "DLQ messages",
        "-store-dlq",
        ("about 1", "pipeline dlq ls --service store"),
        "warning",
    ),
)
