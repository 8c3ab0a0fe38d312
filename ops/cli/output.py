"""How commands print: tables that fit the terminal, live progress, and JSON for machines."""

import codecs
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TextIO

from ops.show import columns, note, visible
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

# A column that may be folded keeps at least this many columns; where that does not fit, rows become records.
_MIN_WIDTH: Final = 16
_GAP: Final = 2
_BAR_WIDTH: Final = 24
_NOTE_SECONDS: Final = 3.0

_STYLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("stored", "ok", "enabled", "confirmed", "replayed"), "green"),
    **dict.fromkeys(("failed", "problem", "ERROR"), "red"),
    **dict.fromkeys(("rejected", "warning", "disabled", "pending", "left", "WARNING"), "yellow"),
    **dict.fromkeys(("superseded", "vanished", "removed"), "dim"),
}


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: its header.
        right: whether it holds numbers, which line up at the right on a terminal.
        whole: whether its cells are never folded.
    """

    name: str
    right: bool = False
    whole: bool = False


def numeric(name: str) -> Column:
    """A column of numbers."""
    return Column(name, right=True, whole=True)


def word(name: str) -> Column:
    """A column of short words, such as a service."""
    return Column(name, whole=True)


def three_digits(amount: float) -> str:
    """Three significant digits of an amount, never with an exponent, such as "0.000000466"."""
    return format(Decimal(f"{amount:.3g}"), "f")


def print_json(values: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, on stdout."""
    ascii_only = not _is_utf_8(sys.stdout)  # what a stream puts for a character that it lacks is not JSON
    for value in values:
        text = json.dumps(value, ensure_ascii=ascii_only)
        # What a terminal would obey, and half a character, which no file takes, are escaped as JSON allows.
        print("".join(char if visible(char) == char else json.dumps(char)[1:-1] for char in text))


def _is_utf_8(stream: TextIO) -> bool:
    """Whether a stream takes every character; one without an encoding takes text as it is."""
    return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name == "utf-8"


def print_table(header: Sequence[str | Column], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout: it fits a terminal; elsewhere its columns are as wide as what is in them.

    Args:
        header: the columns; a plain name is a column of text, which may be folded.
        rows: a text for each column.
    """
    table = [each if isinstance(each, Column) else Column(each) for each in header]
    cells = [tuple(map(visible, row)) for row in rows]
    widths = [max(map(columns, column)) for column in zip([each.name for each in table], *cells, strict=True)]
    if not is_styled(sys.stdout):
        for line in [tuple(each.name for each in table), *cells]:
            padded = [cell + " " * (width - columns(cell)) for cell, width in zip(line, widths, strict=True)]
            print((" " * _GAP).join(padded).rstrip())
        return
    needed = sum(
        width if each.whole else min(width, _MIN_WIDTH) for each, width in zip(table, widths, strict=True)
    ) + _GAP * (len(table) - 1)
    room = _room(sys.stdout, sum(widths) + _GAP * len(table))
    if needed <= room:
        _print_columns(table, cells, room)
    else:
        _print_records(table, cells, room)


def is_styled(stream: TextIO) -> bool:
    """Whether a stream gets layout and colours: a terminal does, or what FORCE_COLOR says is one.

    NO_COLOR (https://no-color.org) leaves the layout and takes the colours: the library sees to that.
    """
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_live(stream)


def is_live(stream: TextIO) -> bool:
    """Whether a line of a stream can be redrawn."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class ProgressLine(AbstractContextManager["ProgressLine"]):
    """How far long work is, on stderr: a bar on a terminal; elsewhere a line now and then.

    Safe to call from several threads, often: a line that is not due costs nothing.

    Args:
        clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = SYSTEM.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._live = is_live(sys.stderr)
        self._noted_at = clock()
        self._noted = ""
        self._bar: Bar | None = None

    def __exit__(self, *_: object) -> None:
        self.end()

    def __call__(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """Show it, where it is time to.

        Args:
            text: in words, with its numbers.
            done: how many are done.
            total: of how many; None where that is not known.
        """
        with self._lock:
            if self._live:
                self._draw(text, done, total)
                return
            now = self._clock()
            last = bool(self._noted) and done == total
            if text != self._noted and (now - self._noted_at >= _NOTE_SECONDS or last):
                self._noted_at, self._noted = now, text
                note(text)

    def end(self) -> None:
        """Take the bar away; may be called again, and the progress may go on."""
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def _draw(self, text: str, done: int, total: int | None) -> None:
        if self._bar is None:
            self._bar = _bar(counted=total is not None)
            self._bar.add_task("", total=total)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], description=visible(text), completed=done, total=total, refresh=True)


def _bar(*, counted: bool) -> "Bar":
    from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415 - as _console
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as _console
    from rich.table import Column as Cell  # noqa: PLC0415 - as _console

    return Bar(
        BarColumn(bar_width=_BAR_WIDTH) if counted else SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Cell(no_wrap=True, overflow="ellipsis")),
        console=_console(sys.stderr, _room(sys.stderr, 0)),
        # No thread of its own: it is drawn when something is said.
        auto_refresh=False,
        transient=True,
        # What is printed meanwhile goes above the bar; not where stdout is a file.
        redirect_stdout=sys.stdout.isatty(),
    )


def _print_columns(table: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> None:
    from rich.table import Table  # noqa: PLC0415 - as _console

    drawn = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for each in table:
        drawn.add_column(
            each.name, justify="right" if each.right else "left", no_wrap=each.whole, overflow="fold", min_width=1
        )
    for row in cells:
        drawn.add_row(*map(_styled, row))
    _console(sys.stdout, room).print(drawn)


def _print_records(table: Sequence[Column], cells: Sequence[Sequence[str]], room: int) -> None:
    """Each row as lines of name and value, for a terminal that is too narrow for columns."""
    from rich.table import Table  # noqa: PLC0415 - as _console

    console = _console(sys.stdout, room)
    stacked = room < max(columns(each.name) for each in table) + _GAP + _MIN_WIDTH
    for index, row in enumerate(cells):
        drawn = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
        if not stacked:
            drawn.add_column(style="bold", no_wrap=True)
        drawn.add_column(overflow="fold")
        for each, cell in zip(table, row, strict=True):
            if cell and stacked:
                drawn.add_row(each.name, style="bold")
                drawn.add_row(_styled(cell))
            elif cell:
                drawn.add_row(each.name, _styled(cell))
        if index:
            console.print()
        console.print(drawn)


def _styled(cell: str) -> Any:  # noqa: ANN401 - rich's Text
    from rich.text import Text  # noqa: PLC0415 - as _console

    return Text(cell, style=_STYLES.get(cell, ""))


def _console(stream: TextIO, width: int) -> "Console":
    """A console for a stream that is styled. rich takes a tenth of a second to import: only where it draws."""
    from rich.console import Console  # noqa: PLC0415

    return Console(file=stream, width=width, force_terminal=True, highlight=False, markup=False, emoji=False)


def _room(stream: TextIO, otherwise: int) -> int:
    """The columns of a terminal; for a pipe that FORCE_COLOR styles, as many as are wanted."""
    if stream.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size().columns
    return max(1, otherwise)
