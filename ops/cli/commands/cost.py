"""`pipeline cost`: what a month of images costs on AWS at list prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ops.cli.options import COUNT, Number, command, option, settings_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.cli.options import Target
    from ops.costs.bills import Charge
    from ops.costs.month import Month

_MAX_RENDITIONS: Final = 100


class Mix(click.ParamType[dict[str, float]]):
    """Kinds of images with their weights, such as jpeg-12mp=80,png=10."""

    name = "KIND=WEIGHT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, float]:  # noqa: ANN401
        """The share of each kind."""
        from ops.costs import mix

        if isinstance(value, dict):
            return value
        try:
            return dict(mix.parse(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@command(
    "pipeline cost --images 1000000",
    "pipeline cost --images 200000 --mix jpeg-12mp=80,png=10,webp=10 --region eu-central-1",
    "pipeline cost --images 50000 --renditions 6 --free-tier --json",
)
@option("--images", type=COUNT, required=True, metavar="N", help="Images that are uploaded in a month.")
@option(
    "--mix",
    type=Mix(),
    metavar="KIND=WEIGHT,…",
    help="Kinds of images with their weights: jpeg-12mp, jpeg-20mp, jpeg-24mp, progressive-jpeg, png, webp, gif"
    " (default: jpeg-12mp).",
)
@option(
    "--renditions",
    type=Number(1, _MAX_RENDITIONS),
    metavar="N",
    help="Estimate with this many renditions of 1024 x 1024 px (default: those of the settings).",
)
@option(
    "--region",
    metavar="NAME",
    help="Use this region's prices: us-east-1, us-west-2 or eu-central-1 (default: us-east-1).",
)
@option("--free-tier", is_flag=True, help="Deduct what an account has free each month (default: off).")
@settings_options
def cost(
    target: Target,
    *,
    images: int,
    mix: dict[str, float] | None,
    renditions: int | None,
    free_tier: bool,
) -> Exit:
    """Estimate what a month of images costs on AWS, at list prices.

    It makes no request. Prices are those of AWS's price lists, each with its day. An image's requests and seconds are
    those of the benchmark. Real batches are between full ones and one image at a time.
    """
    from ops.costs import month, prices
    from ops.costs.mix import DEFAULT

    try:
        estimate = month.month_of(
            target.load_settings(),
            mix or DEFAULT,
            images=images,
            renditions=renditions,
            region=target.region or prices.DEFAULT_REGION,
            free_tier=free_tier,
        )
    except LookupError as error:
        raise CommandError(f"--region: {error.args[0]}", Exit.USAGE) from error
    if target.json:
        _print_json(estimate, mix or DEFAULT)
    else:
        _print_table(estimate)
    return Exit.DONE


def _print_table(estimate: Month) -> None:
    from ops.cli.output import numeric, print_table, three_digits
    from ops.costs.bills import total
    from ops.costs.month import STANDING
    from ops.show import note

    single = {charge.name: charge for charge in estimate.single}
    rows = [
        (
            charge.what,
            "" if charge.name in STANDING else three_digits(charge.amount / estimate.images),
            _dollars(charge.dollars),
            _dollars(single[charge.name].dollars),
        )
        for charge in estimate.full
    ]
    rows.append(("total", "", _dollars(total(estimate.full)), _dollars(total(estimate.single))))
    header = ("COST OF A MONTH", numeric("PER IMAGE"), numeric("FULL BATCHES, $"), numeric("ONE AT A TIME, $"))
    print_table(header, rows)
    note(f"{estimate.images:,} images. Assumed:")
    for assumption in estimate.assumptions():
        note(f"- {assumption}")
    note("Prices, each with the day of its list: --json, or docs/guide/costs.md.")


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}"


def _print_json(estimate: Month, mix: Mapping[str, float]) -> None:
    from ops.cli.output import print_json
    from ops.costs.bills import total

    charged = (estimate.listed[charge.name] for charge in estimate.full)
    print_json(
        [
            {
                "region": estimate.listed.region,
                "images": estimate.images,
                "mix": {kind: round(share, 6) for kind, share in mix.items()},
                "outputs": round(estimate.outputs, 3),
                "output_bytes": round(estimate.output_bytes),
                "free_tier": estimate.free_tier,
                "dollars": {
                    "full_batches": round(total(estimate.full), 6),
                    "one_at_a_time": round(total(estimate.single), 6),
                },
                "full_batches": _charges(estimate.full),
                "one_at_a_time": _charges(estimate.single),
                "prices": {
                    price.what: {
                        "dollars": price.dollars,
                        "listed": price.per,
                        "source": price.source,
                        "day": price.day,
                    }
                    for price in charged
                },
                "assumptions": list(estimate.assumptions()),
            }
        ]
    )


def _charges(charges: tuple[Charge, ...]) -> dict[str, dict[str, float]]:
    return {each.what: {"amount": round(each.amount, 6), "dollars": round(each.dollars, 6)} for each in charges}
