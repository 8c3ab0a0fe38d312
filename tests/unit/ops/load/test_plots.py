"""Plots as SVG images."""

import base64
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from ops.load import plots
from ops.load.plots import BLUE, Plot


def line(figure):
    figure.add_subplot().plot([0, 1], [2, 3], color=BLUE, label="<b>&")


@pytest.fixture(scope="module")
def image():
    return plots.svg(line, size=(360, 200))


def test_an_image_has_the_size_in_pixels(image):
    found = ET.fromstring(image)  # noqa: S314 - made here
    assert (found.attrib["width"], found.attrib["height"], found.attrib["viewBox"]) == ("360", "200", "0 0 360 200")


def test_an_image_has_a_colour_of_each_for_light_and_for_dark(image):
    light, dark = re.search(r"<style>(.*?)@media \(prefers-color-scheme:dark\)\{(.*?)\}</style>", image).groups()
    assert f":{BLUE};" in light
    assert len(set(re.findall("#[0-9a-f]{6}", light))) == len(re.findall("#[0-9a-f]{6}", dark)) == 12
    number = re.search(rf"--c(\d+):{BLUE}", light)[1]
    assert f"stroke: var(--c{number})" in image.split("</style>", 1)[1]


def test_no_colour_is_the_same_in_light_and_dark(image):
    assert set(re.findall("(?:fill|stroke): #([0-9a-f]{6})", image)) == set()


def test_the_same_figures_give_the_same_image_whatever_the_user_has_set(image):
    with mpl.rc_context({"axes.linewidth": 9, "svg.fonttype": "path"}):
        assert plots.svg(line, size=(360, 200)) == image


def test_what_the_user_has_set_stays():
    with mpl.rc_context({"lines.linewidth": 9}):
        plots.svg(line, size=(360, 200))
        assert mpl.rcParams["lines.linewidth"] == 9


def plot(legend):
    def paint(axes):
        axes.plot([0, 1], [2, 3], label="one <b>&")
        axes.plot([0, 1], [2, 3], label="two")

    return Plot(title="t", text="x", paint=paint, legend=legend)


def decoded(url):
    return base64.b64decode(url.removeprefix("data:image/svg+xml;base64,")).decode()


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_plot_is_an_image_with_its_legend_as_text(size):
    found = ET.fromstring(decoded(getattr(plot(2), size)))  # noqa: S314 - made here
    words = {each.text for each in found.iter("{http://www.w3.org/2000/svg}text")}
    assert {"one <b>&", "two"} <= words


def test_a_plot_without_a_legend_has_none():
    assert "two" not in decoded(plot(0).narrow)


def test_a_narrow_plot_fits_a_phone():
    assert 'width="360"' in decoded(plot(4).narrow)
