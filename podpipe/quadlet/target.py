"""The Podman that a service is changed for, the service, and what has to be said about the change."""

from __future__ import annotations

from podpipe.quadlet.command import GLOBAL
from podpipe.quadlet.convert import KINDS
from podpipe.quadlet.flags import show_version

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.flags import Known
    from podpipe.quadlet.invocation import Given, Invocation
    from podpipe.quadlet.newvalues import NewValue
    from podpipe.quadlet.unitfile import UnitFile
    from podpipe.quadlet.version import Version


class Target:
    """A version of Podman, the service for it (`user`: run without root), and the call in it that is being changed."""

    call: Invocation

    def __init__(self, service: UnitFile, kind: str, version: Version, user: bool) -> None:
        self.service = service
        self.kind = KINDS[f".{kind}"]
        self.version = version
        self.user = user
        self.warnings: list[str] = []
        self.refusals: list[str] = []

    def warn(self, given: Given, lack: Known | NewValue, instead: str) -> None:
        """Tell what becomes of something that the target lacks."""
        self.warnings.append(f"{self._need(given, lack)}, and is {instead}")

    def refuse(self, given: Given, lack: Known | NewValue, advice: str = "") -> None:
        """Tell that something cannot be had."""
        self.refusals.append(": ".join(filter(None, [self._need(given, lack), advice])))

    def _need(self, given: Given, lack: Known | NewValue) -> str:
        return f"{self.key(given)} ({lack.shown}) needs Podman {show_version(lack.since)}"

    def key(self, given: Given) -> str:
        """The Quadlet key that an option comes from, as container.Secret."""
        group: str = self.kind.group
        words = " ".join(given.words)
        keys = self.service.keys(f"X-{group}")
        for option in GLOBAL if given in self.call.globals else self.kind.options:
            for key, begin in option.keys.items():
                if key in keys and words.startswith(begin):
                    return f"{group.lower()}.{key}"
        return group.lower()
