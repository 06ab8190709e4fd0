"""The manual's table: which key of a Quadlet file works with which Podman, made from the tables that decide it.

    python3 -m podpipe.quadlet.reference docs/quadlet.md

writes the file whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from podpipe.quadlet.command import GLOBAL, Option
from podpipe.quadlet.convert import KINDS
from podpipe.quadlet.flags import COMMANDS_SINCE, Known, known_options, show_version
from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.newvalues import NEW_VALUES, NewValue
from podpipe.quadlet.substitutes import ADVICE, SUBSTITUTES

COMMANDS = {
    "Container": "run",
    "Pod": "pod create",
    "Volume": "volume create",
    "Network": "network create",
    "Kube": "kube play",
    "Image": "image pull",
    "Build": "build",
    "Artifact": "artifact pull",
}
OLDEST = (3, 0, 0)
DEBIANS = ((3, 0, 1), (4, 3, 1), (5, 4, 2))  # Bullseye's, Bookworm's, Trixie's
COLUMNS = ["key", "podman's option", *map(show_version, DEBIANS), "from", "before that"]
HEAD = """\
# Quadlet files for every Podman

Made by `python3 -m podpipe.quadlet.reference docs/quadlet.md`; do not edit.

`podpipe-quadlet` takes the files that podman-systemd.unit(5) of Podman 5.8 describes and makes units for any Podman
from 3.0 on: the one of this machine, or the one that `-podman-version` names. For 5.8 they are those of Podman's own
generator. For an older one, an option that it lacks is replaced by what does the same, as the tables say. What cannot
be had is refused, by the key's name and with the version that it needs: no unit is made of that file, so nothing is
missing in silence or fails at the start. Options in `PodmanArgs=` and `GlobalArgs=` are treated like those that keys
make; what no Podman knows is passed on.

*yes*: taken as it is; *other*: replaced, as the last column says; *no*: refused. 3.0.1, 4.3.1 and 5.4.2 are Debian's,
from Bullseye to Trixie.

No single option:
- Before 4.4 `systemd-notify` tells systemd that a container has started, with the process id that `--conmon-pidfile`
  leaves in `%t/NAME.pid`: podman's own word is lost now and then, and the start would hang.
- Before 3.4 a service with `Sockets=` gets `--preserve-fds` and the variables `LISTEN_FDS`, `LISTEN_FDNAMES` and
  `LISTEN_PID`. Later Podmans hand sockets in by themselves.
- Before 5.7 several `Yaml=` are played one after the other, in a service of `Type=oneshot`.
- Before 4.3 `kube play` is `play kube`, and `kube down` is `play kube --down`; before 3.4 the pods to remove are found
  by the manifest's `metadata.name`.
- Before 4.0 a pod needs an image for its infra container: by `PodmanArgs=--infra-image=...`, or for a manifest by
  `infra_image` in containers.conf.
- Before 3.4, without root, the process that holds Podman's namespaces is started in a scope of its own, before a
  service calls podman: it would end with that service.
- Before 3.4, without root, a container in a service has no cgroup of its own, and podman keeps none of its limits of
  memory, CPU and processes: the service gets `MemoryMax`, `CPUQuota` and `TasksMax` for them, with 64 MiB and 64
  processes more for what serves the container.
- Before 3.4, without root, slirp4netns forwards published ports: the other forwarder dies of the first connection that
  finds nobody.
- Before 3.1 a stop does not count as failed when the container was gone already.
"""


def render_reference() -> str:
    """docs/quadlet.md: for each kind of file which keys work everywhere, and what becomes of the others."""
    parts = [HEAD, "## Every kind", *_chapter(set(COMMON_KEYS), _begins(GLOBAL), "")]
    for group, command in COMMANDS.items():
        kind = KINDS[f".{group.lower()}"]
        parts += [f"## [{group}]", *_chapter(kind.keys - {*COMMON_KEYS}, _begins(kind.options), command)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _begins(options: Iterable[Option]) -> dict[str, str]:
    """Keys, each with how the option that it makes begins; `-v` is written out."""
    begins = {key: begin for option in options for key, begin in option.keys.items()}
    return {key: begin.replace("-v ", "--volume ") for key, begin in begins.items() if begin}


def _chapter(keys: set[str], begins: dict[str, str], command: str) -> Iterator[str]:
    of_down = {"KubeDownForce": begins.pop("KubeDownForce")} if "KubeDownForce" in begins else {}
    rows = [*_rows(begins, command), *_rows(of_down, "kube down")]
    partly = {key for row in rows for key in keys if f"`{key}`" in row[0]}
    if command in COMMANDS_SINCE:
        yield f"Refused before Podman {show_version(COMMANDS_SINCE[command])}."
    yield f"Taken by {'all later ones' if command in COMMANDS_SINCE else 'all'}: {_listed(keys - partly)}."
    if rows:
        yield _table(sorted(rows, key=lambda row: row[0].lower()))


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys))


def _rows(begins: dict[str, str], command: str) -> Iterator[list[str]]:
    for lack in _lacks(command):
        keys = _keys(lack, begins)
        if keys or (begins and lack.shown in SUBSTITUTES.get(command, {})):
            yield _row(_listed(keys) or "(any)", lack, command)


def _lacks(command: str) -> Iterator[Known | NewValue]:
    """What a command did not have in its oldest form."""
    oldest = COMMANDS_SINCE.get(command, OLDEST)
    yield from (option for option in dict.fromkeys(known_options(command).values()) if option.since > oldest)
    yield from NEW_VALUES.get(command, ())


def _keys(lack: Known | NewValue, begins: dict[str, str]) -> list[str]:
    """The keys that a lack concerns: of an option all that make it, of a value those that say most of it."""
    shown = _words(lack.shown)
    if isinstance(lack, Known):
        return [key for key, begin in begins.items() if _words(begin)[:1] == shown]
    lengths = {key: len(_words(begin)) for key, begin in begins.items()}
    fitting = {key: length for key, length in lengths.items() if shown[:length] == _words(begins[key])}
    return [key for key, length in fitting.items() if length == max(fitting.values())]


def _words(option: str) -> list[str]:
    return option.replace("=", " ").split()


def _row(keys: str, lack: Known | NewValue, command: str) -> list[str]:
    substitute = SUBSTITUTES.get(command, {}).get(lack.shown)
    advice = ADVICE.get(command, {}).get(lack.shown)
    before = substitute.text if substitute else f"refused: {advice}" if advice else "refused"
    old = "other" if substitute else "no"
    works = ["yes" if version >= lack.since else old for version in DEBIANS]
    return [keys, f"`{lack.shown}`", *works, show_version(lack.since), before]


def _table(rows: list[list[str]]) -> str:
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_reference(), encoding="utf-8")
