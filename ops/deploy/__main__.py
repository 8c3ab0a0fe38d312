"""`make bootstrap`, `plan`, `deploy`, `rollback`, `smoke`, `drift` and `destroy`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.deploy import bootstrap
from ops.deploy.account import account_of
from ops.deploy.delivery import Delivery
from ops.deploy.prompt import Asking
from ops.deploy.rollback import rollback
from ops.deploy.roots import BOOTSTRAP, DEPLOYED, Layout, chosen
from ops.deploy.smoke import smoke
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.show import note
from shared.errors import BadSetting


def main(argv: Sequence[str] | None = None) -> int:
    """Do one of them; a mistake is reported in a few lines."""
    parser = argparse.ArgumentParser(prog="python -m ops.deploy", description="The pipeline on AWS.")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    parser.add_argument("--service", default="", metavar="ROOT", help=f"of {', '.join(DEPLOYED)}; default: all")
    parser.add_argument("--yes", action="store_true", help="nobody is asked")
    parser.add_argument("--planned", action="store_true", help="deploy: the saved plans")
    parser.add_argument("--empty", action="store_true", help="destroy: what is in the buckets too")
    args = parser.parse_args(argv)
    try:
        return _COMMANDS[args.command](args)
    except CommandError as error:
        # As it is: what Terraform says has lines of its own.
        print(f"{args.command}: {error}", file=sys.stderr)
        return error.code
    except (BadSetting, BotoCoreError, ClientError) as error:
        note(f"{args.command}: {error}")
        return Exit.USAGE
    except KeyboardInterrupt:
        note("interrupted")
        return Exit.INTERRUPTED


def _delivery(args: argparse.Namespace) -> Delivery:
    layout = Layout()
    return Delivery(account=account_of(layout.settings), asking=Asking(yes=args.yes), layout=layout)


def _bootstrap(args: argparse.Namespace) -> Exit:
    bootstrap.bootstrap(_delivery(args))
    return Exit.DONE


def _plan(args: argparse.Namespace) -> Exit:
    roots, delivery = chosen(args.service), _delivery(args)
    _report(delivery, delivery.plan(roots))
    return Exit.DONE


def _drift(args: argparse.Namespace) -> Exit:
    roots, delivery = chosen(args.service), _delivery(args)
    changes = delivery.plan(roots)
    _report(delivery, changes)
    return Exit.PARTIAL if any(changes.values()) else Exit.DONE


def _report(delivery: Delivery, changes: Mapping[str, bool]) -> None:
    for root, changed in changes.items():
        if changed:
            delivery.show(root)
    for root, changed in changes.items():
        print(f"{root}\t{'changes' if changed else 'unchanged'}")


def _deploy(args: argparse.Namespace) -> Exit:
    roots = chosen(args.service)
    _delivery(args).deploy(roots, planned=args.planned)
    return Exit.DONE


def _destroy(args: argparse.Namespace) -> Exit:
    roots = chosen(args.service, DEPLOYED if not args.service else (BOOTSTRAP, *DEPLOYED))
    delivery = _delivery(args)
    if BOOTSTRAP in roots:
        if len(roots) > 1:
            raise CommandError("SERVICE=bootstrap is destroyed alone, after all the others", Exit.USAGE)
        bootstrap.take_away(delivery)
    else:
        delivery.destroy(roots, empty=args.empty)
    return Exit.DONE


def _rollback(args: argparse.Namespace) -> Exit:
    if args.service not in SERVICES:
        raise CommandError(f"SERVICE is {args.service or 'not given'}; allowed: {', '.join(SERVICES)}", Exit.USAGE)
    was, now = rollback(account_of(Layout().settings), args.service)
    print(f"{args.service}\t{was}\t{now}")
    note(f"{args.service}: live is version {now}, was {was}; the next deployment puts it forward again")
    return Exit.DONE


def _smoke(_: argparse.Namespace) -> Exit:
    row = smoke(account_of(Layout().settings).stack)
    note(f"stored as {', '.join(row.outputs)}; removed again")
    return Exit.DONE


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], Exit]]] = {
    "bootstrap": _bootstrap,
    "plan": _plan,
    "drift": _drift,
    "deploy": _deploy,
    "destroy": _destroy,
    "rollback": _rollback,
    "smoke": _smoke,
}

if __name__ == "__main__":
    sys.exit(main())
