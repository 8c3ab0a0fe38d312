"""The report as one HTML file: it loads nothing, runs no script, and says in words what is plotted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from ops.load import charts, latencies
from ops.load.figures import Report
from ops.load.latencies import WHOLE
from ops.load.reconciliation import LISTS, MISSING, OUTCOMES, Discrepancy
from ops.show import visible
from ops.templates import environment
from shared.dlq_messages import iso
from shared.notices import human_size, human_time

_HERE: Final = Path(__file__).parent
_MAX_LISTED: Final = 200
_WHOLE_FROM: Final = 1000


def page(report: Report) -> str:
    """The HTML file's text; report.html says what it has."""
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            charts=charts,
            style=Markup((_HERE / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - ours
            started_at=iso(report.run.since),
            whole=WHOLE,
            outcomes=OUTCOMES,
            lists=LISTS,
            max_listed=_MAX_LISTED,
            busiest=latencies.busiest(report.bins),
            kinds=list(_kinds(report)),
            times=list(_times(report)),
            classes=[(_fixed(low), _fixed(high), count) for low, high, count in charts.classes_of(report)],
            spans=[(f"{each.start:g}", each.sent, each.ended, f"{each.ended_a_second:.1f}") for each in report.bins],
            functions=list(_functions(report)),
            charges=list(_charges(report)),
        )
    )


def _environment() -> Environment:
    env = environment(_HERE, finalize=_printable)
    env.filters.update(human_size=human_size, human_time=human_time, grouped="{:,}".format, fixed=_fixed, cells=_cells)
    return env


def _printable(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Text of any origin moves no cursor, does not turn the line around, and fits into UTF-8."""
    if isinstance(value, Markup):
        return value
    return visible(str(value)).encode("utf-8", "backslashreplace").decode("utf-8")


def _fixed(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}"


def _cells(found: Discrepancy) -> tuple[str, str, str]:
    return found.key, found.what, found.image_id


def _kinds(report: Report) -> Iterator[tuple[str, ...]]:
    columns = ("sent", *OUTCOMES, MISSING)
    totals = {"sent": report.result.sent, **report.result.counts}
    for kind, counts in (*report.kinds.items(), ("all", totals)):
        yield (kind, *(f"{counts[name]:,}" for name in columns))


def _times(report: Report) -> Iterator[tuple[str, ...]]:
    for name, each in report.seconds.items():
        seconds = (each.mean, each.p50, each.p95, each.p99, each.longest)
        yield (name, f"{each.count:,}", *map(_fixed, seconds))


def _functions(report: Report) -> Iterator[tuple[str, ...]]:
    logged = report.logged
    # AWS reports how long a function took to start; the local AWS does not.
    known = any(logged.cold_starts.values())
    for service, count in logged.invocations.items():
        cold_starts = f"{logged.cold_starts.get(service, 0):,}" if known else "not known"
        yield (service, f"{count:,}", f"{logged.billed_seconds[service]:.1f}", cold_starts)


def _charges(report: Report) -> Iterator[tuple[str, ...]]:
    for whose, charges in (("pipeline", report.cost.pipeline), ("this test", report.cost.test)):
        yield from ((whose, each.what, _amount(each.amount), f"{each.dollars:.5f}") for each in charges)
    yield ("together", "", "", f"{report.cost.dollars:.5f}")


def _amount(amount: float) -> str:
    """Whole where it is large: 1,938 or 75.35."""
    return f"{amount:,.0f}" if amount >= _WHOLE_FROM else f"{amount:.4g}"
