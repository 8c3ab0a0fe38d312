"""Whether each image that a load test sent has its outcome and its notice, once. Arithmetic only."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.aws.ledger import Row
from ops.load.listener import Notified
from ops.load.sender import Sent

OUTCOMES: Final = ("stored", "failed", "rejected", "superseded", "vanished")
MISSING: Final = "missing"
NOTIFIED: Final = frozenset({"stored", "failed", "rejected"})
# The lists of discrepancies of a reconciliation, each with its heading.
LISTS: Final = {
    "missing": "Without an outcome",
    "unexpected": "Came to another outcome than expected",
    "unnotified": "Not notified of",
    "reported_otherwise": "Notified of otherwise than the ledger says",
    "absent": "Stored, and not in the output bucket",
    "strays": "Notified of, and never sent",
    "notified_twice": "Notified twice, under the same id",
    "notified_of_again": "Notified of by several notices",
}


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """One image that is not as it should be.

    Args:
        key: Key of the image.
        image_id: Correlation id of the image.
        what: What is wrong, in words.
    """

    key: str
    image_id: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """What became of all that was sent.

    Args:
        sent: Images that S3 accepted.
        counts: Number of images by outcome; "missing" counts those without an outcome.
        missing: Images without an outcome.
        unexpected: Images that came to another outcome than the mix expects.
        unnotified: Images that are stored, failed or rejected, and of which no notice came.
        reported_otherwise: Images whose last notice reports another outcome than the ledger.
        absent: Stored images of which an output is not in the output bucket.
        notified_twice: Notices that a service published again, under the same id.
        delivered_twice: Number of notices that SNS or SQS delivered again.
        notified_of_again: Images with notices of several ids, such as a failure and, after a replay, a success.
        strays: Notices of images under the test's own prefix that it did not send.
        digests: Number of digests that came.
        digest_differs: Differences between a digest and the ledger, in words.
    """

    sent: int
    counts: Mapping[str, int]
    missing: Sequence[Discrepancy]
    unexpected: Sequence[Discrepancy]
    unnotified: Sequence[Discrepancy]
    reported_otherwise: Sequence[Discrepancy]
    absent: Sequence[Discrepancy]
    notified_twice: Sequence[Discrepancy]
    delivered_twice: int
    notified_of_again: Sequence[Discrepancy]
    strays: Sequence[Discrepancy]
    digests: int
    digest_differs: Sequence[str]

    @property
    def even(self) -> bool:
        """Whether each image that was sent is in one count, and in no other."""
        return self.sent == sum(self.counts.values())

    @property
    def duplicates(self) -> int:
        """Number of notices that came more than once, or in addition to another of the same image."""
        return len(self.notified_twice) + self.delivered_twice + len(self.notified_of_again)

    @property
    def faultless(self) -> bool:
        """Whether nothing is missing and nothing contradicts; duplicates are no faults: SNS and SQS make them."""
        faults = (
            self.missing,
            self.unexpected,
            self.unnotified,
            self.reported_otherwise,
            self.absent,
            self.strays,
            self.digest_differs,
        )
        return self.even and not any(faults)


def reconcile(
    sent: Sequence[Sent],
    rows: Mapping[str, Row],
    notified: Sequence[Notified],
    *,
    present: Collection[str] | None = None,
    digests: Sequence[Mapping[str, int]] = (),
    batches: int = 0,
    missing: int = 0,
) -> Reconciliation:
    """Compare what was sent, what the ledger says, and what subscribers were notified of.

    Args:
        sent: Images that S3 accepted.
        rows: Rows of the ledger, by image id.
        notified: Notices in the order of their arrival.
        present: Keys of outputs that are in the output bucket; None if nobody looked.
        digests: What the digest of each upload batch counts, by outcome.
        batches: Number of digests that must come.
        missing: Number of files that S3 did not accept.
    """
    by_image: dict[str, list[Notified]] = {}
    for each in notified:
        by_image.setdefault(each.image_id, []).append(each)
    # Of two that were sent and are one image, one is counted: then the counts do not come out even.
    known = {each.uploaded.image_id: each for each in sent}
    pairs = [(each, _outcome(each, rows)) for each in known.values()]
    counted = Counter(outcome for _, outcome in pairs)
    counts = {name: counted[name] for name in (*OUTCOMES, MISSING)}
    return Reconciliation(
        sent=len(sent),
        counts=counts,
        missing=[_finding(each, _last_seen(each, rows)) for each, outcome in pairs if outcome == MISSING],
        unexpected=[
            _finding(each, f"{outcome}, not {' or '.join(sorted(each.expected))}{_why(each, rows)}")
            for each, outcome in pairs
            if outcome != MISSING and each.expected and outcome not in each.expected
        ],
        unnotified=[
            _finding(each, f"{outcome}, and no notice came")
            for each, outcome in pairs
            if outcome in NOTIFIED and each.uploaded.image_id not in by_image
        ],
        reported_otherwise=[
            _finding(each, f"{outcome}, and the last notice says {by_image[each.uploaded.image_id][-1].outcome}")
            for each, outcome in pairs
            if outcome in NOTIFIED
            and each.uploaded.image_id in by_image
            and all(notice.outcome != outcome for notice in by_image[each.uploaded.image_id])
        ],
        absent=list(_absent(sent, rows, present)),
        notified_twice=list(_notified_twice(notified)),
        delivered_twice=len(notified) - len({each.published for each in notified}),
        notified_of_again=[
            Discrepancy(key=notices[0].key, image_id=image_id, what=f"{len(ids)} notices: {', '.join(ids)}")
            for image_id, notices in by_image.items()
            if len(ids := sorted({each.notice_id for each in notices})) > 1
        ],
        strays=[
            Discrepancy(key=each.key, image_id=each.image_id, what=f"a notice says {each.outcome}; nobody sent it")
            for each in notified
            if each.image_id not in known
        ],
        digests=len(digests),
        digest_differs=list(_differences(digests, batches, counts, missing)),
    )


def _outcome(sent: Sent, rows: Mapping[str, Row]) -> str:
    row = rows.get(sent.uploaded.image_id)
    return row.outcome if row is not None and row.outcome is not None else MISSING


def _finding(sent: Sent, what: str) -> Discrepancy:
    return Discrepancy(key=sent.uploaded.key, image_id=sent.uploaded.image_id, what=what)


def _last_seen(sent: Sent, rows: Mapping[str, Row]) -> str:
    row = rows.get(sent.uploaded.image_id)
    if row is None:
        return "not in the ledger: no service has come to it"
    return "uploaded, and no service has come to it" if row.service == "uploaded" else f"last seen in {row.service}"


def _why(sent: Sent, rows: Mapping[str, Row]) -> str:
    row = rows.get(sent.uploaded.image_id)
    return f": {row.error}: {row.reason}" if row is not None and row.error else ""


def _absent(sent: Iterable[Sent], rows: Mapping[str, Row], present: Collection[str] | None) -> Iterable[Discrepancy]:
    if present is None:
        return
    for each in sent:
        row = rows.get(each.uploaded.image_id)
        outputs = row.outputs if row is not None and row.outcome == "stored" else ()
        gone = [key for key in outputs if key not in present]
        if gone:
            yield _finding(each, f"stored, and not in the output bucket: {', '.join(gone)}")


def _notified_twice(notified: Iterable[Notified]) -> Iterable[Discrepancy]:
    """Notices of one id that were published more than once."""
    published: dict[str, set[str]] = {}
    first: dict[str, Notified] = {}
    for each in notified:
        published.setdefault(each.notice_id, set()).add(each.published)
        first.setdefault(each.notice_id, each)
    for notice_id, times in published.items():
        if len(times) > 1:
            each = first[notice_id]
            yield Discrepancy(key=each.key, image_id=each.image_id, what=f"{notice_id} published {len(times)} times")


def _differences(
    digests: Sequence[Mapping[str, int]], batches: int, counts: Mapping[str, int], missing: int
) -> Iterable[str]:
    """What all digests together say other than the ledger; while an image is missing, its batch's cannot come."""
    if len(digests) < batches:
        if not counts[MISSING]:
            yield f"every image has its outcome, and {len(digests)} of {batches} digests came"
        return
    should = {**{name: counts[name] for name in OUTCOMES}, "missing": missing}
    for name, count in should.items():
        reported = sum(each.get(name, 0) for each in digests)
        if batches and reported != count:
            yield f"the digest counts {reported:,} {name}, the ledger {count:,}"
