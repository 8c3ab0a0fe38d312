"""A load test's report in a few lines, on stdout: times, the sum of outcomes, and discrepancies."""

from collections.abc import Sequence
from typing import Final

from ops.cli.output import numeric, print_table
from ops.load import latencies
from ops.load.figures import Report
from ops.load.reconciliation import Discrepancy
from ops.show import visible

_MAX_NAMED: Final = 20


def show(report: Report) -> None:
    """Print the report."""
    if report.seconds:
        print_table(
            ("SECONDS", *map(numeric, ("IMAGES", "P50", "P95", "P99", "LONGEST"))),
            [
                (name, f"{s.count:,}", f"{s.p50:.2f}", f"{s.p95:.2f}", f"{s.p99:.2f}", f"{s.longest:.2f}")
                for name, s in report.seconds.items()
            ],
        )
        print()
    result, busiest = report.result, latencies.busiest(report.bins)
    print(report.adds)
    retries = f"{sum(report.retries.values()):,}" if report.logged.unread is None else "an unknown number of"
    print(
        f"{len(report.run.notified):,} notices, {result.duplicates:,} of them duplicates; {retries} attempts repeated;"
        f" {report.images_a_second:.1f} images/s, {busiest:.1f} at most; about ${report.cost.dollars:.4f} on AWS"
    )
    for why, number in report.errors.items():
        print(visible(f"  {number:,} failed in {why}"))
    _print_findings(report.unended, result.missing)
    for name in ("unexpected", "unnotified", "reported_otherwise", "absent", "strays"):
        _print_findings(name.replace("_", " "), getattr(result, name))
    _print_findings("not taken by S3", report.refused)
    for each in result.digest_differs:
        print(each)
    print(report.words)


def _print_findings(title: str, findings: Sequence[Discrepancy]) -> None:
    if not findings:
        return
    print(f"{len(findings):,} {title}:")
    for each in findings[:_MAX_NAMED]:
        print(visible(f"  {each.key}: {each.what}"))
    if len(findings) > _MAX_NAMED:
        print(f"  … and {len(findings) - _MAX_NAMED:,} more: report.json has all")
