"""`up` of a project's folder: the quick answer if nothing has changed, else the way through `Project`.

It imports what it needs when it needs it: that there is nothing to do is known without YAML or the definition's rooms.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from podpipe import standstill
from podpipe.effects.engine import connect
from podpipe.effects.visit import HEALTHY_WITHIN
from podpipe.report import Report, silent

if TYPE_CHECKING:
    from podpipe.plan import Plan
    from podpipe.project import Project


class Launch(NamedTuple):
    """What was done, None where all was known to stand; and where the pods answer, by the pod's name."""

    plan: Plan | None
    addresses: Mapping[str, Sequence[str]]


def up(
    folder: str | os.PathLike[str] = ".",
    chosen: Collection[str] = (),
    *,
    host: str = "",
    timeout: float = HEALTHY_WITHIN,
    quick: bool = True,
    report: Report = silent,
    log: Report = silent,
) -> Launch:
    """Make the chosen pods and CronJobs (none: all) what the folder says, and wait until they are healthy.

    A delivery that a kill or a power cut left is ended or undone first. `quick=False` makes a plan in any case, `host`
    and the others are those of `Project.load` and `Project.up`. Errors: any PodpipeError.
    """
    known = standstill.recall(folder, connect) if quick and not (chosen or host) else None
    if known is not None:
        return Launch(None, known)
    from podpipe.project import Project

    project = Project.load(folder, host=host, report=report, log=log)
    if is_cut_off(project):
        from podpipe.delivery import Delivery

        Delivery(project).recover()  # its image may be anywhere on its way
    return Launch(project.up(chosen, timeout=timeout), project.addresses(chosen))


def is_cut_off(project: Project) -> bool:
    """Whether a delivery on this machine has not come to its end."""
    from podpipe.effects.released import flight_file

    return not project.machine and flight_file(project.state).exists()
