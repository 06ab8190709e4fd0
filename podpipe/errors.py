"""Every error a user can meet: what is wrong, what to do, and the exit status that says so.

    PodpipeError                      exit 1
    ├── UsageError                    exit 2: the command line asks for something that is not there
    │   └── RevisionMissing           ... exit 1: a repository lacks the branch, commit or folder
    ├── DefinitionError               exit 2: the files are wrong; carries every problem found
    ├── LockHeld                      another podpipe is at work and did not finish in time
    ├── DiskFull                      no space left where something had to be written
    ├── CommandFailed                 a program we ran said no; carries its last lines
    │   └── BuildFailed               ... in a step of a Containerfile
    ├── EngineError                   Podman answered with an error
    │   ├── EngineMissing             podman is not installed, or too old
    │   ├── EngineUnavailable         its API does not answer, or stopped answering
    │   │   └── EngineSilent          ... but took the request: it hangs
    │   ├── EngineConflict            something of that name is there already
    │   ├── NotFound                  it has no such thing
    │   └── Unsupported               this Podman would ignore a field that the definition uses
    ├── PortTaken                     another process listens where a pod is to listen
    ├── NotOurs                       a pod, container or volume of that name belongs to someone else
    ├── Unhealthy                     a container did not become healthy; carries its last lines
    │   └── RolledBack                ... of a new image; the one of before runs again
    ├── DeliveryFailed                a branch cannot be made into an image; what ran before runs on
    └── SourceError                   a data source cannot be read, or is not what podpipe.yaml says

A message is one sentence that names the place; a hint is one that says what to do next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_USER = re.compile(r"(?<=://)(?:[^\s/?#]*|[^\s:/?#]+:[^\s]*)@")
_QUERY = re.compile(r"(://[^\s?'\"]*\?)[^\s'\"]+")


class PodpipeError(Exception):
    """The root of all errors that podpipe raises on purpose.

    `message` says what is wrong, `hint` what to do about it, `lines` quotes what another
    program printed last, `exit_status` is what the command exits with. All of it may be words
    of others, so no address in it keeps its credentials.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str = "", lines: Sequence[str] = ()) -> None:
        super().__init__(masked(message))
        self.message = masked(message)
        self.hint = masked(hint)
        self.lines = tuple(map(masked, lines))

    @property
    def code(self) -> str:
        """The error's stable name in JSON output: its class."""
        return type(self).__name__

    def as_json(self) -> dict[str, object]:
        """The error as `--json` prints it."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "lines": list(self.lines)}

    def __str__(self) -> str:
        parts = [self.message, *(f"  | {line}" for line in self.lines)]
        if self.hint:
            parts.append(f"  hint: {self.hint}")
        return "\n".join(map(escaped, parts))


def masked(text: str) -> str:
    """The text with each address in it without its user and password, and with `***` for its query."""
    return _QUERY.sub(r"\1***", _USER.sub("", text)) if "://" in text else text


def escaped(text: str) -> str:
    """The text with its control characters, line ends too, as escapes: none may steer a terminal or fake a line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class UsageError(PodpipeError):
    """The command line, or a caller, names something that does not exist."""

    exit_status = 2


class LockHeld(PodpipeError):
    """Another podpipe holds the lock and did not let go in time."""


class RevisionMissing(UsageError):
    """A repository does not have the branch, the commit, or what the commit should hold; what runs stays."""

    exit_status = 1


class DiskFull(PodpipeError):
    """A file system is full."""

    ADVICE = "free some (`podman image prune` removes images nobody uses), then run the command again"

    def __init__(self, message: str, *, hint: str = ADVICE, lines: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint, lines=lines)


class CommandFailed(PodpipeError):
    """A program that podpipe ran exited with an error."""


class BuildFailed(CommandFailed):
    """A step of a Containerfile failed; the image that was there stays."""


class EngineError(PodpipeError):
    """Podman's API answered with an error."""


class EngineMissing(EngineError):
    """Podman is not installed or is older than 3.0."""


class EngineUnavailable(EngineError):
    """Podman's API does not answer, or stopped in the middle."""


class EngineSilent(EngineUnavailable):
    """Podman took a request and never answered it."""


class EngineConflict(EngineError):
    """The name is in use, or the thing is in a state that forbids the request."""


class NotFound(EngineError):
    """Podman has no such image, volume, pod or container."""


class Unsupported(EngineError):
    """This version of Podman would silently ignore what the definition asks for."""


class PortTaken(PodpipeError):
    """Another process listens on a port that a pod publishes."""


class NotOurs(PodpipeError):
    """Something of that name exists that this project did not make."""


class Unhealthy(PodpipeError):
    """A container stopped, or its probe did not pass in time."""


class RolledBack(Unhealthy):
    """A new image is bad; the one of before is back."""


class DeliveryFailed(PodpipeError):
    """A branch is not there, or holds no image that could be built; nothing was deployed."""


class SourceError(PodpipeError):
    """A data source cannot be read, or is not what podpipe.yaml says; its table stays as it was."""
