"""A Quadlet unit on its way to a service: what is read of it, what is written, and the other units that it may name."""

from __future__ import annotations

import os

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.names import extension

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from podpipe.quadlet.unitfile import UnitFile


class UnitInfo:
    """What others may ask about a unit: its service, the name of what that makes and, of a pod, whom it starts."""

    def __init__(self, service_name: str, resource_name: str = "") -> None:
        self.service_name = service_name
        self.resource_name = resource_name  # empty until it is known
        self.containers: list[str] = []  # file names of services

    @property
    def service_file(self) -> str:
        """The file name of the service."""
        return f"{self.service_name}.service"


class Conversion:
    """Reads the keys of the unit's own group, and writes the groups [Service] and [Unit] of its service."""

    def __init__(self, file: UnitFile, group: str, service: UnitFile, known: Mapping[str, UnitInfo]) -> None:
        self.file = file
        self.group = group
        self.service = service
        self.known = known
        self.warnings: list[str] = []

    @property
    def info(self) -> UnitInfo:
        """What others may ask about this unit."""
        return self.known[self.file.filename]

    # -- reading

    def value(self, key: str) -> str | None:
        """The last value of a key."""
        return self.file.lookup(self.group, key)

    def values(self, key: str) -> list[str]:
        """All values of a key; an empty one clears those before it."""
        return self.file.lookup_all(self.group, key)

    def boolean(self, key: str, default: bool = False) -> bool:
        """Whether the last value of a key says yes."""
        return self.file.lookup_boolean_with_default(self.group, key, default)

    def number(self, key: str) -> int:
        """The last value of a key as a number that fits 32 bits, 0 if it is none."""
        return self.file.lookup_uint32(self.group, key, 0)

    def words(self, key: str) -> list[str]:
        """The words of all values, backslashes as they are."""
        return self.file.lookup_all_strv(self.group, key)

    def arguments(self, key: str) -> list[str]:
        """The words of all values, as of a command line."""
        return self.file.lookup_all_args(self.group, key)

    def last_arguments(self, key: str) -> list[str]:
        """The words of the last value, as of a command line."""
        try:
            return self.file.lookup_last_args(self.group, key) or []
        except QuadletError as error:
            self.warnings.append(str(error))
            return []

    def pairs(self, key: str) -> list[str]:
        """The last NAME=VALUE of each name, or NAME where it has none, sorted by name."""
        found, warnings = self.file.lookup_all_key_val(self.group, key)
        self.warnings += warnings
        return [name if value is None else f"{name}={value}" for name, value in sorted(found.items())]

    def path(self, path: str) -> str:
        """A path as seen from the unit's folder; one that begins with a specifier only systemd can see."""
        if path.startswith("/") or starts_with_specifier(path):
            return path
        return os.path.normpath(os.path.join(os.path.dirname(self.file.path), path))

    def name(self, key: str) -> str:
        """What the key says the resource is called, by default after the unit."""
        return self.value(key) or resource_name(self.file.filename)

    # -- writing

    def add(self, key: str, value: str) -> None:
        """Add a line to [Service]."""
        self.service.add("Service", key, value)

    def add_default(self, key: str, value: str) -> None:
        """Add a line to [Service], unless the key is there."""
        if not self.service.has_key("Service", key):
            self.add(key, value)

    def add_command(self, key: str, words: Iterable[str]) -> None:
        """Add a command to [Service]."""
        self.service.add_cmdline("Service", key, words)

    def need(self, name: str, missing: str, how: str = "Requires") -> UnitInfo:
        """Let the service start after that of another Quadlet file. Errors: QuadletError if there is no such file."""
        if name not in self.known:
            raise QuadletError(missing)
        info = self.known[name]
        for key in (how, "After"):
            self.service.add("Unit", key, info.service_file)
        return info


def starts_with_specifier(path: str) -> bool:
    """Whether a path begins with %h or its like; %% is a percent sign."""
    return path.startswith("%") and not path.startswith("%%")


def stem(filename: str) -> str:
    """The name of a unit without its kind: "web@.container" -> "web@"."""
    return filename[: -len(extension(filename))] or filename


def resource_name(filename: str) -> str:
    """What a unit's resource is called if no key says it: that of a template has its instance's name in it."""
    name = f"systemd-{stem(filename)}"
    return f"{name[:-1]}-%i" if "@" in filename else name
