"""The plot of CPU per image: a panel for each picture, a bar for each contestant."""

from collections.abc import Mapping
from math import ceil
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.contestants import OURS, OURS_BARE
from bench.figures import Spread
from ops.load import plots

_COLUMNS: Final = 2
_WIDTH: Final = 800
_PANEL_HEIGHT: Final = 185

# CPU in seconds by contestant.
Panel = Mapping[str, Spread]


def cpu_plot(panels: Mapping[str, Panel]) -> str:
    """An SVG image.

    Args:
        panels: panels by picture, each with at least one contestant.
    """
    rows = ceil(len(panels) / _COLUMNS)

    def paint(figure: Figure) -> None:
        figure.suptitle("CPU per image, ms: median, minimum and maximum")
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).flat
        for axis in axes[len(panels) :]:
            axis.set_visible(False)
        for axis, (name, panel) in zip(axes, panels.items(), strict=False):
            axis.set_title(name)
            _panel(axis, panel)

    return plots.svg(paint, size=(_WIDTH, _PANEL_HEIGHT * rows))


def _panel(axes: Axes, panel: Panel) -> None:
    for place, (name, cpu) in enumerate(panel.items()):
        low, middle, high = cpu.low * 1e3, cpu.middle * 1e3, cpu.high * 1e3
        colour = plots.BLUE if name in {OURS, OURS_BARE} else plots.PALE_BLUE
        errors = [[middle - low], [high - middle]]
        axes.barh(place, middle, color=colour, xerr=errors, error_kw={"ecolor": plots.QUIET, "elinewidth": 1})
        axes.text(high, place, f" {middle:.0f}", va="center", fontsize="small")
    axes.set_yticks(range(len(panel)), list(panel), fontsize="small")
    axes.invert_yaxis()
    # Room for the figures at the ends of the bars.
    axes.set_xlim(0, max(cpu.high for cpu in panel.values()) * 1e3 * 1.16)
