"""What is well with a machine, what is not, why it matters and what mends it. Pure."""

from __future__ import annotations

from dataclasses import replace

from podpipe.plan.doctor.clock import judge_clock
from podpipe.plan.doctor.disk import judge_disk
from podpipe.plan.doctor.finding import ADVICE, OK, PROBLEM, Finding, Mend, install
from podpipe.plan.doctor.kernel import judge_kernel
from podpipe.plan.doctor.needs import Needs, needs_of
from podpipe.plan.doctor.past import judge_past
from podpipe.plan.doctor.programs import judge_programs
from podpipe.plan.doctor.store import judge_store
from podpipe.plan.doctor.user import judge_user
from podpipe.plan.machine import Machine

__all__ = ["ADVICE", "OK", "PROBLEM", "Finding", "Mend", "Needs", "diagnose", "needs_of", "plan_mends"]

JUDGES = (judge_programs, judge_kernel, judge_user, judge_store, judge_disk, judge_clock, judge_past)


def diagnose(machine: Machine, needs: Needs) -> tuple[Finding, ...]:
    """A finding for each check, in the order in which they are best mended; several where several things are wrong."""
    findings = tuple(finding for judge in JUDGES for finding in judge(machine, needs))
    return tuple(map(_without_sudo, findings)) if machine.user.is_root else findings


def _is_last(mend: Mend) -> bool:
    return mend.at_last


def _without_sudo(finding: Finding) -> Finding:
    return replace(finding, mends=tuple(replace(mend, as_root=False) for mend in finding.mends))


def plan_mends(findings: tuple[Finding, ...]) -> tuple[Mend, ...]:
    """What a program may do about the findings, each thing once; all packages in one go, and before the rest."""
    mends = [mend for finding in findings for mend in finding.mends if not mend.by_hand]
    packages = dict.fromkeys(package for mend in mends for package in mend.packages)
    others = sorted(dict.fromkeys(mend for mend in mends if not mend.packages), key=_is_last)
    return (*([install(*packages)] if packages else []), *others)
