"""The bare repository that pushes reach: its making, its hook, and what to type on the laptop."""

from __future__ import annotations

import json
import shlex
import socket
from dataclasses import dataclass
from pathlib import Path

from podpipe.definition.specs import Definition
from podpipe.effects.git.command import ask, work
from podpipe.effects.linger import user_name
from podpipe.effects.own_command import own_command
from podpipe.errors import CommandFailed, NotOurs, UsageError
from podpipe.files import write_atomic

MARK = "# Kept by podpipe"
_HOOK = """\
#!/bin/sh
{mark} for the project {project}: what is pushed here is delivered as its podpipe.yaml says.
exec {command}
"""


@dataclass(frozen=True)
class Remote:
    """A repository; `hook` is ours, foreign, missing, or stale where ours was written by another podpipe."""

    repository: Path
    hook: str

    @property
    def address(self) -> str:
        """As ssh reaches it."""
        return f"{user_name()}@{socket.gethostname()}:{self.repository}"

    def as_json(self) -> dict[str, str]:
        """The remote as `--json` prints it."""
        return {"repository": str(self.repository), "hook": self.hook, "address": self.address}


class Remotes:
    """The repositories of a project; `state` is podpipe's folder for it."""

    def __init__(self, definition: Definition, state: Path) -> None:
        self.definition = definition
        self._file = state / "remotes.json"

    def default(self) -> Path:
        """Where a repository is made if nobody says where."""
        return Path.home() / f"{self.definition.name}.git"

    def add(self, repository: Path) -> Remote:
        """Make the bare repository, or take the one that is there, and write its hook.

        Errors: UsageError for a folder that is something else, NotOurs for a hook of somebody else's.
        """
        repository = repository.expanduser().resolve()
        self._make(repository)
        if self.look(repository).hook == "foreign":
            words = shlex.join(self._command(repository))
            hint = f"let it run this with what it gets on its standard input: {words}"
            raise NotOurs(f"{_hook(repository)} was not written by podpipe", hint=hint)
        _hook(repository).parent.mkdir(exist_ok=True)
        write_atomic(_hook(repository), self._text(repository), mode=0o755)
        self._remember({*self._known(), repository})
        return self.look(repository)

    def remove(self, repository: Path) -> bool:
        """Remove our hook; the repository stays. False: there was none. Errors: NotOurs."""
        repository = repository.expanduser().resolve()
        hook = self.look(repository).hook
        if hook == "foreign":
            raise NotOurs(f"{_hook(repository)} was not written by podpipe", hint="take out of it what you put in")
        _hook(repository).unlink(missing_ok=True)
        self._remember({*self._known()} - {repository})
        return hook != "missing"

    def listed(self) -> list[Remote]:
        """Every repository that `add` was told of."""
        return [self.look(repository) for repository in sorted(self._known())]

    def look(self, repository: Path) -> Remote:
        """A repository and how its hook is."""
        try:
            text = _hook(repository).read_text(errors="replace")
        except FileNotFoundError:
            return Remote(repository, "missing")
        if not any(line.startswith(f"{MARK} for the project") for line in text.splitlines()):
            return Remote(repository, "foreign")
        return Remote(repository, "ours" if text == self._text(repository) else "stale")

    def _make(self, repository: Path) -> None:
        if not repository.exists() or (repository.is_dir() and not any(repository.iterdir())):
            quiet = ("init", "--quiet", "--bare", "--initial-branch=main")
            work(*quiet, "--", str(repository), doing=f"making {repository}")
            return
        try:
            bare = ask("-C", str(repository), "rev-parse", "--is-bare-repository", "--git-dir", doing="looking")
        except (CommandFailed, OSError):
            bare = ""
        if bare.split() != ["true", "."]:
            hint = "name a bare repository, or a folder that is not there yet"
            raise UsageError(f"{repository} is there, and is no bare git repository", hint=hint)

    def _text(self, repository: Path) -> str:
        command = shlex.join(self._command(repository))
        return _HOOK.format(mark=MARK, project=self.definition.name, command=command)

    def _command(self, repository: Path) -> list[str]:
        name, root = self.definition.name, str(self.definition.root)
        return [*own_command(), "-C", root, "remote", "receive", str(repository), f"--name={name}"]

    def _known(self) -> list[Path]:
        try:
            return [Path(each) for each in json.loads(self._file.read_bytes())]
        except (OSError, ValueError, TypeError):
            return []

    def _remember(self, repositories: set[Path]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._file, json.dumps(sorted(map(str, repositories))))


def _hook(repository: Path) -> Path:
    return repository / "hooks/post-receive"
