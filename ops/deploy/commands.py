"""What each command of a deployment does: bootstrap, plan, deploy, rollback, smoke, drift and destroy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ops.deploy import bootstrap
from ops.deploy.account import account_of
from ops.deploy.delivery import Delivery
from ops.deploy.prompt import Prompt
from ops.deploy.rollback import rollback
from ops.deploy.roots import BOOTSTRAP, DEPLOYED, Layout, chosen
from ops.deploy.smoke import smoke
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.show import note


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The options of a command.

    Args:
        service: Name of one root; empty for all of them.
        yes: Whether every question is answered with yes.
        planned: Whether a deployment applies the saved plans instead of new ones.
        empty: Whether a destruction also removes all objects in the buckets.
        to: Version that a rollback goes to; None for the one before the live one.
    """

    service: str
    yes: bool
    planned: bool
    empty: bool
    to: int | None = None


def _delivery(choices: Choices) -> Delivery:
    layout = Layout()
    return Delivery(account=account_of(layout.settings), prompt=Prompt(yes=choices.yes), layout=layout)


def _bootstrap(choices: Choices) -> Exit:
    bootstrap.bootstrap(_delivery(choices))
    return Exit.DONE


def _plan(choices: Choices) -> Exit:
    roots, delivery = chosen(choices.service), _delivery(choices)
    _report(delivery, delivery.plan(roots))
    return Exit.DONE


def _drift(choices: Choices) -> Exit:
    roots, delivery = chosen(choices.service), _delivery(choices)
    changes = delivery.plan(roots)
    _report(delivery, changes)
    return Exit.PARTIAL if any(changes.values()) else Exit.DONE


def _report(delivery: Delivery, changes: Mapping[str, bool]) -> None:
    for root, changed in changes.items():
        if changed:
            delivery.show(root)
    for root, changed in changes.items():
        print(f"{root}\t{'changes' if changed else 'unchanged'}")


def _deploy(choices: Choices) -> Exit:
    roots = chosen(choices.service)
    _delivery(choices).deploy(roots, planned=choices.planned)
    return Exit.DONE


def _destroy(choices: Choices) -> Exit:
    roots = chosen(choices.service, DEPLOYED if not choices.service else (BOOTSTRAP, *DEPLOYED))
    delivery = _delivery(choices)
    if BOOTSTRAP in roots:
        if len(roots) > 1:
            raise CommandError("SERVICE=bootstrap is destroyed alone, after all the others", Exit.USAGE)
        bootstrap.take_away(delivery)
    else:
        delivery.destroy(roots, empty=choices.empty)
    return Exit.DONE


def _rollback(choices: Choices) -> Exit:
    if choices.service not in SERVICES:
        raise CommandError(f"SERVICE is {choices.service or 'not given'}; allowed: {', '.join(SERVICES)}", Exit.USAGE)
    was, now = rollback(account_of(Layout().settings), choices.service, choices.to)
    print(f"{choices.service}\t{was}\t{now}")
    note(f"{choices.service}: live is version {now}, was {was}; the next deployment puts it forward again")
    return Exit.DONE


def _smoke(_: Choices) -> Exit:
    row = smoke(account_of(Layout().settings))
    note(f"stored as {', '.join(row.outputs)}; removed again")
    return Exit.DONE


COMMANDS: Final[Mapping[str, Callable[[Choices], Exit]]] = {
    "bootstrap": _bootstrap,
    "plan": _plan,
    "drift": _drift,
    "deploy": _deploy,
    "destroy": _destroy,
    "rollback": _rollback,
    "smoke": _smoke,
}
