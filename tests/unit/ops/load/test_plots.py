"""Plots as inline SVG."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.load import plots
from ops.load.plots import HEIGHT, WIDTH, Axes, Series, ticks

FIGURES = st.floats(0, 1e9)


def axes(longest=10.0, highest=7.0, title="A title", says="What it says"):
    return Axes(title=title, says=says, x_label="x", y_label="y", longest=longest, highest=highest)


def parsed(svg):
    return ET.fromstring(f"<div>{svg}</div>")  # noqa: S314 - made here


@given(st.floats(1e-6, 1e12), st.integers(1, 10))
def test_ticks_are_round_begin_at_nothing_and_reach_the_highest(highest, most):
    found = ticks(highest, most)
    assert found[0] == 0
    assert found[-1] >= highest * (1 - 1e-6)
    assert len(found) <= most + 1
    assert re.fullmatch(r"[125]0*", f"{found[1]:e}".split("e")[0].replace(".", ""))


@pytest.mark.parametrize("highest", [0, -1, float("nan")])
def test_nothing_has_ticks_too(highest):
    assert ticks(highest) == [0, 1]


@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=30), st.booleans(), st.booleans())
def test_no_point_lies_outside_of_the_picture(points, dots, steps):
    frame = axes(max(x for x, _ in points), max(y for _, y in points))
    svg = plots.lines(frame, [Series(name="n", style="s1", points=sorted(points), dots=dots, steps=steps)])
    drawn = re.search(r' points="([^"]*)"', svg) or re.search(r' d="([^"]*)"', svg)
    found = [float(each) for each in re.findall(r"[0-9.]+", drawn[1].replace("h0", ""))]
    assert all(0 <= x <= WIDTH for x in found[::2])
    assert all(0 <= y <= HEIGHT for y in found[1::2])


def test_a_plot_says_what_it_shows_to_anyone_who_does_not_see_it():
    found = parsed(plots.lines(axes(), [Series(name="n", style="s1", points=[(0, 1)])])).find("svg")
    title, text = found.attrib["aria-labelledby"].split()
    assert found.attrib["role"] == "img"
    assert {each.attrib["id"]: each.text for each in found if "id" in each.attrib} == {
        title: "A title",
        text: "What it says",
    }


def test_names_are_no_markup():
    series = [Series(name="<b>&", style="s1", points=[(0, 1)]), Series(name="2", style="s2", points=[])]
    svg = plots.lines(axes(title="<i>", says="<u>"), series)
    parsed(svg)
    assert not re.search("<[biu]>", svg)


def test_one_line_needs_no_legend_and_two_do():
    one = Series(name="one", style="s1", points=[(0, 1)])
    assert "legend" not in plots.lines(axes(), [one])
    legend = parsed(plots.lines(axes(), [one, Series(name="two", style="s2", points=[(0, 1)])])).find("ul")
    assert ["".join(each.itertext()) for each in legend] == ["one", "two"]


def test_a_higher_bar_is_higher():
    svg = parsed(plots.bars(axes(2, 4), [(0, 1, 4), (1, 2, 1)]))
    heights = [float(each.attrib["height"]) for each in svg.iter("rect")]
    assert heights[0] == pytest.approx(4 * heights[1], abs=0.2)


def test_the_parts_of_a_bar_are_as_wide_as_they_count():
    svg = parsed(plots.stack("t", "s", [("a", "p1", 3.0), ("b", "p2", 1.0)], "s")).find("svg")
    widths = [float(each.attrib["width"]) + 1 for each in svg.iter("rect")]
    assert widths == pytest.approx([WIDTH * 0.75, WIDTH * 0.25])


def test_a_bar_of_nothing_is_drawn():
    parsed(plots.stack("t", "s", [("a", "p1", 0.0)], "s"))


@pytest.mark.parametrize(("value", "notified"), [(0, "0"), (2.5, "2.5"), (0.25, "0.25"), (10, "10"), (1200, "1,200")])
def test_a_tick_is_written_short(value, notified):
    assert plots.number(value) == notified
