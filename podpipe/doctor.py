"""The library's front for the machine itself: what is wrong with it, with or without a project, and mending it.

from podpipe import Doctor

for finding in Doctor.load(".").examine():
    print(finding.level, finding.what, *finding.mends)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from podpipe.effects.machine import here, look_at_machine
from podpipe.plan.doctor import Finding, Mend, Needs, diagnose, needs_of, plan_mends
from podpipe.plan.doctor.finding import by_hand, problem
from podpipe.report import Report, silent

if TYPE_CHECKING:
    from podpipe.effects.mend import Mended
    from podpipe.plan.machine import Machine

ROUNDS = 3  # what is mended may show what else is wrong
SETTLING, PAUSE = 5.0, 0.5  # seconds that a mend may take until it shows: systemd starts a user's manager by itself


def _look() -> Machine:
    return look_at_machine(here())


class Doctor:
    """Looks at the machine anew each time. `needs` are a project's; `before` are findings of the project itself."""

    def __init__(
        self,
        needs: Needs = Needs(),  # noqa: B008
        *,
        before: tuple[Finding, ...] = (),
        look: Callable[[], Machine] = _look,
        report: Report = silent,
    ) -> None:
        self.needs = needs
        self.report = report
        self._before = before
        self._look = look

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str] = ".",
        *,
        platform: str = "",
        report: Report = silent,
    ) -> Doctor:
        """For the project of a folder; where there is none, for the machine alone. A wrong definition is a finding."""
        if not (Path(folder) / "podpipe.yaml").exists():
            return cls(Needs(platform=platform), report=report)
        from podpipe.definition import DefinitionError, load_definition

        try:
            definition = load_definition(Path(folder))
        except DefinitionError as error:
            why = "nothing of it can be built or run; what it needs of this machine is not looked at"
            finding = problem("definition", error.message, why, by_hand("podpipe check"))
            return cls(Needs(platform=platform), before=(finding,), report=report)
        return cls(needs_of(definition, platform), report=report)

    def examine(self) -> tuple[Finding, ...]:
        """A finding for each check. Errors: none; what cannot be seen is no finding."""
        return (*self._before, *diagnose(self._look(), self.needs))

    def plan(self) -> tuple[Mend, ...]:
        """What `mend` would run first."""
        return plan_mends(self.examine())

    def mend(self) -> tuple[Mended, ...]:
        """Do what can be done, and what that brings to light. Look with `examine` at what is left."""
        from podpipe.effects.mend import apply_mends

        mended: list[Mended] = []
        for _ in range(ROUNDS):
            tried = {each.mend for each in mended}
            todo = [mend for mend in plan_mends(self.examine()) if mend not in tried]
            if not todo:
                break
            mended += apply_mends(todo, self.report)
            self._settle({each.mend for each in mended if each.outcome == "done"})
        return tuple(mended)

    def _settle(self, done: set[Mend]) -> None:
        """Wait a moment for what was mended to show, unless a reboot must come first."""
        deadline = time.monotonic() + SETTLING
        quick = {mend for mend in done if not mend.then}
        while time.monotonic() < deadline and any(quick & {*finding.mends} for finding in self.examine()):
            time.sleep(PAUSE)
