"""Podman's API as a process of podpipe's own, where none answers yet.

Debian's podman.socket is not used: on 3.0.1 its first request is never answered, and on later versions each
command would wait for a new Podman. Under a systemd user manager the service is a transient unit, elsewhere
a detached process. Either way containers do not end with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from podpipe.effects.process import read
from podpipe.effects.session import session_environment
from podpipe.effects.transport import Transport, Version, parse_version
from podpipe.errors import CommandFailed, EngineMissing, EngineUnavailable
from podpipe.files import lock

UNIT = "podpipe-api.service"
OLDEST: Version = (3, 0, 0)
INSTALL = (
    "sudo apt-get install --no-install-recommends"
    " podman buildah crun slirp4netns fuse-overlayfs uidmap catatonit dbus-user-session"
)
START_LIMIT = 60.0  # seconds; a Raspberry Pi takes 9 to 17
GREETING = 5.0  # seconds
LAST_LINES = 10
# What decides where Podman's storage is and how it reaches registries: the user manager may know other values.
PASSED_ON = (
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "STORAGE_DRIVER"),
    *("REGISTRY_AUTH_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PATH"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
Environment = Mapping[str, str]


def start_api(socket: Path) -> None:
    """Start the service behind `socket`, unless another podpipe just did, and wait until it answers.

    Errors: EngineMissing; EngineUnavailable with the service's last lines.
    """
    environment = {**os.environ, **session_environment()}
    podman = _find_podman(environment)
    log = socket.with_name("api.log")
    with lock(socket.with_name("api.lock"), "a podpipe that starts Podman's API", timeout=2 * START_LIMIT):
        if _answers(socket):
            return
        end_api(socket)  # one that does not answer would take its successor's socket along when it ends
        log.write_bytes(b"")
        command = [podman, "system", "service", "-t", "0", f"unix://{socket}"]
        launch = _start_unit if _has_user_manager(environment) else _start_process
        _wait(socket, log, launch(command, log, environment))


def end_api(socket: Path) -> None:
    """End the service behind `socket`, so that the next `start_api` starts another one; containers run on.

    3.0.1 can lock itself out: then it answers a ping and nothing else, as does the command `podman`, until it is gone.
    """
    address = f"unix://{socket}".encode()
    for command in Path("/proc").glob("[0-9]*/cmdline"):  # 3.0.1 is two processes
        with contextlib.suppress(OSError):  # it ended meanwhile, or is somebody else's
            if address in command.read_bytes().split(b"\0"):
                os.kill(int(command.parent.name), signal.SIGKILL)
    socket.unlink(missing_ok=True)


def _find_podman(environment: Environment) -> str:
    podman = shutil.which("podman", path=environment["PATH"])
    if not podman:
        raise EngineMissing("podman is not installed", hint=f"install it: {INSTALL}")
    said = read([podman, "--version"], doing="asking podman for its version", timeout=START_LIMIT, env=environment)
    version = parse_version(said.rpartition(" ")[2])
    if version < OLDEST:
        raise EngineMissing(
            f"podman is too old: {podman} is {'.'.join(map(str, version))}, podpipe needs 3.0",
            hint=f"Debian has a newer one from Bullseye (11) on: {INSTALL}",
        )
    return podman


def _answers(socket: Path) -> bool:
    try:
        Transport(str(socket)).ping(GREETING)
    except EngineUnavailable:
        return False
    return True


def _has_user_manager(environment: Environment) -> bool:
    return _systemctl(environment, "show-environment")


def _systemctl(environment: Environment, *arguments: str) -> bool:
    try:
        read(["systemctl", "--user", *arguments], doing="asking systemd", timeout=START_LIMIT, env=environment)
    except CommandFailed:
        return False
    return True


def _start_unit(command: list[str], log: Path, environment: Environment) -> Callable[[], bool]:
    """Start a transient unit; what it gives tells whether the unit still runs.

    With KillMode=process the end of the service leaves conmon, slirp4netns and rootlessport alone.
    """
    _systemctl(environment, "stop", UNIT)  # one that runs without answering
    properties = ["Delegate=true", "KillMode=process", "OOMPolicy=continue", f"StandardError=append:{log}"]
    run = ["systemd-run", "--user", "--quiet", "--collect", "--unit", UNIT, "--description", "Podman's API for podpipe"]
    run += [f"--property={each}" for each in properties]
    run += [f"--setenv={name}={environment[name]}" for name in PASSED_ON if name in environment]
    try:
        read([*run, *command], doing="starting Podman's API", timeout=START_LIMIT, env=environment)
    except CommandFailed as error:
        # As long as containers live in the unit's cgroup systemd remembers it, and it can only be started again.
        if not _systemctl(environment, "start", UNIT):
            raise EngineUnavailable("systemd does not start Podman's API", lines=error.lines) from error
    return lambda: _systemctl(environment, "is-active", UNIT)


def _start_process(command: list[str], log: Path, environment: Environment) -> Callable[[], bool]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return lambda: process.poll() is None


def _wait(socket: Path, log: Path, is_alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_LIMIT
    pause = 0.05
    while not _answers(socket):
        gone = not is_alive()
        if gone or time.monotonic() >= deadline:
            what = "ended at once" if gone else f"did not answer within {START_LIMIT:g} s"
            raise EngineUnavailable(
                f"Podman's API, as podpipe started it, {what}",
                hint="`podman info` tells whether Podman itself works for this user",
                lines=log.read_text(errors="replace").splitlines()[-LAST_LINES:],
            )
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
