"""Plots as inline SVG: lines, dots and bars in the page's colours, each with a text that says what it shows.

Colours are CSS classes (s1, s2, …), so that a page may be dark or light; lines differ in their dashes, too.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760
HEIGHT: Final = 260
_LEFT: Final = 56
_RIGHT: Final = 12
_TOP: Final = 12
_BOTTOM: Final = 40
_TICKS: Final = 5
# Steps between ticks: 1, 2 and 5 and their tens.
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
# What is smaller is drawn as nothing.
_NOTHING: Final = 1e-9

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line, or one cloud of dots.

    Args:
        name: in the legend.
        style: a class of the page's style sheet.
        points: (x, y).
        dots: whether they are dots and not a line.
        steps: whether a line keeps its height until the next point.
    """

    name: str
    style: str
    points: Sequence[Point]
    dots: bool = False
    steps: bool = False


@dataclass(frozen=True, kw_only=True)
class Axes:
    """A plot's frame.

    Args:
        title: of the plot.
        says: what it shows, for anyone who does not see it.
        x_label: what goes to the right.
        y_label: what goes up.
        longest: the end of x.
        highest: the end of y.
    """

    title: str
    says: str
    x_label: str
    y_label: str
    longest: float
    highest: float

    @property
    def top(self) -> float:
        """The end of y as it is drawn: a whole number of ticks."""
        return (ticks(self.highest) or [1.0])[-1]

    def x(self, value: float) -> float:
        """Where a value is, in the plot's units."""
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * value / (self.longest or 1.0), 1)

    def y(self, value: float) -> float:
        """Where a value is, in the plot's units."""
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / (self.top or 1.0), 1)


def ticks(highest: float, most: int = _TICKS) -> list[float]:
    """Round numbers from 0 on; the last is not below the highest value.

    Args:
        highest: of the values, 0 or more.
        most: intervals between them.
    """
    if not highest > _NOTHING:
        return [0.0, 1.0]
    rough = highest / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in _STEPS if each * power >= rough * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [round(number * step, 10) for number in range(count + 1)]


def lines(axes: Axes, series: Sequence[Series]) -> str:
    """Lines and clouds of dots in one frame, with a legend."""
    drawn = "".join(_dots(axes, each) if each.dots else _line(axes, each) for each in series)
    return _figure(axes, drawn, series)


def bars(axes: Axes, classes: Sequence[tuple[float, float, int]], style: str = "s1") -> str:
    """A histogram.

    Args:
        axes: its frame.
        classes: (from, to, how many).
        style: of the bars.
    """
    drawn = []
    for low, high, count in classes:
        left, right, top = axes.x(low), axes.x(high), axes.y(count)
        drawn.append(
            f'<rect class="bar {style}" x="{left}" y="{top}" width="{max(0.5, right - left - 1):.1f}"'
            f' height="{axes.y(0) - top:.1f}"><title>{count:,} from {low:.2f} to {high:.2f}</title></rect>'
        )
    return _figure(axes, "".join(drawn), ())


def stack(title: str, says: str, parts: Sequence[tuple[str, str, float]], unit: str) -> str:
    """One bar of several parts, each as long as it counts.

    Args:
        title: of the plot.
        says: what it shows, for anyone who does not see it.
        parts: (name, style, value).
        unit: of the values.
    """
    whole = math.fsum(value for _, _, value in parts) or 1.0
    height, left, drawn = 46, 0.0, []
    for name, style, value in parts:
        width = WIDTH * value / whole
        caption = f"{name}: {value:.2f} {unit}, {value / whole:.0%}"
        drawn.append(
            f'<rect class="bar {style}" x="{left:.1f}" y="4" width="{max(0.0, width - 1):.1f}" height="{height - 8}">'
            f"<title>{escape(caption)}</title></rect>"
        )
        left += width
    legend = [Series(name=f"{name} {value:.2f} {unit}", style=style, points=()) for name, style, value in parts]
    return _svg(title, says, height, "".join(drawn)) + _legend(legend, swatches=True)


def number(value: float) -> str:
    """A tick's number: 0, 2.5, 1,200."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"  # noqa: PLR2004 - two digits suffice


def _figure(axes: Axes, drawn: str, series: Sequence[Series]) -> str:
    return _svg(axes.title, axes.says, HEIGHT, _frame(axes) + drawn) + (_legend(series) if len(series) > 1 else "")


def _svg(title: str, says: str, height: int, drawn: str) -> str:
    mark = re.sub(r"\W+", "-", title.lower())
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{mark} {mark}-text">'
        f'<title id="{mark}">{escape(title)}</title><desc id="{mark}-text">{escape(says)}</desc>{drawn}</svg>'
    )


def _frame(axes: Axes) -> str:
    parts = []
    for value in ticks(axes.highest):
        y = axes.y(value)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text class="tick end" x="{_LEFT - 8}" y="{y + 4}">{number(value)}</text>'
        )
    for value in ticks(axes.longest, 8):
        if value > axes.longest * (1 + 1e-9):
            continue
        x = axes.x(value)
        parts.append(
            f'<line class="grid" x1="{x}" x2="{x}" y1="{HEIGHT - _BOTTOM}" y2="{HEIGHT - _BOTTOM + 5}"/>'
            f'<text class="tick middle" x="{x}" y="{HEIGHT - _BOTTOM + 19}">{number(value)}</text>'
        )
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text class="label end" x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}">{escape(axes.x_label)}</text>'
        f'<text class="label middle" transform="translate(13 {middle}) rotate(-90)">{escape(axes.y_label)}</text>'
    )
    return "".join(parts)


def _line(axes: Axes, series: Series) -> str:
    points = list(_stairs(series.points)) if series.steps else series.points
    path = " ".join(f"{axes.x(x)},{axes.y(y)}" for x, y in points)
    return f'<polyline class="line {series.style}" points="{path}"><title>{escape(series.name)}</title></polyline>'


def _stairs(points: Iterable[Point]) -> Iterable[Point]:
    before: float | None = None
    for x, y in points:
        if before is not None:
            yield (x, before)
        yield (x, y)
        before = y


def _dots(axes: Axes, series: Series) -> str:
    spot: Callable[[Point], str] = lambda each: f"M{axes.x(each[0])} {axes.y(each[1])}h0"  # noqa: E731
    # One path: a circle for each of thousands would make the page slow.
    path = "".join(map(spot, series.points))
    return f'<path class="dots {series.style}" d="{path}"><title>{escape(series.name)}</title></path>'


def _legend(series: Sequence[Series], *, swatches: bool = False) -> str:
    keys = []
    for each in series:
        kind = "bar" if swatches else "dots" if each.dots else "line"
        mark = {
            "bar": f'<rect class="bar {each.style}" width="26" height="10" y="1"/>',
            "line": f'<polyline class="line {each.style}" points="0,6 26,6"/>',
            "dots": f'<path class="dots {each.style}" d="M8 6h0"/>',
        }[kind]
        keys.append(f'<li><svg class="key" viewBox="0 0 26 12" aria-hidden="true">{mark}</svg>{escape(each.name)}</li>')
    return f'<ul class="legend">{"".join(keys)}</ul>'
