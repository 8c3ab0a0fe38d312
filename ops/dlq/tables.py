"""What the operator is shown of messages and of what was done with them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ops.cli.output import numeric, print_json, print_table, word
from ops.dlq.archive import record
from ops.dlq.cleanup import Report
from ops.dlq.groups import Group, Groups
from ops.dlq.limits import MAX_IN_FLIGHT
from ops.dlq.reader import Missed
from ops.dlq.received_messages import ReceivedMessage, readable
from ops.durations import age_words
from ops.names import SERVICES
from ops.show import note, visible
from shared.dlq_messages import iso


def print_counts(groups: Groups, output: str, now: datetime) -> None:
    """Groups of messages, and their total on stderr."""
    if output == "json":
        print_json(_as_json(group, now) for group in groups)
    elif groups.count():
        header = (numeric("MESSAGES"), word("OLDEST"), word("SERVICE"), "ERROR", "PREFIX")
        print_table(header, [(str(group.entries), *_about(group, now)) for group in groups])
    services = [
        f"{service} {groups.count(service=service):,}{_since(groups.oldest(service=service), now)}"
        for service in SERVICES
    ]
    note(f"{in_words(groups.count())}: {', '.join(services)}")


def print_messages(found: Iterable[ReceivedMessage], output: str, now: datetime) -> int:
    """Each message whole, but for files in its body; how many there were."""
    count = 0
    for count, entry in enumerate(map(readable, found), 1):
        age = now - entry.sent_at
        if output == "json":
            print_json([{**record(entry), "age_seconds": max(0, round(age.total_seconds()))}])
            continue
        facts = {
            "service": entry.service,
            "error": entry.error,
            "reason": entry.reason,
            "key": " ".join(entry.keys) or "unknown: the body cannot be read",
            "version": entry.version_id or "-",
            "image id": entry.image_id or "-",
            "attempts": "-" if entry.attempts is None else str(entry.attempts),
            "first failure": entry.first_failure or "-",
            "age": f"{age_words(age)}, since {iso(entry.sent_at)}",
            "replays": str(entry.replays),
            "batch": entry.batch or "-",
            "message id": entry.message_id,
            "body": entry.body,
        }
        if count > 1:
            print()
        for name, value in facts.items():
            print(f"{name:<13}  {visible(value)}")
    return count


def print_report(report: Report, output: str, now: datetime) -> None:
    """What was done with messages, or would be, by groups; what went wrong, on stderr."""
    if output == "json":
        print_json({"did": group.did, "because": group.because, **_as_json(group, now)} for group in report.groups)
    elif report.groups.count():
        rows = [(group.did, str(group.entries), *_about(group, now), group.because) for group in report.groups]
        about = (numeric("MESSAGES"), word("OLDEST"), word("SERVICE"), "ERROR", "PREFIX", "BECAUSE")
        print_table((word("DONE"), *about), rows)
    done = report.groups.done()
    if done:
        note(", ".join(f"{count:,} {did}" for did, count in done.most_common()))
    _note_each("not sent, so left in the dead-letter queue", report.refused)
    _note_each("done with, but not deleted (once more does no harm)", report.undeleted)


def note_missed(missed: Missed, visibility_seconds: int) -> None:
    """What nobody sees just now, so that nobody takes the rest for all."""
    if missed.unseen:
        note(
            f"not seen: about {missed.unseen:,} more, which SQS counts but did not give. It gives"
            f" {MAX_IN_FLIGHT:,} of a queue at most, until some are deleted: replay or purge some, then run it again."
        )
    if missed.hidden:
        note(
            f"not seen: {in_words(missed.hidden)} held by another command, or by one that was killed;"
            f" back within {visibility_seconds} s of its end"
        )
    if missed.unreleased:
        note(f"{in_words(missed.unreleased)} could not be given back at once; back within {visibility_seconds} s")


def in_words(count: int) -> str:
    """A count of DLQ messages in words."""
    return f"{count:,} DLQ message{'' if count == 1 else 's'}"


def _note_each(what: str, reasons: Counter[str]) -> None:
    for why, count in reasons.most_common():
        note(f"{what}: {count:,} ({why})")


def _about(group: Group, now: datetime) -> tuple[str, ...]:
    return (age_words(now - group.oldest), group.service, group.error, group.prefix)


def _since(oldest: datetime | None, now: datetime) -> str:
    return f" (oldest {age_words(now - oldest)})" if oldest else ""


def _as_json(group: Group, now: datetime) -> dict[str, Any]:
    return {
        "service": group.service,
        "error": group.error,
        "prefix": group.prefix,
        "messages": group.entries,
        "oldest": iso(group.oldest),
        "oldest_seconds": max(0, round((now - group.oldest).total_seconds())),
    }
