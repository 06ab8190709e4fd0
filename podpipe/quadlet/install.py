"""[Install]: the links that `systemctl enable` would make, and cannot make for a generated unit."""

from __future__ import annotations

import posixpath

from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.names import extension

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.unitfile import UnitFile

GROUP = "Install"
FOLDERS = {"WantedBy": "wants", "RequiredBy": "requires", "UpheldBy": "upholds"}


def install_links(service: UnitFile) -> tuple[dict[str, str], list[str]]:
    """The links of a service, each below the folder of units with what it points to; and what cannot be made.

    A template is wanted only as an instance: its DefaultInstance, if it has one.
    """
    links: dict[str, str] = {}
    problems: list[str] = []
    for path in [*service.lookup_all_strv(GROUP, "Alias"), *_dependents(service)]:
        link = posixpath.normpath(path)
        try:
            _check(link)
        except QuadletError as error:
            problems.append(f"Can't create symlink {link}: {error}")
            continue
        links[link] = "../" * link.count("/") + service.filename
    return links, problems


def _dependents(service: UnitFile) -> list[str]:
    name = _instance(service)
    return [
        f"{unit}.{folder}/{name}"
        for key, folder in FOLDERS.items()
        for unit in service.lookup_all_strv(GROUP, key)
        if name and "/" not in unit + name
    ]


def _instance(service: UnitFile) -> str:
    base, instance, is_template = service.template_parts()
    if not is_template or instance:
        return service.filename
    default = service.lookup(GROUP, "DefaultInstance")
    return "" if default is None else f"{base}@{default}{extension(service.filename)}"


def _check(link: str) -> None:
    if link.startswith(("/", "../")) or link in (".", ".."):
        raise QuadletError("it would be outside of the folder of units")
    if not link.isprintable():
        raise QuadletError("its name is not printable")
