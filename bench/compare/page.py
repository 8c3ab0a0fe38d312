"""The page of a comparison: agreement by format, and pictures of differences; the same as JSON beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bench.compare.formats import FORMATS
from bench.compare.judge import AGREED, BEYOND_A_LIMIT, DIFFERS, OUTCOMES, REFUSED, UNREAD, FileComparison
from bench.compare.pictures import Picture, visible_difference

PAGE: Final = "index.html"
RESULTS: Final = "results.json"
_PICTURES: Final = "pictures"
_FRAME_VIEW_PX: Final = 256

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 66rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem .75rem; border-bottom: 1px solid #ddd }
td.n { text-align: right; font-variant-numeric: tabular-nums } th { text-align: left; vertical-align: bottom }
article { border-top: 1px solid #ddd; padding: .75rem 0 } h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere }
figure { display: inline-block; margin: .5rem 1rem 0 0; vertical-align: top } figcaption { font-size: .8rem }
figure img { display: block; min-width: 64px; image-rendering: pixelated; border: 1px solid #ccc;
  background: repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 16px 16px }
ul { margin: .25rem 0; padding-left: 1.25rem } p { margin: .25rem 0 }
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One file of a comparison.

    Args:
        name: path of the file, relative to the folder.
        form: its format.
        verdict: comparison of the file.
    """

    name: str
    form: str
    verdict: FileComparison

    @property
    def group(self) -> str:
        """The format, and whether it is an animation."""
        return f"{self.form}, animated" if self.verdict.animated else self.form


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The figures of one group of files.

    Args:
        outcomes: number of files by outcome.
    """

    outcomes: Mapping[str, int]

    @property
    def files(self) -> int:
        """The number of all files."""
        return sum(self.outcomes.values())

    @property
    def compared(self) -> int:
        """The number of files that a reference reads and that are within the limits."""
        return self.files - self.outcomes[UNREAD] - self.outcomes[BEYOND_A_LIMIT]

    @property
    def share(self) -> float | None:
        """The share of compared files that agree, 0 to 1; None where nothing was compared."""
        return self.outcomes[AGREED] / self.compared if self.compared else None


def agreement(rows: Sequence[Row]) -> dict[str, Agreement]:
    """The figures by group, and those of all files as "all"."""
    groups = sorted({row.group for row in rows}, key=lambda group: (FORMATS.index(group.split(",")[0]), group))
    return {
        name: Agreement(
            outcomes={
                outcome: sum(row.verdict.outcome == outcome and name in {row.group, "all"} for row in rows)
                for outcome in OUTCOMES
            }
        )
        for name in [*groups, "all"]
    }


def write(
    rows: Sequence[Row], out: Path, *, versions: Mapping[str, str], missing: Mapping[str, str], other: int
) -> None:
    """Write the page, its pictures and its JSON.

    Args:
        rows: every file that was compared.
        out: folder for the page.
        versions: versions of the references, by name.
        missing: reasons why references are missing, by name.
        other: number of files in other formats.
    """
    pictures = out / _PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    rows = sorted(rows, key=lambda row: (FORMATS.index(row.form), row.name))
    figures = agreement(rows)
    shown = [row for row in rows if row.verdict.outcome in {DIFFERS, REFUSED}]
    articles = [_article(row, _written(row, pictures, index)) for index, row in enumerate(shown)]
    read_by = "; ".join(f"{escape(name)} {escape(version)}" for name, version in versions.items())
    gone = "".join(f"<p>Not available: {escape(name)} ({escape(why)}).</p>" for name, why in missing.items())
    limits = [row for row in rows if row.verdict.outcome == BEYOND_A_LIMIT]
    unread = [row for row in rows if row.verdict.outcome == UNREAD]
    (out / PAGE).write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Comparison</title>"
        f"<style>{_STYLE}</style><h1>Comparison with other software</h1><p>References: {read_by}.</p>{gone}"
        f"<p>{other:,} files of other formats are skipped.</p>{_table(figures)}"
        f"<h2>What differs</h2>{''.join(articles) or '<p>Nothing.</p>'}"
        f"{_listed('Beyond a limit', limits)}{_listed('Read by no reference', unread)}</html>",
        encoding="utf-8",
    )
    values = {
        "references": dict(versions),
        "missing": dict(missing),
        "other_formats": other,
        "agreement": {
            name: {**each.outcomes, "files": each.files, "compared": each.compared, "share": each.share}
            for name, each in figures.items()
        },
        "files": [_json(row) for row in rows],
    }
    (out / RESULTS).write_text(json.dumps(values, indent=1), encoding="utf-8")


def lines(figures: Mapping[str, Agreement]) -> list[tuple[str, ...]]:
    """The figures as rows of a table, with a header."""
    return [
        ("FORMAT", "FILES", "COMPARED", "AGREED", "DIFFERS", "REFUSED", "BEYOND A LIMIT", "UNREAD"),
        *(
            (
                name,
                f"{each.files:,}",
                f"{each.compared:,}",
                "-" if each.share is None else f"{each.share:.2%}",
                *(f"{each.outcomes[outcome]:,}" for outcome in (DIFFERS, REFUSED, BEYOND_A_LIMIT, UNREAD)),
            )
            for name, each in figures.items()
        ),
    ]


def _table(figures: Mapping[str, Agreement]) -> str:
    header, *rows = lines(figures)
    head = "".join(f"<th>{escape(cell.capitalize())}" for cell in header)
    body = "".join(
        f"<tr><td>{escape(row[0])}{''.join(f'<td class=n>{escape(cell)}' for cell in row[1:])}" for row in rows
    )
    return f"<table><tr>{head}{body}</table>"


def _written(row: Row, folder: Path, index: int) -> list[tuple[str, str]]:
    """Write the pictures of a file that differs; returns (caption, path relative to the page) of each."""
    verdict, found = row.verdict, []
    closest = verdict.closest
    theirs = closest.picture if closest else None
    mine = verdict.ours.picture
    difference = verdict.differences.get(closest.reader) if closest else None
    frame = difference.frame if difference else 0
    pair = [_shown(each, frame) for each in (mine, theirs)]
    for caption, name, image in (
        ("ours", "ours", pair[0]),
        (closest.reader if closest else "", "reference", pair[1]),
        ("difference, four times as bright", "difference", _both(*pair)),
    ):
        if image is not None:
            path = folder / f"{index}-{name}.png"
            image.save(path)
            found.append((caption, f"{_PICTURES}/{path.name}"))
    return found


def _shown(picture: Picture | None, frame: int) -> Image.Image | None:
    if picture is None:
        return None
    if frame == 0 or frame >= len(picture.frames):
        return picture.view
    return picture.frames[frame].resize((_FRAME_VIEW_PX, _FRAME_VIEW_PX), Image.Resampling.NEAREST)


def _both(first: Image.Image | None, second: Image.Image | None) -> Image.Image | None:
    return None if first is None or second is None else visible_difference(first, second)


def _article(row: Row, shown: Sequence[tuple[str, str]]) -> str:
    figures = "".join(
        f'<figure><img loading=lazy alt="" src="{escape(path)}"><figcaption>{escape(caption)}</figcaption></figure>'
        for caption, path in shown
    )
    answers = "".join(f"<li>{escape(name)}: {escape(text)}" for name, text in _answers(row.verdict).items())
    return (
        f"<article><h3>{escape(row.name)}</h3><p>{escape(row.group)}, {row.verdict.outcome}</p><ul>{answers}</ul>"
        f"{figures}</article>"
    )


def _answers(verdict: FileComparison) -> dict[str, str]:
    """The answer of each reader for a file, in words."""
    answers = {}
    for reading in (verdict.ours, *verdict.references):
        found = verdict.differences.get(reading.reader)
        if reading.picture is None:
            answers[reading.reader] = f"{reading.error}: {reading.reason}"
        else:
            width, height = reading.picture.size
            frames = f", {len(reading.picture.frames)} frames" if len(reading.picture.frames) > 1 else ""
            text = f"{width} x {height}{frames}"
            answers[reading.reader] = f"{text}; {found.reason or 'agrees'}" if found else text
    return answers


def _listed(title: str, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    items = "".join(f"<li>{escape(row.name)}: {escape(_answers(row.verdict)[row.verdict.ours.reader])}" for row in rows)
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"


def _json(row: Row) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "file": row.name,
        "format": row.form,
        "animated": verdict.animated,
        "outcome": verdict.outcome,
        "ours": _json_reading(verdict.ours),
        "references": {
            reading.reader: {
                **_json_reading(reading),
                **(
                    {"difference": found.reason, "levels": found.levels, "frame": found.frame}
                    if (found := verdict.differences.get(reading.reader))
                    else {}
                ),
            }
            for reading in verdict.references
        },
    }


def _json_reading(reading: Any) -> dict[str, Any]:  # noqa: ANN401 - a Reading, of ours or of a reference
    if reading.picture is None:
        return {"error": reading.error, "reason": reading.reason}
    return {"size": reading.picture.size, "frames": len(reading.picture.frames)}
