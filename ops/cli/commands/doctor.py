"""`pipeline doctor`: whether the pipeline that is there is as it should be; each finding with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.options import command, option, target_options
from ops.errors import CommandError, Exit
from ops.places import LOCAL_UP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.cli.options import Target
    from ops.doctor.findings import Finding


@command("pipeline doctor", "pipeline doctor --all --json")
@option("--all", "everything", is_flag=True, help="Show also what is as it should be (default: off; JSON always does).")
@target_options
def doctor(target: Target, *, everything: bool) -> Exit:
    """Check settings, credentials, clock and each deployed resource against pipeline.yaml. Changes nothing.

    Exits with 1 where there is a problem; warnings alone exit with 0.
    """
    from collections import Counter
    from dataclasses import asdict

    from ops.cli.output import print_json
    from ops.show import note

    findings = _findings(target)
    if target.json:
        print_json(asdict(finding) for finding in findings)
    else:
        _print(findings, everything=everything)
    levels = Counter(finding.level for finding in findings)
    note(
        f"checked {len(findings)}: {levels['ok']} ok,"
        f" {levels['warning']} warning{'' if levels['warning'] == 1 else 's'},"
        f" {levels['problem']} problem{'' if levels['problem'] == 1 else 's'}"
    )
    return Exit.FAILURE if levels["problem"] else Exit.DONE


def _findings(target: Target) -> list[Finding]:
    from ops.doctor import clock
    from ops.doctor.examination import examine
    from ops.doctor.findings import Finding
    from ops.doctor.live import Live
    from shared.errors import BadSetting

    path = str(target.settings)
    try:
        stack = target.stack()
    except BadSetting as error:
        return [_problem("settings", path, each, "correct it in that file") for each in error.args]
    except CommandError as error:
        if clock.is_refused(str(error)):
            return [_problem("clock", "this machine", error, clock.REMEDY)]
        if not target.settings.is_file():
            return [_problem("settings", path, error, "run it where pipeline.yaml is, or --settings FILE")]
        remedy = f"aws configure, or --profile; for the local AWS: {LOCAL_UP}"
        return [_problem("credentials", "credentials", error, remedy)]
    names = stack.names
    known = [
        Finding(check="settings", where=path, level="ok", found=names.name, allowed="readable and valid"),
        Finding(
            check="credentials",
            where=f"account {names.account}",
            level="ok",
            found=names.region,
            allowed="an account and a region",
        ),
    ]
    return [*known, *examine(Live(stack=stack))]


def _problem(check: str, where: str, error: object, remedy: str) -> Finding:
    from ops.doctor.findings import Finding

    return Finding(
        check=check, where=where, level="problem", found=str(error), allowed="readable and valid", remedy=remedy
    )


def _print(findings: Sequence[Finding], *, everything: bool) -> None:
    from ops.cli.output import print_table, word
    from ops.show import visible

    if everything:
        rows = [(each.level, each.check, each.where, each.found) for each in findings]
        print_table((word("LEVEL"), "CHECK", "WHERE", "FOUND"), rows)
    ill = sorted((each for each in findings if each.level != "ok"), key=lambda each: each.level != "problem")
    for number, each in enumerate(ill):
        if number or everything:
            print()
        print(visible(f"{each.level}: {each.check}: {each.where}"))
        for name, value in (("found", each.found), ("allowed", each.allowed), ("remedy", each.remedy)):
            print(f"  {name:<8} {visible(value)}")
