"""What a kind of Quadlet file is: its group, the keys that may be in it, and how it becomes a service."""

from __future__ import annotations

from podpipe.quadlet.conversion import stem
from podpipe.quadlet.errors import QuadletError

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from podpipe.quadlet.command import Option
    from podpipe.quadlet.conversion import Conversion
    from podpipe.quadlet.unitfile import UnitFile

COMMON_KEYS = ("ContainersConfModule", "GlobalArgs", "PodmanArgs", "ServiceName")
QUADLET_KEYS = {"DefaultDependencies"}


def _no_name(unit: UnitFile, service: str) -> str:
    return ""


class Kind:
    """The kind of file that has a group.

    `options` are those of the command that makes the resource, `other_keys` what is read besides; the services' names
    end with `suffix`. `name` tells, given the service's name, what the resource is called, where a unit that is
    converted earlier may have to know it.
    """

    def __init__(
        self,
        group: str,
        convert: Callable[[Conversion], None],
        options: Iterable[Option],
        other_keys: Iterable[str],
        suffix: str = "",
        name: Callable[[UnitFile, str], str] = _no_name,
    ) -> None:
        self.group = group
        self.convert = convert
        self.options = tuple(options)
        self.keys = {*COMMON_KEYS, *other_keys, *(key for each in self.options for key in each.keys)}
        self.suffix = suffix
        self.name = name

    def check_keys(self, unit: UnitFile) -> None:
        """Errors: QuadletError for a key that is not known."""
        for group, keys in ((self.group, self.keys), ("Quadlet", QUADLET_KEYS)):
            for key in unit.keys(group):
                if key not in keys:
                    raise QuadletError(f"unsupported key '{key}' in group '{group}' in {unit.path}")

    def service_name(self, unit: UnitFile) -> str:
        """The name of the unit's service without its ending; that of a template ends with @."""
        given = unit.lookup(self.group, "ServiceName")
        if given is not None:
            return given
        name = stem(unit.filename)
        return f"{name[:-1]}{self.suffix}@" if name.endswith("@") else name + self.suffix
