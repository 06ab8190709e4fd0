"""The ledger in a browser: datasette over it in a container of its own, for as long as somebody looks.

Logs and revisions are nobody's but the user's, so it listens on the loopback alone, and no pod knows of the ledger.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from podpipe.definition.specs import BuiltImage, image_reference
from podpipe.effects.attach import NOT_RUN
from podpipe.effects.ports import find_listener
from podpipe.effects.process import attach
from podpipe.errors import NotFound, PortTaken, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from podpipe.project import Project

PAGE = "/-/deployments"
SERVER = "podpipe.data.serve"
GRACE = 5  # seconds that a page may take to its end
CONFINED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges")


def serve_ledger(project: Project, file: Path, port: int) -> int:
    """Serve it at 127.0.0.1:`port` until Ctrl-C; gives the exit status, 0 unless Podman did not run it.

    Errors: PortTaken, CommandFailed; UsageError where no image of the project has datasette.
    """
    image = _find_server(project)
    listener = find_listener(port, "tcp", "127.0.0.1")
    if listener:
        raise PortTaken(f"port {port} is taken: {listener} listens there", hint="--port names another one")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    project.report(f"http://127.0.0.1:{port}{PAGE} until Ctrl-C")
    name = f"podpipe-history-{project.definition.name}"
    # Inside, root is the user to whom the files belong. One that a kill left behind is replaced.
    who = (f"--name={name}", "--replace", "--user=0:0", *CONFINED)
    # No port forwarder, which Podman 3.0.1 loses now and then.
    where = ("--network=host", f"--volume={file.parent}:/srv/ledger:ro")
    command = ("python3", "-m", SERVER, f"--ledger=/srv/ledger/{file.name}", "--host=127.0.0.1", f"--port={port}")
    try:
        status = attach(["podman", "run", *who, *where, image, *command], doing="serving the history")
        return status if status in NOT_RUN else 0  # Podman 3.0.1 tells of Ctrl-C by 1
    finally:
        with suppress(NotFound):
            project.engine.stop_container(name, GRACE)
            project.engine.remove_container(name)


def _find_server(project: Project) -> str:
    for image in project.definition.images:
        if isinstance(image, BuiltImage):
            with suppress(NotFound):
                inspected = project.engine.inspect_image(image_reference(image))
                if SERVER in ((inspected.get("Config") or {}).get("Cmd") or ()):
                    return str(inspected["Id"])
    hint = "the starter project's containerfiles/datasette is one; `podpipe build` makes it"
    raise UsageError(f"no image here runs {SERVER}", hint=hint)
