"""`pipeline doctor`: is the pipeline that is there as it should be? Each finding with its remedy."""

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from ops.doctor import clock
from ops.doctor.examining import examine
from ops.doctor.findings import Finding
from ops.doctor.live import Live
from ops.errors import CommandError, Exit
from ops.options import add_stack_options, stack_of
from ops.show import note, print_json, print_table, visible
from shared.errors import BadSetting


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="check settings, credentials and everything that is deployed",
        description="Check settings, credentials, clock, and each resource of the pipeline that is there, against"
        " pipeline.yaml and against what is known to go wrong. Changes nothing. Exits with 1 where there is a problem;"
        " warnings alone are none.",
        epilog="examples: pipeline doctor; pipeline doctor --all --output json",
    )
    parser.add_argument("--all", action="store_true", help="show what is well, too (json always does)")
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Examine, and tell."""
    findings = list(_findings(args))
    if args.output == "json":
        print_json(asdict(finding) for finding in findings)
    else:
        _print(findings, everything=args.all)
    levels = Counter(finding.level for finding in findings)
    note(
        f"looked at {len(findings)}: {levels['ok']} ok,"
        f" {levels['warning']} warning{'' if levels['warning'] == 1 else 's'},"
        f" {levels['problem']} problem{'' if levels['problem'] == 1 else 's'}"
    )
    return Exit.PARTIAL if levels["problem"] else Exit.DONE


def _findings(args: argparse.Namespace) -> Iterable[Finding]:
    try:
        stack = stack_of(args)
    except BadSetting as error:
        return [_wrong("settings", str(args.settings), each, "correct it in that file") for each in error.args]
    except CommandError as error:
        if clock.is_refused(str(error)):
            return [_wrong("clock", "this machine", error, clock.REMEDY)]
        settings = not args.settings.is_file()
        remedy = (
            "run it where pipeline.yaml is, or --settings FILE"
            if settings
            else 'aws configure, or --profile; for the local AWS: eval "$(make -s up)"'
        )
        where = str(args.settings) if settings else "credentials"
        return [_wrong("settings" if settings else "credentials", where, error, remedy)]
    names = stack.names
    known = [
        Finding(check="settings", where=str(args.settings), level="ok", found=names.name, allowed="readable and valid"),
        Finding(
            check="credentials",
            where=f"account {names.account}",
            level="ok",
            found=names.region,
            allowed="an account and a region",
        ),
    ]
    return [*known, *examine(Live(stack=stack))]


def _wrong(check: str, where: str, error: object, remedy: str) -> Finding:
    return Finding(
        check=check, where=where, level="problem", found=str(error), allowed="readable and valid", remedy=remedy
    )


def _print(findings: list[Finding], *, everything: bool) -> None:
    if everything:
        rows = [(each.level, each.check, each.where, each.found) for each in findings]
        print_table(("", "CHECK", "WHERE", "FOUND"), rows)
    ill = sorted((each for each in findings if each.level != "ok"), key=lambda each: each.level != "problem")
    for number, each in enumerate(ill):
        if number or everything:
            print()
        print(visible(f"{each.level}: {each.check}: {each.where}"))
        for name, value in (("found", each.found), ("allowed", each.allowed), ("remedy", each.remedy)):
            print(f"  {name:<8} {visible(value)}")
