"""The report as one HTML file: it loads nothing, runs no script, and says in words what is drawn."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from ops.aws.prices import MILLION, Charge
from ops.load import charts, latencies
from ops.load.figures import Report
from ops.load.latencies import PARTS, UPLOAD, WHOLE, WHOLE_FAILED
from ops.load.reconciliation import MISSING, OUTCOMES, Discrepancy
from ops.show import visible
from shared.dlq_messages import iso
from shared.notices import human_size, human_time

_STYLE: Final = Path(__file__).parent / "style.css"
# Nothing may be loaded, whatever a key holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_MAX_LISTED: Final = 200
_WHOLE_FROM: Final = 1000

_LISTS: Final = (
    ("missing", "Without an outcome"),
    ("unexpected", "Came to another outcome than expected"),
    ("unnotified", "Not notified of"),
    ("reported_otherwise", "Notified of otherwise than the ledger says"),
    ("absent", "Stored, and not in the output bucket"),
    ("strays", "Notified of, and never sent"),
    ("notified_twice", "Notified twice, under the same id"),
    ("notified_of_again", "Notified of by several notices"),
)

_NOTES: Final = (
    (
        "A time runs from the upload, as S3's event has it, to what the last service wrote into the ledger; percentiles"
        " are"
        " nearest rank: each is a time that was measured."
    ),
    (
        "Waiting for a service is all that lies between two services: the queue, a function that starts, and a batch"
        " whose"
        " other images come first. A service's own time is as the service measured it, beside others of its batch."
    ),
    "Queue depths and what Lambda bills count whatever else went through the pipeline meanwhile.",
    (
        "A repeated try is a line of a service's log; a function that was killed writes none, its message comes back"
        " when its visibility timeout is over."
    ),
    "An upload's time and the moments of sending are this machine's; all others are AWS's clocks.",
)


def page(report: Report) -> str:
    """The whole file."""
    plan = report.run.plan
    title = f"Load test {plan.name}"
    body = "".join(
        (
            _head(report, title),
            _cards(report),
            _reconciliation(report),
            _times(report),
            _over_time(report),
            _retries(report),
            _cost(report),
            _notes(report),
        )
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f"<body><main>{body}</main></body></html>\n"
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1, strong: Sequence[str] = ()) -> str:
    """A table.

    Args:
        header: of its columns.
        rows: cells as text.
        words: how many columns, from the left, hold words; the others hold numbers.
        strong: first cells of rows that stand out.
    """

    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = ("key" if number < words else "n" for number in range(len(row)))
        return "".join(f'<{tag} class="{kind}">{_text(cell)}</{tag}>' for cell, kind in zip(row, kinds, strict=True))

    lines = "".join(
        f'<tr class="strong">{cells("td", row)}</tr>' if row[0] in strong else f"<tr>{cells('td', row)}</tr>"
        for row in rows
    )
    return (
        f'<div class="table"><table><thead><tr>{cells("th", header)}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _text(text: str) -> str:
    """Text of any origin: nothing in it is markup, moves the cursor or turns the line around."""
    return escape(visible(text).encode("utf-8", "backslashreplace").decode("utf-8"))


def _head(report: Report, title: str) -> str:
    run, plan = report.run, report.run.plan
    mood = "wait" if run.interrupted else "" if report.code == 0 else "bad"
    size = f" ({plan.size})" if plan.size else ""
    rate = f"{plan.rate:g} images a second" if plan.rate else "as fast as they went"
    refused = f" S3 did not take {len(run.refused):,}." if run.refused else ""
    return (
        f"<h1>{_text(title)}</h1>"
        f'<p class="quiet">{plan.images:,} images, mix {_text(plan.mix.name)}{size}, {plan.workers} at once, {rate},'
        f" into s3://{_text(report.bucket)}/{_text(plan.prefix)}, from {iso(run.since)}</p>"
        f'<div class="verdict {mood}"><strong>{_text(report.words)}</strong>'
        f'<p class="sum">{report.adds}.{refused}</p></div>'
    )


def _cards(report: Report) -> str:
    run, whole = report.run, report.seconds.get(WHOLE)
    size = sum(each.uploaded.size_bytes for each in run.sent)
    cards = [
        (f"{report.images_a_second:.1f}", "images a second, on average"),
        (
            human_time(run.seconds),
            f"from the first upload to the last outcome; {human_time(run.sending_seconds)} of sending",
        ),
        (human_size(size), "uploaded"),
    ]
    if whole is not None:
        cards += [
            (f"{each:.2f} s", f"{name} of stored images, upload to stored")
            for name, each in (("p50", whole.p50), ("p95", whole.p95), ("p99", whole.p99))
        ]
    cards += [
        (f"{sum(report.retries.values()):,}" if report.logged.unread is None else "unknown", "attempts repeated"),
        (f"{report.result.duplicates:,}", "duplicate notices"),
        (f"${report.cost.dollars:.4f}", "on AWS, estimated"),
    ]
    items = "".join(f"<li><b>{escape(figure)}</b>{escape(what)}</li>" for figure, what in cards)
    return f'<ul class="cards">{items}</ul>'


def _reconciliation(report: Report) -> str:
    result = report.result
    header = ("kind of file", "sent", *OUTCOMES, report.unended)
    rows = [
        (kind, *(f"{counts[name]:,}" for name in ("sent", *OUTCOMES, MISSING))) for kind, counts in report.kinds.items()
    ]
    totals = ("all", f"{result.sent:,}", *(f"{result.counts[name]:,}" for name in (*OUTCOMES, MISSING)))
    parts = [f"<h2>What became of them</h2>{table(header, [*rows, totals], strong=('all',))}"]
    parts.append(
        f"<p>{len(report.run.notified):,} notices came, {result.digests} of {len(report.run.batches)} digests;"
        f" {result.delivered_twice:,} notices were delivered twice, {len(result.notified_twice):,} published twice,"
        f" and {len(result.notified_of_again):,} images were reported by several.</p>"
    )
    if report.errors:
        parts.append(table(("why images failed", "images"), [(why, f"{n:,}") for why, n in report.errors.items()]))
    parts += [_findings(title, getattr(result, name)) for name, title in _LISTS]
    if result.digest_differs:
        parts.append("<h3>The digest</h3>" + "".join(f"<p>{_text(each)}</p>" for each in result.digest_differs))
    if report.run.refused:
        refused = [Discrepancy(key=each.key, image_id="", what=each.reason) for each in report.run.refused]
        parts.append(_findings("Not taken by S3", refused))
    return "".join(parts)


def _findings(title: str, findings: Sequence[Discrepancy]) -> str:
    if not findings:
        return ""
    rows = [(each.key, each.what, each.image_id) for each in findings[:_MAX_LISTED]]
    more = (
        f"<p>and {len(findings) - _MAX_LISTED:,} more: report.json has all</p>" if len(findings) > _MAX_LISTED else ""
    )
    return f"<h3>{escape(title)}: {len(findings):,}</h3>{table(('key', 'what', 'image'), rows, words=3)}{more}"


def _times(report: Report) -> str:
    if WHOLE not in report.seconds:
        return ""
    names = [name for name in (UPLOAD, *PARTS, WHOLE, WHOLE_FAILED) if name in report.seconds]
    rows = [
        (
            name,
            f"{each.count:,}",
            *(f"{value:.2f}" for value in (each.mean, each.p50, each.p95, each.p99, each.longest)),
        )
        for name, each in ((name, report.seconds[name]) for name in names)
    ]
    return (
        "<h2>How long one took</h2>"
        f"{table(('seconds', 'images', 'mean', 'p50', 'p95', 'p99', 'longest'), rows, strong=(WHOLE,))}"
        f"{_figure('What the mean time of a stored image went into', charts.composition(report))}"
        f"{_figure('How many stored images took how long, from the upload to stored', charts.distribution(report))}"
    )


def _over_time(report: Report) -> str:
    if not report.run.sent:
        return ""
    rows = [
        (f"{each.start:g}", f"{each.sent:,}", f"{each.ended:,}", f"{each.ended_a_second:.1f}") for each in report.bins
    ]
    drawn = "".join(
        (
            _figure("Images a second, averages over spans of the same length", charts.throughput(report)),
            _figure(
                "Messages in each queue, others' too: waiting, in work, or pausing before another attempt",
                charts.queues(report),
            ),
            _figure("How long each stored image took, by when it was uploaded", charts.waits(report)),
        )
    )
    whole = table(("from, s", "sent", "done", "done a second"), rows, words=0)
    return (
        f"<h2>Over time</h2><p>The busiest span made {latencies.busiest(report.bins):.1f} images a second.</p>"
        f"{drawn}<details><summary>As a table</summary>{whole}</details>"
    )


def _figure(caption: str, drawn: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{drawn}</figure>"


def _retries(report: Report) -> str:
    logged = report.logged
    parts = ["<h2>Retries and functions</h2>"]
    if logged.unread is not None:
        return parts[0] + f"<p>The services' logs could not be read: {_text(logged.unread)}</p>"
    if report.retries:
        parts.append(table(("attempts repeated", "times"), [(why, f"{n:,}") for why, n in report.retries.items()]))
    else:
        parts.append("<p>No service logged that it repeats an attempt.</p>")
    if report.result.counts["failed"]:
        parts.append(f"<p>The images that failed took {report.failed_attempts:,} attempts beyond their first.</p>")
    # AWS reports how long a function took to start; the local AWS does not.
    known = any(logged.cold_starts.values())
    rows = [
        (
            service,
            f"{count:,}",
            f"{logged.billed_seconds[service]:.1f}",
            f"{logged.cold_starts.get(service, 0):,}" if known else "not known",
        )
        for service, count in logged.invocations.items()
    ]
    if rows:
        parts.append(table(("function", "invocations", "billed seconds", "cold starts"), rows))
    return "".join(parts)


def _cost(report: Report) -> str:
    cost = report.cost
    rows = [*_charges("pipeline", cost.pipeline), *_charges("this test", cost.test)]
    total = ("together", "", "", f"{cost.dollars:.5f}")
    one = cost.pipeline_dollars / max(1, len(report.run.sent))
    a_million = f"<p>A million such images: ${one * MILLION:,.2f}, without the test's own requests.</p>"
    bill = table(("whose", "what", "amount", "dollars"), [*rows, total], words=2, strong=("together",))
    return (
        f"<h2>Estimated cost on AWS</h2>{bill}"
        f"{a_million if report.run.sent else ''}"
        f'<ul class="notes">{"".join(f"<li>{_text(each)}</li>" for each in cost.assumptions)}</ul>'
    )


def _charges(whose: str, charges: Iterable[Charge]) -> list[tuple[str, str, str, str]]:
    return [(whose, each.what, _amount(each.amount), f"{each.dollars / MILLION:.5f}") for each in charges]


def _amount(amount: float) -> str:
    """Whole where it is large: 1,938 or 75.35."""
    return f"{amount:,.0f}" if amount >= _WHOLE_FROM else f"{amount:.4g}"


def _notes(report: Report) -> str:
    extra = [f"The batch of an image was not written down: {each}" for each in report.run.unjoined[:_MAX_LISTED]]
    lines = "".join(f"<li>{_text(each)}</li>" for each in (*_NOTES, *extra))
    return f'<h2>How it was measured</h2><ul class="notes">{lines}</ul>'
