"""What the plots of a load test's report show."""

import base64
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.load_tests import START, report, row, sent
from matplotlib.figure import Figure

from ops.aws.queues import QueueDepth
from ops.load import charts
from ops.load.depths import DepthSample
from ops.load.latencies import PARTS, bins
from ops.names import SERVICES


def painted(plot):
    axes = Figure().add_subplot()
    plot.paint(axes)
    return axes


def labels(axes):
    return axes.get_legend_handles_labels()[1]


def of(count, ends=(1.0, 2.0, 4.0)):
    images = [replace(sent(number), at=START + number / 10) for number in range(count)]
    return report(images, [row(each, uploaded=each.number / 10, ends=ends) for each in images])


@pytest.fixture(scope="module")
def many():
    return of(300)


def test_throughput_has_a_step_for_every_span(many):
    made = replace(many, bins=bins([0, 0, 1.5], [1.5, 2.5, 2.6], seconds=3))
    axes = painted(charts.throughput(made))
    by_name = dict(zip(labels(axes), (list(each.get_data().values) for each in axes.patches), strict=True))
    assert by_name == {"sent": [2, 1, 0], "done": [0, 1, 2]}
    assert list(axes.patches[0].get_data().edges) == [0, 1, 2, 3]
    assert charts.throughput(made).text.startswith("Sent: up to 2.0 a second. Done: up to 2.0,")


def test_queues_have_a_line_a_service_and_one_of_new_dlq_messages(many):
    samples = [
        DepthSample(
            at=START + second,
            queues={service: QueueDepth(visible=number, in_flight=second) for number, service in enumerate(SERVICES)},
            dead=dict.fromkeys(SERVICES, 5 + second),
        )
        for second in range(3)
    ]
    many = replace(many, run=replace_samples(many.run, samples))
    axes = painted(charts.queues(many))
    assert [list(each.get_ydata()) for each in axes.lines] == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [0, 3, 6]]
    assert labels(axes) == [
        "resize: 2 at most",
        "watermark: 3 at most",
        "store: 4 at most",
        "new DLQ messages: 6",
    ]


def replace_samples(run, samples):
    found = replace(run)
    found.samples = samples
    return found


def test_without_depths_there_is_no_plot_of_queues(many):
    assert charts.queues(replace(many, run=replace_samples(many.run, []))) is None


def test_every_stored_image_is_a_dot_at_its_upload_as_high_as_it_took(many):
    axes = painted(charts.waits(many))
    dots = axes.patches[0].get_path()
    assert [tuple(each) for each in dots.vertices[::2]] == [
        (pytest.approx(number / 10, abs=0.002), pytest.approx(4.0)) for number in range(300)
    ]
    assert labels(axes) == ["an image", "p50: 4.00 s", "p95: 4.00 s", "p99: 4.00 s"]


def test_every_dot_is_in_the_image(many):
    image = base64.b64decode(charts.waits(many).narrow.partition(",")[2]).decode()
    drawn = re.search(r'<path d="([^"]*)"[^>]*stroke-linecap: round', image)[1]
    assert drawn.count("L") == 300


def test_of_very_many_images_some_are_dots():
    axes = painted(charts.waits(of(2001)))
    assert len(axes.patches[0].get_path().vertices) == 2 * 1001
    assert labels(axes)[0] == "one image in 2"


def test_a_bar_is_as_high_as_its_class_has_images(many):
    axes = painted(charts.distribution(many))
    assert [each.get_height() for each in axes.patches] == [0] * 29 + [300]
    assert charts.classes_of(many)[-1][2] == 300


def test_the_parts_of_the_mean_follow_each_other(many):
    axes = painted(charts.composition(many))
    found = [(each.get_x(), each.get_width()) for each in axes.patches]
    assert found == [(0, 0.5), (0.5, 0.5), (1, 0.75), (1.75, 0.25), (2, 1.875), (3.875, 0.125)]
    assert labels(axes)[0] == f"{PARTS[0]} 0.50 s"


@pytest.mark.parametrize("plot", [charts.waits, charts.distribution])
def test_without_a_stored_image_there_is_no_plot_of_times(plot):
    image = sent()
    assert plot(report([image], [row(image, "failed", error="E")])) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_no_point_is_outside_of_the_axes(ends):
    images = [sent(number) for number in range(len(ends))]
    made = report(images, [row(each, ends=(0, 0, end)) for each, end in zip(images, ends, strict=True)])
    for plot in (charts.waits(made), charts.distribution(made), charts.throughput(made)):
        axes = painted(plot)
        assert axes.get_xlim()[0] == axes.get_ylim()[0] == 0
        assert axes.dataLim.x1 <= axes.get_xlim()[1] * 1.001
        assert axes.dataLim.y1 <= axes.get_ylim()[1]
