"""Another machine's Podman, driven from here: its API through ssh, and a little sh for what the API cannot do."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from weakref import finalize

from podpipe.definition.platform import Platform, platform_of
from podpipe.effects.api_service import INSTALL, START_LIMIT, UNIT
from podpipe.effects.libpod import Libpod
from podpipe.effects.ssh import Host, ask, parse_host
from podpipe.effects.transport import Transport
from podpipe.effects.tunnel import open_tunnel
from podpipe.errors import EngineMissing, EngineUnavailable, PodpipeError

GREETING = 30.0  # seconds
STARTING = 2 * START_LIMIT
# As podpipe.effects.folders and podpipe.effects.libpod find these there.
LOOK = """\
set -e
state=${XDG_STATE_HOME:-$HOME/.local/state}/podpipe
runtime=$XDG_RUNTIME_DIR/podpipe
[ -d "$XDG_RUNTIME_DIR" ] || runtime=$state
mkdir -p -m 700 "$runtime"
dpkg --print-architecture
printf '%s\\n' "$runtime" "$state" "${XDG_CONFIG_HOME:-$HOME/.config}/podpipe/secrets"
user=$(id -u)
controllers=/sys/fs/cgroup/user.slice/user-$user.slice/user@$user.service/cgroup.controllers
[ -r $controllers ] && read -r line <$controllers || line=
echo "$line"
command -v podman || echo none
"""
# As podpipe.effects.api_service does it, so that either finds the other's.
START = """\
set -e
cd "$1"
rm -f podman.sock
set -- podman system service -t 0 "unix://$1/podman.sock"
if systemctl --user show-environment >/dev/null 2>&1; then
  systemctl --user stop {unit} 2>/dev/null || true
  systemd-run --user --quiet --collect --unit {unit} --description "Podman's API for podpipe" \\
    --property=Delegate=true --property=KillMode=process --property=OOMPolicy=continue \\
    "--property=StandardError=append:$PWD/api.log" "$@"
else
  setsid "$@" </dev/null >api.log 2>&1 &
  echo $! >api.pid
fi
left={limit}
until [ -S podman.sock ]; do
  left=$((left - 1))
  if [ $left -eq 0 ]; then tail api.log >&2; exit 1; fi
  sleep 1
done
"""
# hand_over FOLDER OWNER: as podpipe.effects.volume_owner.
HAND_OVER = """\
if [ "$(stat --format %u "$1")" = "$(id -u)" ] && [ -z "$(ls -A "$1")" ]; then exec podman unshare chown "$2" "$1"; fi
"""


@dataclass(frozen=True)
class Machine:
    """`runtime`, `state` and `secrets` are podpipe's folders there."""

    host: Host
    platform: Platform
    runtime: Path
    state: Path
    secrets: Path
    controllers: tuple[str, ...]


def reach(host: str) -> Machine:
    """Look at USER@NAME[:PORT]. Errors: UsageError, CommandFailed, EngineMissing."""
    there = parse_host(host)
    return parse_look(there, ask(there, LOOK, doing=f"looking at {host}"))


def parse_look(host: Host, said: str) -> Machine:
    """The answer to LOOK. Errors: EngineMissing, PodpipeError."""
    lines = said.splitlines()
    if len(lines) != 6 or not all(line.startswith("/") for line in lines[1:4]):
        raise PodpipeError(f"what {host} answers cannot be read", lines=lines[:5])
    machine, runtime, state, secrets, controllers, podman = lines
    if podman == "none":
        raise EngineMissing(f"podman is not installed on {host}", hint=f"install it there: {INSTALL}")
    folders = (Path(runtime), Path(state), Path(secrets))
    return Machine(host, platform_of(machine), *folders, tuple(controllers.split()))


def connect_host(host: str) -> Libpod:
    """The engine of another machine, for `Project(connect=...)` and scripts. Errors: as `reach`, EngineUnavailable."""
    return open_engine(reach(host))


def open_engine(machine: Machine) -> Libpod:
    """Its API, started where nothing answers. Errors: EngineUnavailable, CommandFailed."""
    tunnel = open_tunnel(machine.host, machine.runtime / "podman.sock")
    try:
        engine = _start_and_greet(machine, tunnel.socket)
    except BaseException:
        tunnel.close()
        raise
    finalize(engine, tunnel.close)  # when nobody has it any more, or at the end of this process
    return engine


def _start_and_greet(machine: Machine, socket: Path) -> Libpod:
    try:
        return _greet(machine, socket)
    except EngineUnavailable:
        script = with_arguments(START.format(unit=UNIT, limit=int(START_LIMIT)), str(machine.runtime))
        ask(machine.host, script, doing=f"starting Podman's API on {machine.host}", timeout=STARTING)
    try:
        return _greet(machine, socket)
    except EngineUnavailable as error:
        hint = "its sshd must allow what `AllowStreamLocalForwarding` is about; and does `podman info` work there?"
        raise EngineUnavailable(f"no Podman answers on {machine.host}", hint=hint) from error


def with_arguments(script: str, *arguments: str) -> str:
    """A script that has `arguments` as $1 and so on."""
    return f"set -- {shlex.join(arguments)}\n{script}"


def _greet(machine: Machine, socket: Path) -> Libpod:
    version = Transport(str(socket)).ping(GREETING)
    return Libpod(
        socket,
        version,
        controllers=machine.controllers,
        hand_over=partial(_hand_over, machine.host),
        remove_half_image=partial(_remove_half_image, machine.host),
    )


def _hand_over(host: Host, folder: Path, user: str) -> None:
    uid, _, gid = user.partition(":")
    if uid.isdecimal():
        script = with_arguments(HAND_OVER, str(folder), f"{uid}:{gid or uid}")
        ask(host, script, doing=f"giving volume {folder.parent.name} on {host} to user {user}")


def _remove_half_image(host: Host, image: str) -> None:
    """By the program that wrote it, or, where an image only ever arrives, by the other one."""
    script = f"buildah rmi --force {image} || podman rmi --force {image}"
    ask(host, script, doing=f"removing image {image:.12}, half written, on {host}")
