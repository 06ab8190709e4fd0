"""Who keeps the pods running: the user's systemd where it answers, else Podman alone."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from podpipe.errors import UsageError

if TYPE_CHECKING:
    from podpipe.definition import Definition
    from podpipe.effects.engine import Engine
    from podpipe.effects.systemd import UserManager
    from podpipe.plan import Observed, Plan, WantedImage
    from podpipe.plan.status import ContainerStatus, JobRun
    from podpipe.render import Desired
    from podpipe.report import Report

CHOICE = "PODPIPE_SUPERVISOR"


class Supervisor(Protocol):
    """What keeping pods comes to. An object is good for one look at what is desired and at the machine."""

    def plan(self, observed: Observed, wanted: Mapping[str, WantedImage]) -> Plan:
        """What has to happen for everything desired to run."""
        ...

    def plan_down(self, observed: Observed, chosen: Collection[str]) -> Plan:
        """What has to go for the chosen workloads (none: all) to be gone."""
        ...

    def check(self, observed: Observed, plan: Plan) -> None:
        """Refuse what cannot work before anything is touched. Errors: Unsupported, PortTaken, PodpipeError."""
        ...

    def apply(self, plan: Plan, observed: Observed) -> None:
        """Do what the plan says; the images are there."""
        ...

    def remove(self, plan: Plan, observed: Observed) -> None:
        """Do what a `plan_down` says."""
        ...

    def restart(self, plan: Plan, observed: Observed) -> None:
        """Stop and start what the plan restarts, as it is. Errors: NotOurs where somebody else keeps it."""
        ...

    def wait(self, plan: Plan, observed: Observed, timeout: float, *, others: bool = True) -> bool:
        """Wait for what was touched, and for `others` that are not healthy; False where there was nothing.

        `timeout`, in seconds, is for those that are no jobs. Errors: Unhealthy.
        """
        ...

    def run(self, job: str) -> list[str]:
        """Run a job that is there once more. Gives the lines of this run. Errors: Unhealthy."""
        ...

    def last_run(self, job: str, since: float) -> list[str]:
        """The lines of a job's last run, which began after `since` (seconds of the epoch) and has ended."""
        ...

    def runs(self, job: str) -> list[JobRun]:
        """A job's runs, as many as are known still."""
        ...

    def logs(self, names: Sequence[str], *, follow: bool, tail: int | None) -> Iterator[tuple[str, str]]:
        """(container, line) of what the containers print."""
        ...

    def status(self, observed: Observed) -> tuple[ContainerStatus, ...]:
        """A row for each container that is defined."""
        ...

    def memory(self) -> tuple[list[Path], list[str]]:
        """The files and the units that a standstill depends on."""
        ...


def find_manager() -> UserManager | None:
    """The user's systemd if it is to keep the pods: where it answers, unless $PODPIPE_SUPERVISOR says otherwise.

    Errors: UsageError where systemd is asked for and does not answer, or for another word.
    """
    from podpipe.effects.linger import ENABLE_LINGER, user_name
    from podpipe.effects.systemd import user_manager

    choice = os.environ.get(CHOICE, "")
    if choice not in ("", "systemd", "podman"):
        raise UsageError(f"{CHOICE} is {choice}", hint="unset it, or set it to systemd or podman")
    # systemd starts containers by the user's own Podman, not by one behind another socket.
    if choice == "podman" or (not choice and os.environ.get("CONTAINER_HOST")):
        return None
    manager = user_manager()
    if manager is None and choice == "systemd":
        raise UsageError(
            f"{CHOICE} is systemd, but the user's systemd does not answer",
            hint=f"log in by ssh or on the console, or let it run always: {ENABLE_LINGER.format(user_name())}",
        )
    return manager


def choose_supervisor(
    manager: UserManager | None, engine: Engine, definition: Definition, desired: Desired, report: Report
) -> Supervisor:
    """The keeper of this project's pods. Errors: Unsupported."""
    if manager is None:
        from podpipe.effects.podman_supervisor import PodmanSupervisor

        return PodmanSupervisor(engine, desired, report)
    from podpipe.effects.systemd_supervisor import SystemdSupervisor

    return SystemdSupervisor(manager, engine, definition, desired, report)
