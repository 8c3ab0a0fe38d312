"""The plot of the benchmark."""

import re

from bench.contestants import OURS
from bench.cpu_plot import cpu_plot
from bench.figures import spread


def test_each_picture_has_a_panel_with_a_bar_and_a_figure_a_contestant():
    panels = {name: {OURS: spread([0.05, 0.06]), "sharp": spread([0.07])} for name in ("a.jpg", "b.jpg", "c.jpg")}
    image = cpu_plot(panels)
    words = re.findall(r">([^<>\n]+)</text>", image)
    assert [each for each in words if each in panels] == ["a.jpg", "b.jpg", "c.jpg"]
    assert words.count(OURS) == words.count("sharp") == 3
    assert words.count(" 55") == words.count(" 70") == 3
    assert 'height="370"' in image
