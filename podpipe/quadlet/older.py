"""Services as Podman 5.8's generator writes them, changed so that an older Podman does the same with them.

The podman commands in a service are taken apart, each option and value that the older one lacks is replaced as
`substitutes` says, and put together again; what has no substitute is refused by name.
"""

from __future__ import annotations

from podpipe.quadlet.command import podman_program
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.flags import COMMANDS_SINCE, Known, known_options, show_version
from podpipe.quadlet.invocation import PREFIXES, Given, Invocation, write_line
from podpipe.quadlet.limits import bound_service
from podpipe.quadlet.manifests import play, take_down
from podpipe.quadlet.newvalues import NEW_VALUES
from podpipe.quadlet.pause import hold_namespaces
from podpipe.quadlet.ports import keep_forwarding
from podpipe.quadlet.sockets import hand_in_sockets
from podpipe.quadlet.stopping import forgive_removal
from podpipe.quadlet.substitutes import ADVICE, SUBSTITUTES
from podpipe.quadlet.target import Target

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from typing import Union

    from podpipe.quadlet.newvalues import NewValue
    from podpipe.quadlet.unitfile import UnitFile
    from podpipe.quadlet.version import Version

    Lack = Union[Known, NewValue]

# The lines of [Service] that a kind's converter writes; the last of each is its own.
LINES = {
    "container": ("ExecStart", "ExecStop", "ExecStopPost", "ExecReload"),
    "kube": ("ExecStart", "ExecStopPost"),
    "network": ("ExecStart", "ExecStopPost"),
    "pod": ("ExecStartPre", "ExecStart", "ExecStop", "ExecStopPost"),
}
ADAPT = {
    "run": (hand_in_sockets, keep_forwarding, bound_service),
    "pod create": (keep_forwarding,),
    "rm": (forgive_removal,),
    "kube play": (play,),
    "kube down": (take_down,),
}


def downgrade(service: UnitFile, kind: str, version: Version, user: bool) -> list[str]:
    """Change a service of a kind of Quadlet file ("container") for a version of Podman, for a user's systemd or not.

    Returns warnings. Errors: QuadletError that names the keys and options for which the version is too old.
    """
    target = Target(service, kind, version, user)
    for key in LINES.get(kind, ("ExecStart",)):
        words = _words(service, key)
        lines = _changed(target, words) if words[0].lstrip(PREFIXES) == podman_program() else [words]
        if lines != [words]:
            service.set("Service", key, write_line(lines[0]))
            for more in lines[1:]:
                service.add("Service", key, write_line(more))
    hold_namespaces(service, version, user)
    if target.refusals:
        raise QuadletError(f"{'; '.join(dict.fromkeys(target.refusals))} (the units are for {show_version(version)})")
    return target.warnings


def _words(service: UnitFile, key: str) -> list[str]:
    try:
        return service.lookup_last_args("Service", key) or [""]
    except QuadletError:  # not one of ours
        return [""]


def _changed(target: Target, words: list[str]) -> list[list[str]]:
    """The Exec lines that one becomes."""
    call = target.call = Invocation(words)
    since = COMMANDS_SINCE.get(call.command)
    if since and target.version < since:
        target.refusals.append(f"podman {call.command} needs Podman {show_version(since)}")
    for adapt in ADAPT.get(call.command, ()):
        adapt(target)
    call.globals = _replaced(target, "", call.globals)
    call.options = _replaced(target, call.command, call.options)
    return call.lines()


def _replaced(target: Target, command: str, options: list[Given]) -> list[Given]:
    """A command's options without what the target lacks."""
    table: list[Lack] = [*NEW_VALUES.get(command, ()), *known_options(command).values()]
    lacks = [lack for lack in table if target.version < lack.since]
    return [new for given in options for new in _older(target, command, given, lacks)]


def _older(target: Target, command: str, given: Given, lacks: list[Lack]) -> list[Given]:
    """What an option becomes; what it becomes first may be lacking too."""
    for position, lack in enumerate(lacks, 1):
        if lack.concerns(given, target):
            news = _substituted(target, command, given, lack)
            return [new for each in news for new in _older(target, command, each, lacks[position:])]
    return [given]


def _substituted(target: Target, command: str, given: Given, lack: Lack) -> list[Given]:
    if given.value == "false" and isinstance(lack, Known) and not lack.takes_value:
        return []  # that it is not wanted need not be said
    substitute = SUBSTITUTES.get(command, {}).get(lack.shown)
    news = substitute.act(target, given) if substitute else None
    if news is None:
        target.refuse(given, lack, ADVICE.get(command, {}).get(lack.shown, ""))
    elif substitute and substitute.warns(target, given):
        target.warn(given, lack, substitute.text)
    return news or []
