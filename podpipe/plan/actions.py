"""What a plan consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why something is not kept: FIELD was `was` and is `now`, or (without them) a sentence in `field`."""

    field: str
    now: str = ""
    was: str = ""

    def __str__(self) -> str:
        return f"{self.field} was {self.was} is {self.now}" if self.now or self.was else self.field


@dataclass(frozen=True)
class Action:
    """One thing to do or to leave alone.

    `verb` is build, pull, create, recreate, start, remove or keep; `kind` is image, volume, pod, container
    or job; `workload` is the pod or CronJob that it is part of, "" for images and volumes.
    """

    verb: str
    kind: str
    name: str
    workload: str = ""
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        because = f" because {'; '.join(map(str, self.reasons))}" if self.reasons else ""
        return f"{self.verb:8} {self.kind:9} {self.name}{because}"

    def as_json(self) -> dict[str, Any]:
        """The action as `podpipe plan --json` prints it."""
        reasons = [{"field": each.field, "now": each.now, "was": each.was} for each in self.reasons]
        return {"verb": self.verb, "kind": self.kind, "name": self.name, "workload": self.workload, "reasons": reasons}


@dataclass(frozen=True)
class Plan:
    """Actions in the order in which they are applied; the pods' own order does not matter."""

    actions: tuple[Action, ...]

    @property
    def changes(self) -> tuple[Action, ...]:
        """The actions that touch something; none: there is nothing to do."""
        return tuple(action for action in self.actions if action.verb not in ("keep", "allow"))

    def of(self, kind: str, *verbs: str) -> tuple[Action, ...]:
        """The actions on things of a kind, of these verbs (none named: all)."""
        return tuple(each for each in self.actions if each.kind == kind and (not verbs or each.verb in verbs))

    def then(self, later: Plan) -> Plan:
        """This one, and what a later look found to be done besides."""
        planned = {(action.kind, action.name) for action in self.changes}
        more = [action for action in later.changes if (action.kind, action.name) not in planned]
        others = {(action.kind, action.name) for action in more}
        return Plan((*(each for each in self.actions if (each.kind, each.name) not in others), *more))

    def __str__(self) -> str:
        return "\n".join(map(str, self.actions)) or "nothing is defined"
