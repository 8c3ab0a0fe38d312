"""Plots by matplotlib as SVG images, in colours that follow the reader's light or dark mode."""

import io
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAPER: Final = "#ffffff"
INK: Final = "#1b1f24"
QUIET: Final = "#5b6470"
RULE: Final = "#d7dbe0"
BLUE: Final = "#0063b1"
ORANGE: Final = "#b85c00"
GREEN: Final = "#00794f"
VIOLET: Final = "#8a3ffc"
RED: Final = "#b3261e"
PALE_BLUE: Final = "#9cc4ea"
PALE_ORANGE: Final = "#f2c38b"
PALE_GREEN: Final = "#93d3b8"

# What each colour is on a dark page.
_DARK: Final = {
    PAPER: "#14171b",
    INK: "#e7eaee",
    QUIET: "#9aa4b0",
    RULE: "#343b43",
    BLUE: "#6cb4f5",
    ORANGE: "#f0a35a",
    GREEN: "#4fc999",
    VIOLET: "#c09bff",
    RED: "#ff8a80",
    PALE_BLUE: "#24496b",
    PALE_ORANGE: "#6b4520",
    PALE_GREEN: "#1f5944",
}

_STYLE: Final[dict[Any, Any]] = {
    # Text stays text, and the same figures give the same file: ids are hashes, salted at random unless this is set.
    "svg.fonttype": "none",
    "svg.hashsalt": "image-pipeline",
    # Brought by matplotlib, which measures with it; Verdana is as wide where readers lack it.
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": RULE,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    # Not transparent: a page may be dark in spite of a light mode, and the other way round.
    "figure.facecolor": PAPER,
    "figure.titlesize": "large",
    "grid.color": RULE,
    "xtick.color": RULE,
    "xtick.labelcolor": QUIET,
    "ytick.color": RULE,
    "ytick.labelcolor": QUIET,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
}

# matplotlib counts in inches of 72 points; a point of its SVG images is a pixel of a page.
_POINTS_PER_INCH: Final = 72


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One plot of a page, with its text.

    Args:
        title: What is plotted, as a heading.
        text: What the plot shows, with its main figures, for readers who do not see it.
        paint: Draws into the axes that it is given.
        height: Of the image, in pixels.
        legend: Columns of the legend on a wide page; 0 for a plot without one.
    """

    title: str
    text: str
    paint: Callable[[Axes], None]
    height: int = 270
    legend: int = 0

    @property
    def wide(self) -> str:
        """The image for a page of 600 pixels and more, as a data URL."""
        return self._url(800, self.legend)

    @property
    def narrow(self) -> str:
        """The image for a phone, as a data URL."""
        return self._url(360, min(2, self.legend))

    def _url(self, width: int, columns: int) -> str:
        def paint(figure: Figure) -> None:
            axes = figure.add_subplot()
            self.paint(axes)
            if columns:
                figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns)

        image = svg(paint, size=(width, self.height))
        return f"data:image/svg+xml;base64,{b64encode(image.encode()).decode()}"


def svg(paint: Callable[[Figure], None], *, size: tuple[float, float]) -> str:
    """An SVG image.

    Args:
        paint: Draws into the figure that it is given, in the colours of this module.
        size: Of the image, in pixels, as a (width, height) tuple.
    """
    # Defaults first: a matplotlibrc of the user would change the looks.
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(size[0] / _POINTS_PER_INCH, size[1] / _POINTS_PER_INCH), layout="constrained")
        paint(figure)
        file = io.StringIO()
        # No metadata: neither the date nor the version of matplotlib changes the file.
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    # Without the XML declaration and the doctype, as HTML takes it; in pixels, since browsers enlarge points.
    _, head, drawn = re.split(r"(<svg[^>]*>)", file.getvalue(), maxsplit=1)
    return head.replace('pt"', '"') + f"<style>{_themes()}</style>" + _themed(drawn)


def _themed(image: str) -> str:
    for number, colour in enumerate(_DARK):
        image = image.replace(colour, f"var(--c{number})")
    return image


def _themes() -> str:
    light = "".join(f"--c{number}:{colour};" for number, colour in enumerate(_DARK))
    dark = "".join(f"--c{number}:{colour};" for number, colour in enumerate(_DARK.values()))
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
