"""Draws CPU an image, a panel for each picture, as SVG.

Reads JSON from stdin: {"path", "title", "panels": [{"name", "bars": [{"name", "low", "middle", "high", "ours"}]}]},
in milliseconds.
"""

import json
import sys
from math import ceil
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

_COLUMNS = 2
_OURS = "#1f6f54"
_OTHERS = "#9fb3c1"
_INK = "#222222"

mpl.use("svg")
# Text stays text, and the same figures give the same file.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.family": "sans-serif", "font.size": 9})


def draw(job: dict[str, Any]) -> None:
    """All panels into one file."""
    panels = job["panels"]
    rows = ceil(len(panels) / _COLUMNS)
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=(10, 2.3 * rows), squeeze=False, layout="constrained")
    figure.suptitle(job["title"], fontsize=11, color=_INK)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _panel(axis, panel)
    figure.savefig(job["path"], format="svg", metadata={"Date": None})


def _panel(axis: plt.Axes, panel: dict[str, Any]) -> None:
    bars = panel["bars"]
    places = range(len(bars))
    middles = [bar["middle"] for bar in bars]
    errors = [[bar["middle"] - bar["low"] for bar in bars], [bar["high"] - bar["middle"] for bar in bars]]
    colours = [_OURS if bar["ours"] else _OTHERS for bar in bars]
    axis.barh(places, middles, color=colours, xerr=errors, error_kw={"ecolor": "#55606a", "elinewidth": 1})
    axis.set_yticks(places, [bar["name"] for bar in bars], fontsize=8)
    axis.invert_yaxis()
    axis.set_title(panel["name"], fontsize=9, loc="left", color=_INK)
    axis.spines[["top", "right"]].set_visible(False)
    # Room for the figures: one that took far longer in one round must not push them out.
    axis.set_xlim(0, max(bar["high"] for bar in bars) * 1.16)
    for place, bar in zip(places, bars, strict=True):
        axis.text(bar["high"], place, f" {bar['middle']:.0f}", va="center", fontsize=8, color=_INK)


if __name__ == "__main__":
    draw(json.load(sys.stdin))
