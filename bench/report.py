"""RESULTS.md and its plot: every promise, every figure, and how each was measured."""

import os
import platform
import subprocess
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import memory, promises, tables, targets, threads
from bench.contestants import AGAINST
from bench.costs import UPLOAD_BATCH_DOLLARS, UPLOAD_BATCH_WRITES
from bench.cpu_plot import cpu_plot
from bench.environments import ROOT
from bench.figures import Spread
from bench.results import Results
from bench.rounds import WARM_UPS, Rounds
from bench.simulated import OTHER_SECONDS, S3_BYTES_PER_SECOND, S3_SECONDS
from bench.worker import pinned
from ops.files import write_whole

# Each paragraph is one assumption.
_ASSUMPTIONS: Final = """
S3, SQS, SNS and DynamoDB requests are counted as the real handlers make them on the simulated AWS. In addition, S3
sends one message per event, and each invocation costs one receive and one delete. SQS bills each 64 KB of what is sent
at once, and again of what is received, which is as much. Empty receives are left out.

Lambda bills the time of the batches above, with their waits for S3 and the memory of pipeline.yaml; a
core of this machine counts as one of Lambda's on arm64. Cold starts are left out.

Intermediate pixels that are left in the work bucket are stored for `retention.work_days`.

Naive design: the same functions, memory, retention, ledger and notice; an object and a message for each rendition and
service, one message per request and per invocation; CPU and bytes of naive Pillow's chain above, whose other renditions
take no CPU; it waits for S3 as the batches do.

Left out, since they are the same: storing originals and outputs, logs, alarms, e-mail.
"""


_TARGETS_SAY: Final = (
    f"Against {AGAINST} (`make bench AGAINST=DIR`) and the other software. They are aims, which a run may miss. What"
    " this benchmark does not measure is not listed: the size of the zips, unpacked, has a test of its own."
)

_NOT_HERE: Final = (
    "imgproxy and imagor are not measured. Both are Go programs around libvips, published as source and as container"
    " images; PyPI, npm and Debian have only clients that write their addresses. Their engine is the libvips of the"
    " rows of pyvips and sharp, without their servers. ImageMagick is not measured: Debian 12 has 6.9.11, and PyPI's"
    " Wand brings no library."
)


def write(results: Results, out: Path, *, rounds: int, seconds: float) -> None:
    """Write the page, and the plot beside it.

    Args:
        results: results of one run.
        out: path of the page.
        rounds: number of rounds that count.
        seconds: duration of the run.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    plot = out.with_suffix(".svg")
    if results.rounds is not None:
        write_whole(plot, cpu_plot(_panels(results, results.rounds)))
    out.write_text("\n".join(page(results, machine(), plot.name, rounds=rounds, seconds=seconds)) + "\n", "utf-8")


def page(results: Results, ran_on: str, plot: str, *, rounds: int, seconds: float) -> Iterator[str]:
    """The lines of the page.

    Args:
        results: results of one run.
        ran_on: the machine it ran on, in a sentence.
        plot: the plot's file name.
        rounds: number of rounds that count.
        seconds: duration of the run.
    """
    yield from (
        "# Results",
        "",
        *_prose(
            f"Written by `make bench`: {rounds} rounds in one run of {seconds / 60:.0f} minutes. {ran_on} Figures are"
            " medians, with minimum and maximum of all rounds; ratios are taken round by round."
        ),
        "",
    )
    reported = promises.verdicts(results)
    short = [each for each in reported if each.holds is False]
    yield from ("## Promises", "", f"{sum(each.holds is True for each in reported)} hold, {len(short)} fall short.", "")
    yield from tables.of_verdicts(reported)
    aims = targets.verdicts(results)
    yield from ("", "## Targets", "", *_prose(_TARGETS_SAY), "")
    met, missed = (sum(each.holds is holds for each in aims) for holds in (True, False))
    yield from (f"{met} are met, {missed} are missed.", "")
    yield from tables.of_verdicts(aims)
    for name, why in results.field.missing.items():
        yield from ("", f"> **{name} could not be installed and was not measured: {why}**")
    if results.rounds is not None:
        yield from _speed(results, results.rounds, plot)
    if results.quality is not None:
        yield from _quality(results)
    if results.memory is not None:
        yield from _memory(results)
    if results.threads is not None:
        yield from _pace(results)
    if results.batches is not None:
        yield from _batches(results)
    if results.starts is not None:
        yield from _starts(results)
    if results.costs is not None:
        yield from _costs(results)


def machine() -> str:
    """The machine that this runs on, and the commit that is measured, in a sentence."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - git from PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    cpu = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        names = (line for line in described.read_text().splitlines() if line.startswith("model name"))
        cpu = next(names, f": {cpu}").partition(":")[2].strip()
    pin = "each process pinned to one core" if pinned() else "nothing is pinned, as there is no taskset"
    return (
        f"{datetime.now(UTC):%d %B %Y}, commit {commit or 'unknown'}, {os.cpu_count()} cores of {cpu},"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}; {pin}."
    )


def _speed(results: Results, rounds: Rounds, plot: str) -> Iterator[str]:
    yield from ("", "## One image on one core", "", f"![CPU per image]({plot})", "")
    yield from _prose(
        "Fit into 1024 x 1024 px, a logo in the corner a quarter as wide as the image, in the source's format, at"
        f" quality 82. In each round every contestant makes the picture once, in turn, after {WARM_UPS} warm-up rounds;"
        " CPU is that of all threads; bytes are read from the disk before. A picture counts only if its size,"
        " frames and logo are as requested. PSNR, SSIM and SSIMULACRA2 are of the picture without its logo,"
        " against a full decode and one Lanczos resize in floating point."
    )
    yield ""
    for each in results.field.contestants:
        version = rounds.versions.get(each.name, "not measured")
        yield from _prose(f"**{each.name}**: {each.description} ({version})", item=True)
    yield from ("", *_prose(_NOT_HERE))
    yield from tables.of_speed(results, rounds)


def _quality(results: Results) -> Iterator[str]:
    if results.quality is not None:
        yield from ("", "## Quality", "")
        yield from tables.of_plain(results.quality)


def _memory(results: Results) -> Iterator[str]:
    yield from ("", "## Memory", "")
    yield from _prose(
        f"Peak memory (VmHWM) of a fresh process that made the same picture {memory.IMAGES} times, including"
        " interpreter, libraries and the file itself."
    )
    yield ""
    yield from tables.of_memory(results)


def _pace(results: Results) -> Iterator[str]:
    found, whole = results.threads, results.throughput
    if found is None:
        return
    yield from ("", "## Two cores", "")
    yield from _prose(
        f"All three steps with the settings of pipeline.yaml (two renditions, a text watermark), {threads.IMAGES}"
        f" images of"
        f" 12 MP per round, {found.cores} cores: one thread {found.one.middle:.1f} images per second, two threads"
        f" {found.two.middle:.1f}, {promises.ratio_text(found.gain)} times as many."
    )
    if whole is not None:
        yield ""
        yield from _prose(
            f"The whole pipeline on the local AWS, {whole.images} images of 12 MP, emulator and functions on the same"
            f" cores, including cold starts: {whole.stored} stored in {whole.seconds:.1f} s,"
            f" {whole.per_second:.1f} per second, from the first event to the last outcome. The files are uploaded"
            " before, while no queue feeds a function, since the emulator's part in an upload would be AWS's."
        )


def _batches(results: Results) -> Iterator[str]:
    yield from ("", "## Batches", "")
    yield from _prose(
        "The real handlers with the real adapters; AWS's clients are simulated:"
        f" {S3_SECONDS * 1e3:.0f} ms per request and {S3_BYTES_PER_SECOND / 1e6:.0f} MB/s per connection for S3,"
        f" {OTHER_SECONDS * 1e3:.0f} ms per request to SQS, DynamoDB and SNS; no TLS. Ten images of 12 MP with the"
        " settings of pipeline.yaml, one image per invocation or all in one, on one core. Memory is that of the process"
        " with Powertools, botocore and its clients."
    )
    yield ""
    yield from tables.of_batches(results)


def _starts(results: Results) -> Iterator[str]:
    yield from ("", "## Cold start", "")
    yield from _prose(
        "CPU of a fresh interpreter with only the unpacked zip and the SDK on its path, in the environment that Lambda"
        " sets. Ready: the handler is imported, its settings are read and the three clients that every image"
        " needs are created; what only failures need is created at the first one. The zips have .pyc files, and so has"
        " the SDK, presumably as on Lambda. Everything imported: four clients, Powertools with every utility without"
        " further packages, Pillow with every format, HEIC; none of it with .pyc, the SDK in the zip like the rest, as"
        " /var/task is read-only, so nothing compiled is kept there."
    )
    yield ""
    yield from tables.of_starts(results)


def _costs(results: Results) -> Iterator[str]:
    if results.costs is None:
        return
    yield from ("", "## Cost on AWS", "")
    yield from tables.of_costs(results.costs)
    yield ""
    yield from _prose(
        f"Images of an upload batch cost {UPLOAD_BATCH_WRITES} more writes to the ledger each,"
        f" ${UPLOAD_BATCH_DOLLARS:.2f} for a million, and no notification of their own."
    )
    yield ""
    yield from _prose(
        f"Images of 12 MP with {results.costs.renditions} renditions, us-east-1, list prices, no free tiers. Assumed:"
    )
    yield ""
    for assumption in _ASSUMPTIONS.strip().split("\n\n"):
        yield from _prose(assumption, item=True)
    yield from ("", "Prices:", "")
    yield from tables.of_prices(results.costs)


def _prose(text: str, *, item: bool = False) -> list[str]:
    """A paragraph, or an item of a list, as wrapped lines."""
    lead, indent = ("- ", "  ") if item else ("", "")
    return textwrap.wrap(
        text, 118, initial_indent=lead, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _panels(results: Results, rounds: Rounds) -> dict[str, dict[str, Spread]]:
    """CPU of every contestant that was measured, by picture."""
    panels = {}
    for picture in results.pictures:
        measured = {each.name: rounds.cpu(picture.name, each.name) for each in results.field.contestants}
        panels[picture.name] = {name: cpu for name, cpu in measured.items() if cpu is not None}
    return {name: panel for name, panel in panels.items() if panel}
