"""The plots of a load test's report: which figures, on which axes, with what text beside them."""

from itertools import accumulate
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ops.load import latencies
from ops.load.figures import Report
from ops.load.latencies import PARTS, WHOLE
from ops.load.plots import BLUE, GREEN, ORANGE, PALE_BLUE, PALE_GREEN, PALE_ORANGE, RED, VIOLET, Plot
from ops.names import SERVICES

# More dots than this say nothing more, and make the page heavy.
_MAX_DOTS: Final = 2000
_BY_TIME: Final = "seconds since the first upload"
# Lines differ in their dashes as well as in their colours.
_LINES: Final = ((BLUE, "-"), (ORANGE, (0, (5, 2))), (GREEN, (0, (1.5, 2))), (VIOLET, (0, (7, 2, 1.5, 2))))
_PART_COLOURS: Final = (PALE_BLUE, BLUE, PALE_ORANGE, ORANGE, PALE_GREEN, GREEN)


def throughput(report: Report) -> Plot:
    """Images a second over time: those that were sent, and those that came to their outcome."""
    bins = report.bins
    end = bins[-1].start + bins[-1].seconds
    edges = [*(each.start for each in bins), end]
    sent, ended = [each.sent_a_second for each in bins], [each.ended_a_second for each in bins]

    def paint(axes: Axes) -> None:
        axes.stairs(
            sent, edges, baseline=None, color=ORANGE, linestyle=(0, (5, 2)), linewidth=1.5, label="sent", clip_on=False
        )
        axes.stairs(ended, edges, baseline=None, color=BLUE, linewidth=1.5, label="done", clip_on=False)
        _frame(axes, _BY_TIME, "images a second", end, max(*sent, *ended))

    return Plot(
        title="Images a second over time, averages over spans of the same length",
        text=f"Sent: up to {max(sent):.1f} a second. Done: up to {max(ended):.1f},"
        f" {report.images_a_second:.1f} on average, over {end:g} seconds.",
        paint=paint,
        legend=2,
    )


def queues(report: Report) -> Plot | None:
    """How many messages were in each service's queue, and in the dead-letter queues; None if SQS gave no depths."""
    run = report.run
    samples = [each for each in run.samples if each.at >= run.started]
    if not samples:
        return None
    times = [each.at - run.started for each in samples]
    depths = {service: [each.queues[service].messages for each in samples] for service in SERVICES}
    before = sum(run.samples[0].dead.values())
    dead = [max(0, sum(each.dead.values()) - before) for each in samples]

    def paint(axes: Axes) -> None:
        for (service, depth), (colour, dashes) in zip(depths.items(), _LINES, strict=False):
            axes.plot(
                times, depth, color=colour, linestyle=dashes, clip_on=False, label=f"{service}: {max(depth):,} at most"
            )
        axes.plot(times, dead, color=RED, linestyle=":", clip_on=False, label=f"new DLQ messages: {dead[-1]:,}")
        _frame(axes, _BY_TIME, "messages", times[-1], max(*dead, *(max(depth) for depth in depths.values())))

    return Plot(
        title="Messages in each queue, others' too: visible, in flight, or delayed before another attempt",
        text="At most: "
        + ", ".join(f"{service} {max(depth):,}" for service, depth in depths.items())
        + f"; {dead[-1]:,} DLQ messages more at the end than at the start.",
        paint=paint,
        legend=4,
    )


def waits(report: Report) -> Plot | None:
    """How long each stored image took, by when it was uploaded; None if no image was stored."""
    times = _stored(report)
    if not times:
        return None
    whole = report.seconds[WHOLE]
    end, step = times[-1][0], -(-len(times) // _MAX_DOTS)

    def paint(axes: Axes) -> None:
        # One path of dots: an element for each of thousands would make the page heavy.
        dots = [each for each in times[::step] for _ in (Path.MOVETO, Path.LINETO)]
        path = Path(dots, [Path.MOVETO, Path.LINETO] * (len(dots) // 2))
        path.should_simplify = False  # which would remove lines without a length
        name = "an image" if step == 1 else f"one image in {step}"
        axes.add_patch(PathPatch(path, color=BLUE, capstyle="round", linewidth=3, fill=False, alpha=0.6))
        axes.plot([], [], color=BLUE, marker="o", markersize=3, linestyle="", alpha=0.6, label=name)
        percentiles = (("p50", whole.p50), ("p95", whole.p95), ("p99", whole.p99))
        for (percentile, seconds), (colour, dashes) in zip(percentiles, _LINES[1:], strict=True):
            axes.axhline(seconds, color=colour, linestyle=dashes, label=f"{percentile}: {seconds:.2f} s")
        _frame(axes, "uploaded, seconds since the first upload", "seconds to stored", end, whole.longest)

    return Plot(
        title="How long each stored image took, by when it was uploaded",
        text=f"From the upload to stored: half within {whole.p50:.2f} s, 95 % within {whole.p95:.2f} s,"
        f" all within {whole.longest:.2f} s.",
        paint=paint,
        legend=4,
    )


def distribution(report: Report) -> Plot | None:
    """How many stored images took how long; None if no image was stored."""
    classes = classes_of(report)
    if not classes:
        return None
    whole = report.seconds[WHOLE]
    starts, ends, counts = zip(*classes, strict=True)
    width = 0.94 * ends[0]  # a gap between two bars

    def paint(axes: Axes) -> None:
        axes.bar(starts, counts, width=width, align="edge", color=BLUE)
        _frame(axes, "seconds from the upload to stored", "images", ends[-1], max(counts))

    return Plot(
        title="How many stored images took how long, from the upload to stored",
        text=f"{whole.count:,} images, {whole.mean:.2f} s on average, the longest {whole.longest:.2f} s.",
        paint=paint,
    )


def classes_of(report: Report) -> list[tuple[float, float, int]]:
    """Times of stored images in classes of the same width, as (from, to, how many), in seconds."""
    return latencies.histogram([taken for _, taken in _stored(report)])


def composition(report: Report) -> Plot:
    """What the mean time of a stored image went into."""
    means = [report.seconds[name].mean if name in report.seconds else 0.0 for name in PARTS]
    labels = [f"{name} {mean:.2f} s" for name, mean in zip(PARTS, means, strict=True)]

    def paint(axes: Axes) -> None:
        for start, mean, label, colour in zip(
            accumulate(means, initial=0.0), means, labels, _PART_COLOURS, strict=False
        ):
            axes.barh(0, mean, left=start, color=colour, label=label)
        axes.set_xlim(0, sum(means) or 1)
        axes.set_axis_off()

    return Plot(
        title="What the mean time of a stored image went into",
        text=", ".join(labels) + ".",
        paint=paint,
        height=100,
        legend=3,
    )


def _frame(axes: Axes, x_label: str, y_label: str, longest: float, highest: float) -> None:
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(0, longest or 1), ylim=(0, highest * 1.05 or 1))
    axes.grid(axis="y")
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_major_formatter("{x:,g}")


def _stored(report: Report) -> list[tuple[float, float]]:
    """Of each stored image: when it was uploaded, in seconds since the first upload, and how long it took."""
    run = report.run
    return sorted(
        (max(0.0, latencies.moment(row.uploaded_at) - run.started), row.total_seconds)
        for row in run.own_rows
        if row.outcome == "stored"
    )
