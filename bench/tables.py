"""Figures as tables for RESULTS.md. Text only."""

from collections.abc import Iterator, Sequence

from bench.batches import IMAGES
from bench.contestants import FLOOR, OURS, OURS_BARE
from bench.costs import Costs
from bench.figures import Spread
from bench.promises import MEBIBYTE, Promise, ratio_text
from bench.quality import Quality
from bench.results import Results
from bench.rounds import Rounds
from ops.costs import prices
from ops.costs.bills import total


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; the first column is left-aligned, figures are right-aligned."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + "|".join(["---", *["---:"] * (len(header) - 1)]) + "|"
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def milliseconds(found: Spread) -> str:
    """Median, minimum and maximum in milliseconds, as text."""
    return f"{found.middle * 1e3:.1f} ({found.low * 1e3:.1f} to {found.high * 1e3:.1f})"


def of_verdicts(verdicts: Sequence[Promise]) -> Iterator[str]:
    """A table of every promise with its figure."""
    return table(("promise", "bound", "measured", ""), [each.row for each in verdicts])


def of_speed(results: Results, rounds: Rounds) -> Iterator[str]:
    """Tables of speed, one for each picture."""
    for picture in results.pictures:
        yield from ("", f"**{picture.name}**: {picture.description}", "")
        judged = results.quality.pictures[picture.name].likenesses if results.quality else {}
        rows = []
        for contestant in results.field.contestants:
            name = contestant.name
            if (why := contestant.cannot.get(picture.kind)) is not None:
                rows.append((name, why, *[""] * 6))
                continue
            cpu, wall = rounds.cpu(picture.name, name), rounds.wall(picture.name, name)
            if cpu is None or wall is None:
                continue
            like = judged.get(name)
            ours = OURS_BARE if name.endswith("no logo") or name == FLOOR else OURS
            ratio = rounds.ratio(picture.name, ours, name)
            rows.append(
                (
                    name,
                    milliseconds(cpu),
                    f"{wall.middle * 1e3:.1f}",
                    "" if ratio is None or name == ours else ratio_text(ratio),
                    f"{(rounds.size_bytes(picture.name, name) or 0) / 1e3:,.0f}",
                    "" if like is None else f"{like.psnr:.2f}",
                    "" if like is None else f"{like.ssim:.4f}",
                    "" if like is None or like.ssimulacra2 is None else f"{like.ssimulacra2:.1f}",
                )
            )
        yield from table(("", "CPU, ms", "wall, ms", "ours to it", "kB", "PSNR, dB", "SSIM", "SSIMULACRA2"), rows)
        yield from (
            f"- {name} does not count: {why}" for (where, name), why in results.unfit.items() if where == picture.name
        )


def of_plain(quality: Quality) -> Iterator[str]:
    """A table of the scores of the best plain way."""
    rows = [
        (name, f"{judged.plain_ssimulacra2:.1f}", f"{judged.likenesses[OURS].ssimulacra2 or 0:.1f}")
        for name, judged in quality.pictures.items()
        if judged.plain_ssimulacra2 is not None
    ]
    return table(("SSIMULACRA2", "full decode, one Lanczos, q82", OURS), rows)


def of_memory(results: Results) -> Iterator[str]:
    """A table of memory, by contestant and picture."""
    memory = results.memory or {}
    pictures = [picture.name for picture in results.pictures if any(name == picture.name for name, _ in memory)]
    rows = []
    for contestant in results.field.contestants:
        peaks = [memory.get((picture, contestant.name)) for picture in pictures]
        rows.append([contestant.name, *("" if peak is None else f"{peak / MEBIBYTE:.0f}" for peak in peaks)])
    return table(["peak, MiB", *pictures], rows)


def of_batches(results: Results) -> Iterator[str]:
    """By service."""
    rows = [
        (
            service,
            milliseconds(batch.single_seconds),
            milliseconds(batch.batch_seconds),
            ratio_text(batch.gain),
            f"{batch.cpu_seconds.middle * 1e3:.1f}",
            f"{batch.peak_bytes / MEBIBYTE:.0f}",
            ", ".join(f"{count} {kind}" for kind, count in batch.batch_requests.items()),
        )
        for service, batch in (results.batches or {}).items()
    ]
    header = ("", "alone, ms", "in a batch, ms", "gain", "CPU, ms", "peak, MiB", f"requests of {IMAGES} images")
    return table(header, rows)


def of_starts(results: Results) -> Iterator[str]:
    """A table of starts, by function, with their comparisons."""
    if results.starts is None:
        return iter(())
    rows = [(name, milliseconds(found), "", "") for name, found in results.starts.others.items()]
    rows += [
        (service, milliseconds(start.ready), milliseconds(start.imported), ratio_text(start.share))
        for service, start in results.starts.functions.items()
    ]
    return table(("", "ready, CPU ms", "imported alone, CPU ms", "ready, of everything without .pyc"), rows)


def of_costs(costs: Costs) -> Iterator[str]:
    """A table with three bills side by side."""
    rows = [
        (
            batched.what,
            f"{batched.amount:.4g}",
            f"${batched.dollars:.2f}",
            f"{single.amount:.4g}",
            f"${single.dollars:.2f}",
            f"{naive.amount:.4g}",
            f"${naive.dollars:.2f}",
        )
        for batched, single, naive in zip(costs.batched, costs.single, costs.naive, strict=True)
    ]
    sums = [f"**${total(bill):.2f}**" for bill in (costs.batched, costs.single, costs.naive)]
    rows.append(("**together**", "", sums[0], "", sums[1], "", sums[2]))
    header = ("per image; per million images", "full batches", "", "one at a time", "", "naive design", "")
    return table(header, rows)


def of_prices(costs: Costs) -> Iterator[str]:
    """A list of the prices of a bill, with their sources."""
    listed = prices.of_region()
    for price in (listed[charge.name] for charge in costs.batched):
        yield f"- {price.per} ([{price.day or 'page'}]({price.source}))"
