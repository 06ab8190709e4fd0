"""Values that are newer than the options they are given to, and options that could once be given only once.

From Podman's release notes and sources, and from trying them on 3.0.1 and 4.3.1.
"""

from __future__ import annotations

from podpipe.quadlet.healthcheck import reads_otherwise

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from podpipe.quadlet.invocation import Given
    from podpipe.quadlet.target import Target
    from podpipe.quadlet.version import Version

    Test = Callable[[str, Target], bool]

# Network modes that have options of their own, or name something after their colon.
WITH_COLON = ("container", "ns", "pasta", "slirp4netns")
# Before this one READY=1 can be lost, see `podpipe/quadlet/ready.py`.
HEARD: Version = (4, 4, 0)


class NewValue:
    """Values of an option, `shown` in messages and the manual, that need a newer Podman than the option."""

    def __init__(self, option: str, shown: str, since: Version, test: Test) -> None:
        self.option = option
        self.shown = f"--{option}{shown}"
        self.since = since
        self.test = test

    def concerns(self, given: Given, target: Target) -> bool:
        """Whether an option is this one and has such a value."""
        return given.name == self.option and self.test(given.value, target)


def _any(value: str, target: Target) -> bool:
    return True


def _is(*words: str) -> Test:
    return lambda value, target: value in words


def _begins(*words: str) -> Test:
    return lambda value, target: value.startswith(words)


def _ends(word: str) -> Test:
    return lambda value, target: value.endswith(word)


def _several(option: str) -> Test:
    return lambda value, target: len(target.call.values(option)) > 1


def _mounted(option: str) -> Test:
    """With an option: SOURCE:TARGET:OPTION,OPTION=VALUE."""
    return lambda value, target: option in _names("".join(value.split(":", 2)[2:]))


def _field(*names: str) -> Test:
    """With a field: NAME=VALUE,NAME."""
    return lambda value, target: any(name in names for name in _names(value))


def _names(fields: str) -> list[str]:
    return [field.partition("=")[0] for field in fields.split(",")]


def _has_options(value: str, target: Target) -> bool:
    return ":" in value and value.partition(":")[0] not in WITH_COLON


def _is_relative(value: str, target: Target) -> bool:
    return not value[:1].isdigit()


def _has_type(kind: str) -> Test:
    return lambda value, target: f"type={kind}" in value.split(",")


def _has_subpath(value: str, target: Target) -> bool:
    return any(name.endswith("subpath") for name in _names(value))


def _has_volume_subpath(value: str, target: Target) -> bool:
    return _has_subpath(value, target) and "type=image" not in value.split(",")


def _gives_owner(value: str, target: Target) -> bool:
    return value.startswith(("o=uid=", "o=gid=")) and not _has_device(target)


def _mounts_rootless(value: str, target: Target) -> bool:
    return target.user and value.startswith("device=")


def _has_device(target: Target) -> bool:
    return any(value.startswith("device=") for value in target.call.values("opt"))


def _lacks_subnet(value: str, target: Target) -> bool:
    return value != "false" and not any(":" in subnet for subnet in target.call.values("subnet"))


_NETWORK = (
    NewValue("network", "=NAME:OPTIONS", (4, 0, 0), _has_options),
    NewValue("network", "=pasta", (4, 4, 0), _begins("pasta")),
    NewValue("network", " more than once", (4, 0, 0), _several("network")),
)
_USERNS = (
    NewValue("userns", "=keep-id:OPTIONS", (4, 3, 0), _begins("keep-id:")),
    NewValue("userns", "=nomap", (4, 1, 0), _is("nomap")),
    NewValue("uidmap", "=@HOST or +MAP", (4, 7, 0), _is_relative),
    NewValue("gidmap", "=@HOST or +MAP", (4, 7, 0), _is_relative),
)
_VOLUME = (
    NewValue("volume", "=...:U", (3, 1, 0), _mounted("U")),
    NewValue("volume", "=...:idmap", (4, 0, 0), _mounted("idmap")),
)
_ADD_HOST = (NewValue("add-host", "=...:host-gateway", (4, 7, 0), _ends(":host-gateway")),)
NEW_VALUES: Mapping[str, tuple[NewValue, ...]] = {
    "run": (
        *_NETWORK,
        *_USERNS,
        *_VOLUME,
        *_ADD_HOST,
        NewValue("group-add", "=keep-groups", (3, 2, 0), _is("keep-groups")),
        NewValue("health-cmd", "=LIST or with a keyword", (3, 3, 0), lambda value, target: reads_otherwise(value)),
        NewValue("health-cmd", "", (4, 0, 0), _any),
        NewValue("log-driver", "=passthrough", (4, 0, 0), _is("passthrough")),
        NewValue("memory-swap", "=-1", (3, 1, 0), _is("-1")),
        NewValue("mount", "=type=artifact", (5, 5, 0), _has_type("artifact")),
        NewValue("mount", "=type=glob", (4, 7, 0), _has_type("glob")),
        NewValue("mount", "=type=ramfs", (4, 7, 0), _has_type("ramfs")),
        NewValue("mount", "=...,U", (4, 0, 0), _field("U", "chown")),
        NewValue("mount", "=...,idmap", (4, 0, 0), _field("idmap")),
        NewValue("mount", "=type=image,...,subpath", (5, 1, 0), _has_subpath),
        NewValue("mount", "=type=volume,...,subpath", (5, 4, 0), _has_volume_subpath),
        NewValue("pull", "=newer", (3, 2, 0), _is("newer")),
        NewValue("sdnotify", "=healthy", (4, 7, 0), _is("healthy")),
        NewValue("sdnotify", "", HEARD, _is("conmon", "container")),
        NewValue("security-opt", "=label=nested", (4, 5, 0), _is("label=nested")),
    ),
    "pod create": (*_NETWORK, *_USERNS, *_VOLUME, *_ADD_HOST),
    "volume create": (
        NewValue("driver", "=image", (4, 3, 0), _is("image")),
        NewValue("opt", "=copy", (4, 2, 0), _is("copy")),
        NewValue("opt", "=nocopy", (4, 2, 0), _is("nocopy")),
        NewValue("opt", "=device=... without root", (4, 0, 0), _mounts_rootless),
        NewValue("opt", "=o=uid=... without a device", (3, 2, 2), _gives_owner),
    ),
    "network create": (
        NewValue("ipv6", " without an IPv6 subnet", (4, 0, 0), _lacks_subnet),
        NewValue("opt", "=isolate", (4, 2, 0), _begins("isolate=")),
        NewValue("subnet", " more than once", (4, 0, 0), _several("subnet")),
    ),
    "kube play": (NewValue("network", " more than once", (4, 0, 0), _several("network")),),
    "build": (
        *_VOLUME,
        *_ADD_HOST,
        NewValue("pull", "=newer", (5, 8, 0), _is("newer")),
        NewValue("pull", "=POLICY", (4, 0, 0), lambda value, target: value != ""),
    ),
}
