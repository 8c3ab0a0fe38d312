"""The plots of a load test's report: which figures, on which axes, with what text beside them."""

from typing import Final

from ops.load import latencies, plots
from ops.load.figures import Report
from ops.load.latencies import PARTS, WHOLE
from ops.load.plots import Axes, Series
from ops.names import SERVICES

# More dots than this say nothing more, and make the page heavy.
_MAX_DOTS: Final = 2000
_BY_TIME: Final = "seconds since the first upload"


def throughput(report: Report) -> str:
    """Images a second over time: those that were sent, and those that came to their outcome."""
    bins = report.bins
    end = bins[-1].start + bins[-1].seconds

    def steps(rates: list[float]) -> list[tuple[float, float]]:
        return [*zip((each.start for each in bins), rates, strict=True), (end, rates[-1])]

    sent, ended = [each.sent_a_second for each in bins], [each.ended_a_second for each in bins]
    axes = Axes(
        title="Images a second over time",
        says=f"Sent: up to {max(sent):.1f} a second. Done: up to {max(ended):.1f},"
        f" {report.images_a_second:.1f} on average, over {end:g} seconds.",
        x_label=_BY_TIME,
        y_label="images a second",
        longest=end,
        highest=max(*sent, *ended),
    )
    return plots.lines(
        axes,
        [
            Series(name="sent", style="s2", points=steps(sent), steps=True),
            Series(name="done", style="s1", points=steps(ended), steps=True),
        ],
    )


def queues(report: Report) -> str:
    """How many messages were in each service's queue, and in the dead-letter queues."""
    run = report.run
    samples = [(each.at - run.started, each) for each in run.samples if each.at >= run.started]
    if not samples:
        return "<p>SQS reported no depths.</p>"
    end = samples[-1][0]
    depth = {
        service: [(at, float(each.queues[service].waiting + each.queues[service].in_flight)) for at, each in samples]
        for service in SERVICES
    }
    before = sum(run.samples[0].dead.values())
    dead = [(at, max(0.0, float(sum(each.dead.values()) - before))) for at, each in samples]
    most = {service: max(y for _, y in points) for service, points in depth.items()}
    axes = Axes(
        title="Queue depth over time",
        says="At most: "
        + ", ".join(f"{service} {count:,.0f}" for service, count in most.items())
        + f"; {dead[-1][1]:,.0f} DLQ messages more at the end than at the start.",
        x_label=_BY_TIME,
        y_label="messages",
        longest=end,
        highest=max(*most.values(), *(y for _, y in dead)),
    )
    series = [
        Series(name=f"{service}: {most[service]:,.0f} at most", style=f"s{number}", points=points)
        for number, (service, points) in enumerate(depth.items(), 1)
    ]
    return plots.lines(axes, [*series, Series(name=f"new DLQ messages: {dead[-1][1]:,.0f}", style="s5", points=dead)])


def waits(report: Report) -> str:
    """How long each stored image took, by when it was uploaded."""
    times = _stored(report)
    step = -(-len(times) // _MAX_DOTS)
    whole = report.seconds[WHOLE] if times else None
    if whole is None:
        return "<p>No image was stored.</p>"
    end = max(at for at, _ in times)
    axes = Axes(
        title="How long each stored image took",
        says=f"From the upload to stored: half within {whole.p50:.2f} s, 95 % within {whole.p95:.2f} s,"
        f" all within {whole.longest:.2f} s.",
        x_label="uploaded, seconds since the first upload",
        y_label="seconds to stored",
        longest=end,
        highest=whole.longest,
    )
    return plots.lines(
        axes,
        [
            Series(
                name="an image" if step == 1 else f"one image in {step}", style="s1", points=times[::step], dots=True
            ),
            Series(name=f"p50: {whole.p50:.2f} s", style="s3", points=[(0, whole.p50), (end, whole.p50)]),
            Series(name=f"p95: {whole.p95:.2f} s", style="s2", points=[(0, whole.p95), (end, whole.p95)]),
            Series(name=f"p99: {whole.p99:.2f} s", style="s4", points=[(0, whole.p99), (end, whole.p99)]),
        ],
    )


def distribution(report: Report) -> str:
    """How many stored images took how long."""
    seconds = [taken for _, taken in _stored(report)]
    classes = latencies.histogram(seconds)
    whole = report.seconds[WHOLE]
    axes = Axes(
        title="How many stored images took how long",
        says=f"{whole.count:,} images, {whole.mean:.2f} s on average, the longest {whole.longest:.2f} s.",
        x_label="seconds from the upload to stored",
        y_label="images",
        longest=classes[-1][1],
        highest=float(max(count for _, _, count in classes)),
    )
    return plots.bars(axes, classes)


def composition(report: Report) -> str:
    """What the mean time of a stored image went into."""
    parts = [
        (name, f"p{number}", report.seconds[name].mean if name in report.seconds else 0.0)
        for number, name in enumerate(PARTS, 1)
    ]
    caption = ", ".join(f"{name} {seconds:.2f} s" for name, _, seconds in parts)
    return plots.stack("What the mean time went into", caption, parts, "s")


def _stored(report: Report) -> list[tuple[float, float]]:
    """Of each stored image: when it was uploaded, in seconds since the first upload, and how long it took."""
    run = report.run
    rows = [run.rows[each.uploaded.image_id] for each in run.sent if each.uploaded.image_id in run.rows]
    return sorted(
        (max(0.0, latencies.moment(row.uploaded_at) - run.started), latencies.whole(row))
        for row in rows
        if row.outcome == "stored"
    )
