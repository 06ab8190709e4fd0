"""podpipe doctor"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from podpipe.cli.console import Console
from podpipe.cli.parser import add_dry_run, add_json, add_platform
from podpipe.doctor import Doctor
from podpipe.plan.doctor import OK, PROBLEM, Finding, Mend, plan_mends

if TYPE_CHECKING:
    from podpipe.effects.mend import Mended

OUTCOMES = {"done": "done", "failed": "FAILED", "left": "to be done by you, as root", "skipped": "then"}


def add_arguments(parser: ArgumentParser) -> None:
    words = "do what this user can do, and with sudo where it asks for no password; then look again"
    parser.add_argument("--fix", action="store_true", help=words)
    words = "also see whether builds for another machine work here, as linux/arm/v7"
    add_platform(parser, words)
    add_dry_run(parser)
    add_json(parser)


def run(arguments: Namespace, console: Console) -> int:
    doctor = Doctor.load(arguments.project, platform=arguments.platform, report=console.report)
    before = doctor.examine()
    if arguments.dry_run or not arguments.fix:
        todo = plan_mends(before) if arguments.fix else ()
        _show(console, before, todo, ())
        return _status(before)
    mended = doctor.mend() if plan_mends(before) else ()
    after = doctor.examine() if mended else before
    _show(console, after, (), mended, before)
    return _status(after)


def _status(findings: Iterable[Finding]) -> int:
    return int(any(finding.level == PROBLEM for finding in findings))


def _show(
    console: Console,
    findings: Sequence[Finding],
    todo: Sequence[Mend],
    mended: Sequence[Mended],
    before: Sequence[Finding] = (),
) -> None:
    if console.as_json:
        mends = [each.as_json() for each in mended] or [{"command": str(mend), "outcome": "planned"} for mend in todo]
        console.result_json({"findings": [finding.as_json() for finding in findings], "mends": mends})
        return
    for each in mended:
        console.result(f"{each.mend}: {OUTCOMES[each.outcome]}")
        for line in each.lines if each.outcome == "failed" else ():
            console.result(f"  | {line}")
    was_wrong, is_wrong = ({each.check for each in found if each.level != OK} for found in (before, findings))
    for finding in findings:
        _show_finding(console, finding, mended=finding.check in was_wrong - is_wrong)
    for mend in todo:
        console.result(f"would run: {mend.command}")
    console.result(_summary(findings))


def _show_finding(console: Console, finding: Finding, *, mended: bool) -> None:
    console.result(f"{'mended' if mended else finding.level:8} {finding.check:11} {finding.what}")
    if finding.why:
        console.result(f"         why: {finding.why}")
    for mend in finding.mends:
        console.result(f"         do:  {mend}")


def _summary(findings: Sequence[Finding]) -> str:
    counts = {level: sum(finding.level == level for finding in findings) for level in (PROBLEM, "advice", OK)}
    problems = f"{counts[PROBLEM] or 'no'} problem{'' if counts[PROBLEM] == 1 else 's'}"
    return f"{problems}, {counts['advice']} advice, {counts[OK]} ok"
