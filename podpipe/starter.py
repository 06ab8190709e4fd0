"""A starter project: the definitions, images, site and table that this repository itself has."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from podpipe.errors import PodpipeError, UsageError
from podpipe.files import write_atomic

PARTS = ("podpipe.yaml", "pods", "containerfiles", "content", "sources")
# What else has a name on the machine begins with the project's: pods, jobs, claims, and images. `base` is the same in
# every project, and takes longest to make; podpipe itself knows the claim `content` by its name.
NAMES = "web|data|sync|site|sources"
IMAGES = "python|nginx|builder|datasette"
RENAMED = (
    (rf"(^metadata:\n  name: |claimName: |sockets: \[|watch: \{{sources: )({NAMES})\b", r"\1{project}-\2"),
    (r"(^  |watch: \{)sources: ", r"\1{project}-sources: "),
    (rf"(^  |image: localhost/)({IMAGES}):", r"\1{project}-\2:"),
    (rf"(^FROM localhost/)({IMAGES})\b", r"\1{project}-\2"),
    (r"\b8080\b", "{web}"),  # inside, too: where systemd holds the port, it is nginx's own
    (r"(hostPort: |localhost:)8001\b", r"\g<1>{data}"),
)
TEXTS = ("podpipe.yaml", "pods/*.yaml", "containerfiles/*/*", "content/site.yaml", "content/posts/*.md")
WEB_PORTS = range(8080, 9000, 10)  # not 8081: nginx's own health check asks there
DATA_PORTS = range(8001, 9000, 10)


def make_starter(folder: Path, ports: tuple[int, int] | None = None) -> tuple[int, int]:
    """Copy the starter into `folder`, which must be empty or not there, as a project of the folder's name.

    `ports` are those of its web pod and its data pod; None: the first that are free. Gives them. Any number of such
    projects can be up on one machine. Errors: UsageError; OSError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already", hint="name a folder that is empty or not there yet")
    source = _source()
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, folder / part)
        else:
            shutil.copy(source / part, folder / part)
    name = _project_name(folder)
    web, data = ports or (_free_port(WEB_PORTS), _free_port(DATA_PORTS))
    file = folder / "podpipe.yaml"
    write_atomic(file, re.sub(r"(?m)^name: .*$", f"name: {name}", file.read_text(), count=1))
    for file in (path for pattern in TEXTS for path in folder.glob(pattern)):
        text = file.read_text()
        for pattern, replacement in RENAMED:
            text = re.sub(pattern, replacement.format(project=name, web=web, data=data), text, flags=re.MULTILINE)
        write_atomic(file, text, mode=file.stat().st_mode & 0o777)
    return web, data


def _project_name(folder: Path) -> str:
    """The folder's name in the letters that a project's may have, and short enough for others to begin with."""
    letters = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return letters[:40].strip("-") or "home"


def _free_port(candidates: Sequence[int]) -> int:
    """The first that is free; where none is, `up` will tell who has it."""
    from podpipe.effects.ports import find_listener

    return next((port for port in candidates if find_listener(port, "tcp", "") is None), candidates[0])


def _source() -> Path:
    """In a wheel the starter lies inside the package; in a checkout, around it."""
    package = Path(__file__).parent
    for place in (package / "starter_files", package.parent):
        if (place / "podpipe.yaml").is_file():
            return place
    raise PodpipeError("this installation of podpipe lacks its starter project", hint="install podpipe again")
