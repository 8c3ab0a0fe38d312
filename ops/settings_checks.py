"""Settings that are wrong only together, or only on AWS: what the schema of pipeline.yaml cannot say."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.settings import bad

if TYPE_CHECKING:
    from ops.settings import PipelineSettings, Retention

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_PREFIXES_OF_S3: Final = ("amzn-s3-demo-", "sthree-", "xn--")


def check(settings: "PipelineSettings", *, budget: Mapping[str, Any]) -> None:
    """Refuse settings that AWS would refuse, or that would lose something.

    Args:
        settings: all of pipeline.yaml, each setting within its bounds.
        budget: the section `budget`, which only Terraform uses.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    if settings.name.startswith(_PREFIXES_OF_S3):
        raise bad("name", settings.name, f"a name that begins with none of {', '.join(_PREFIXES_OF_S3)}: S3 has those")
    _retention(settings.retention)
    _receives(settings)
    _budget(budget)
    _buckets(settings)


def _retention(retention: "Retention") -> None:
    if retention.work_days <= retention.dlq_days:
        allowed = f"more than dlq_days ({retention.dlq_days}), or a replay finds no pixels"
        raise bad("retention.work_days", retention.work_days, allowed)


def _receives(settings: "PipelineSettings") -> None:
    """A message of a function that dies is in its DLQ before it expires, or it would be lost without a word."""
    days = settings.retention.dlq_days
    for service, each in settings.services.items():
        if each.max_receive_count * each.visibility_timeout_seconds >= days * 86_400:
            most = (days * 86_400 - 1) // each.visibility_timeout_seconds
            allowed = f"at most {most}, or more retention.dlq_days ({days}), so that no message expires before that"
            raise bad(f"services.{service}.max_receive_count", each.max_receive_count, allowed)


def _budget(budget: Mapping[str, Any]) -> None:
    """A budget that notifies nobody is refused by AWS only when it is applied."""
    if budget["monthly_dollars"] is not None and not budget["emails"]:
        raise bad("budget.emails", [], "1 to 10 addresses with budget.monthly_dollars")


def _buckets(settings: "PipelineSettings") -> None:
    """Refuse a bucket that the pipeline makes for another purpose, and rules for a bucket that somebody else owns."""
    places = {"input": settings.buckets.input, "output": settings.buckets.output}
    for purpose, place in places.items():
        if place.name is not None and re.match(rf"{settings.name}-(input|work|output|state)-\d{{12}}-", place.name):
            allowed = f"a bucket that exists already; {settings.name} makes this one (null)"
            raise bad(f"buckets.{purpose}.name", place.name, allowed)
    given = {"uploads": ("input", settings.cors_origins), "outputs": ("output", settings.output_cors_origins)}
    for section, (purpose, origins) in given.items():
        bucket = places[purpose].name
        if bucket is not None and origins:
            allowed = f"[] where buckets.{purpose}.name is given: the CORS rules of {bucket} are its owner's"
            raise bad(f"{section}.cors_origins", list(origins), allowed)
