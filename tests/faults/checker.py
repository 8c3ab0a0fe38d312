"""Judges a run in the manner of Jepsen's total-queue checker: what was uploaded against what there is in the end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must become of an image.

    Args:
        outcome: stored, failed or removed.
        outputs: the ETag of each output by its key.
        versions: how many were uploaded under its key, its deletion included; the newest is what is expected, and older
            ones are stored too, or superseded.
        earlier: outcomes that it had before, such as failed before a replay, of which subscribers were notified too.
        quiet: whether nobody need be notified, as of a deletion that came before anything was stored.
    """

    outcome: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    versions: int = 1
    earlier: frozenset[str] = frozenset()
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What there is when all is quiet.

    Args:
        outcomes: of the ledger, of every version of a key, the newest first.
        outputs: the ETag of each object of the output bucket by its key.
        entries: the key of each DLQ message.
        notices: (notice id, key, outcome) of each that was delivered.
        digests: (batch id, notice id, its counts by name) of each that was delivered.
        waiting: how many messages are still in the queues.
    """

    outcomes: Mapping[str, Sequence[str | None]]
    outputs: Mapping[str, str]
    entries: Sequence[str | None]
    notices: Sequence[tuple[str, str | None, str]]
    digests: Sequence[tuple[str, str, Mapping[str, int]]] = ()
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What is wrong, and what is merely counted.

    Args:
        lost: images without an outcome, without an output, or that nobody was notified of.
        stale: outputs that are not what the newest version gives.
        unexpected: whatever nobody asked for, or contradicts the outcome.
        duplicates: how many notices and digests came more than once, by their ids; and messages, by their keys.
    """

    lost: tuple[str, ...]
    stale: tuple[str, ...]
    unexpected: tuple[str, ...]
    duplicates: Mapping[str, int]

    @property
    def good(self) -> bool:
        """Whether nothing is lost, stale or unexpected."""
        return not (self.lost or self.stale or self.unexpected)


def judge(
    expected: Mapping[str, Expected], observed: Observed, batches: Mapping[str, Mapping[str, int]] | None = None
) -> Checked:
    """Hold what there is against what must be.

    Args:
        expected: by the image's key; each was uploaded once.
        observed: all that there is.
        batches: what the digest of each batch must count, by the batch's id.
    """
    notified: dict[str | None, set[str]] = {}
    for _, key, outcome in observed.notices:
        notified.setdefault(key, set()).add(outcome)
    findings = Findings()
    for key, want in expected.items():
        _outcome(key, want, observed, notified.get(key, set()), findings)
        _outputs(key, want, observed, findings)
    _strangers(expected, observed, notified, findings)
    _digests(batches or {}, observed, findings)
    if observed.waiting:
        findings.lost.append(f"{observed.waiting} messages still wait")
    notices = Counter(notice for notice, _, _ in observed.notices)
    entries = Counter(observed.entries)
    digests = Counter(notice for _, notice, _ in observed.digests)
    return Checked(
        lost=tuple(findings.lost),
        stale=tuple(findings.stale),
        unexpected=tuple(findings.unexpected),
        duplicates={
            "notices": sum(count - 1 for count in notices.values()),
            "messages": sum(count - 1 for count in entries.values()),
            "digests": sum(count - 1 for count in digests.values()),
        },
    )


@dataclass(kw_only=True)
class Findings:
    """What is found wrong, in words."""

    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def _outcome(key: str, want: Expected, observed: Observed, notified: set[str], findings: Findings) -> None:
    """One outcome, notified to subscribers, and a DLQ message with a failure alone."""
    outcomes = observed.outcomes.get(key, [])
    if len(outcomes) != want.versions or None in outcomes:
        findings.lost.append(f"{key}: outcomes {list(outcomes)}")
    elif outcomes[0] != want.outcome or not set(outcomes[1:]) <= {want.outcome, "superseded"} | want.earlier:
        findings.unexpected.append(f"{key}: {', '.join(map(str, outcomes))}, not {want.outcome}")
    if want.outcome not in notified and not want.quiet:
        findings.lost.append(f"{key}: nobody was notified that it is {want.outcome}")
    if others := notified - {want.outcome} - want.earlier:
        findings.unexpected.append(f"{key}: notified {', '.join(sorted(others))}, and it is {want.outcome}")
    if want.outcome == "failed" and key not in observed.entries:
        findings.lost.append(f"{key}: no DLQ message")
    if want.outcome == "stored" and key in observed.entries:
        findings.unexpected.append(f"{key}: stored, and a DLQ message")


def _outputs(key: str, want: Expected, observed: Observed, findings: Findings) -> None:
    """Each output is there, and is what its image gives."""
    for output, etag in want.outputs.items():
        if output not in observed.outputs:
            findings.lost.append(f"{key}: no {output}")
        elif observed.outputs[output] != etag:
            findings.stale.append(f"{output}: not what {key} gives")


def _strangers(
    expected: Mapping[str, Expected], observed: Observed, notified: Iterable[str | None], findings: Findings
) -> None:
    """Nothing is there of what nobody uploaded."""
    asked = {output for want in expected.values() for output in want.outputs}
    findings.unexpected += [f"{output}: nobody asked for it" for output in observed.outputs.keys() - asked]
    findings.unexpected += [f"{key}: nobody uploaded it" for key in observed.outcomes.keys() - expected.keys()]
    strangers = {key for key in [*observed.entries, *notified] if key not in expected}
    findings.unexpected += [f"{key}: notified or dead_lettered, and nobody uploaded it" for key in strangers]


def _digests(batches: Mapping[str, Mapping[str, int]], observed: Observed, findings: Findings) -> None:
    """Each batch is reported, under one id, with the counts that it came to."""
    ids: dict[str, set[str]] = {}
    for batch, notice, counts in observed.digests:
        ids.setdefault(batch, set()).add(notice)
        if batch not in batches:
            findings.unexpected.append(f"batch {batch}: notified, and nobody uploaded it")
        elif dict(counts) != dict(batches[batch]):
            findings.unexpected.append(f"batch {batch}: notified {dict(counts)}, not {dict(batches[batch])}")
    findings.lost += [f"batch {batch}: nobody was notified that it ended" for batch in batches if batch not in ids]
    findings.unexpected += [
        f"batch {batch}: notified as {sorted(notified)}" for batch, notified in ids.items() if len(notified) > 1
    ]
