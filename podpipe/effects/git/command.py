"""Run git: no questions, no hooks, no protocol but the known ones, an end to everything. The one door to it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from podpipe.effects.git.address import PROTOCOLS, is_local
from podpipe.effects.process import ALONE, LEADER, read
from podpipe.errors import CommandFailed

QUESTION, TRANSFER = 60.0, 1800.0  # seconds: for what only looks, and for what fetches or writes a whole repository
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
)
_FOREIGN = re.compile(r"dubious ownership in repository at|unsafe repository \(")
_QUOTED = re.compile(r"'(.+?)'")

# What a git that calls us (a hook does) says about its own repository: `git rev-parse --local-env-vars`, and more.
_CALLERS = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE"),
    *("GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_NAMESPACE"),
    *("GIT_INTERNAL_SUPER_PREFIX", "GIT_EXTERNAL_DIFF", "GIT_TEMPLATE_DIR", "GIT_LITERAL_PATHSPECS"),
)
_ENVIRONMENT: Mapping[str, str | None] = {
    **dict.fromkeys(_CALLERS),
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GCM_INTERACTIVE": "never",
    "SSH_ASKPASS": None,
    "SSH_ASKPASS_REQUIRE": "never",
}
# Where files are written, nobody's settings count, ours neither: they could name filters, which are commands.
UNSET: Mapping[str, str | None] = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": None,
    "GIT_ATTR_NOSYSTEM": "1",
}


def ask(*arguments: str, doing: str) -> str:
    """What git answers to a short question about what is here; file names as `os.fsdecode` gives them.

    Errors: CommandFailed, DiskFull.
    """
    return _run(arguments, doing, QUESTION, {}, ALONE)


def work(*arguments: str, doing: str, env: Mapping[str, str | None] | None = None, timeout: float = TRANSFER) -> str:
    """Let git fetch or write, and give what it printed. Errors: as `ask`."""
    return _run(arguments, doing, timeout, env or {}, LEADER)


def reaching(address: str) -> Mapping[str, str | None]:
    """The environment for `work` that fetches from `address`: ssh asks nothing and notices a dead peer."""
    own_program = "GIT_SSH" in os.environ and "GIT_SSH_COMMAND" not in os.environ  # which knows other options
    if is_local(address) or address.startswith(("http:", "https:")) or own_program:
        return {}
    return {"GIT_SSH_COMMAND": f"{_ssh()} -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=20"}


def _ssh() -> str:
    """The user's own choice first: it often names a key."""
    try:
        chosen = os.environ.get("GIT_SSH_COMMAND") or ask("config", "--get", "core.sshCommand", doing="asking for ssh")
    except CommandFailed:
        chosen = ""
    return chosen.strip() or "ssh"


def _run(
    arguments: Sequence[str], doing: str, timeout: float, env: Mapping[str, str | None], family: Sequence[str]
) -> str:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    environment = {**_ENVIRONMENT, **env}
    argv = ["git", "-C", "/", *settings, *arguments]  # a broken repository around us is in nobody's way
    try:
        return read(argv, doing=doing, timeout=timeout, env=environment, family=family, undecodable="surrogateescape")
    except CommandFailed as error:
        raise _explained(error) from None


def _explained(error: CommandFailed) -> CommandFailed:
    line = next(filter(_FOREIGN.search, error.lines), "")
    if not line:
        return error
    quoted = _QUOTED.search(line)
    folder = quoted[1] if quoted else "the repository"
    hint = f"work as its owner, or trust it: git config --global --add safe.directory '{folder}'"
    return CommandFailed(f"git refuses {folder}: it belongs to another user", hint=hint, lines=error.lines)
