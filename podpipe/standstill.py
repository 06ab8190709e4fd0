"""The quick answer to `podpipe up` where nothing has changed: the way through the code, remembered.

When a plan had nothing in it, the files that it was made from and what the engine said are written down. While
both are the same, so is the plan, and neither YAML nor the definition's rooms need to be loaded to know it: on a
Pi that is a second saved. Anything else takes the ordinary way.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podpipe.effects.folders import state_home
from podpipe.effects.invocations import invocations
from podpipe.effects.look import look_at_containers
from podpipe.errors import PodpipeError

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = dict[str, Any]
Stamps = dict[str, list[int]]

SECOND = 10**9
CHOICE = "PODPIPE_SUPERVISOR"  # as podpipe.effects.supervisor, whose import would cost more than it is used for here
PACKAGE = Path(__file__).parent  # another version of podpipe may plan otherwise


def recall(folder: str | os.PathLike[str], connect: Callable[[], Engine]) -> dict[str, list[str]] | None:
    """The pods' addresses if there is nothing to do, else None: then ask `Project`."""
    try:
        memory = json.loads(_memory(folder).read_bytes())
        if memory["stamps"] != _stamps(memory["inputs"]) or memory["kept"] != _kept(memory["kept"]["units"]):
            return None
        engine = connect()
        addresses: dict[str, list[str]] = memory["addresses"]
        same = memory["seen"] == _lasting(look_at_containers(engine, memory["project"]))
        return addresses if same and all(engine.answers(url) for urls in addresses.values() for url in urls) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, PodpipeError):
        return None  # a memory of another shape is none; the ordinary way will say what else is wrong


def image_store(engine: Engine) -> Path:
    """The file that every build, pull, tag and removal of an image rewrites: as an input, all images at no price."""
    store = engine.info()["store"]
    return Path(store["graphRoot"]) / f"{store['graphDriverName']}-images" / "images.json"


def remember(
    folder: Path, project: str, inputs: Iterable[Path], units: Iterable[str], seen: JSON, addresses: JSON, since: int
) -> None:
    """Write down that nothing was to be done.

    `inputs` are all files and folders that the plan was made from, `units` those that systemd must go on to keep
    active, `since` is when they began to be read, in nanoseconds: what changed about then may not be what was read, and
    is not remembered.
    """
    from podpipe.files import write_atomic

    names = sorted(map(str, {*inputs, PACKAGE}))
    stamps = _stamps(names)
    if max((stamp[0] for stamp in stamps.values()), default=0) >= since - SECOND:
        return
    memory = {
        "project": project,
        "inputs": names,
        "stamps": stamps,
        "kept": _kept(units),
        "seen": _lasting(seen),
        "addresses": addresses,
    }
    path = _memory(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(memory))


def forget(folder: Path) -> None:
    """Remember nothing of this project's folder."""
    _memory(folder).unlink(missing_ok=True)


def now() -> int:
    """The time in the file system's nanoseconds."""
    return time.time_ns()


def _memory(folder: str | os.PathLike[str]) -> Path:
    name = os.path.realpath(folder).replace("%", "%25").replace("-", "%2d").replace("/", "-")
    return state_home() / "standstill" / f"{name}.json"


def _stamps(inputs: Iterable[str]) -> Stamps:
    """(modified, size) of each file and folder, and of all below it; a missing one has none."""
    stamps: Stamps = {}
    for path in inputs:
        try:
            _stamp(path, Path(path).stat(), stamps)
        except FileNotFoundError:
            continue
    return stamps


def _stamp(path: str, stat: os.stat_result, stamps: Stamps) -> None:
    stamps[path] = [stat.st_mtime_ns, stat.st_size]
    if stat.st_mode & 0o170000 == 0o040000:  # a folder; the module `stat` says the same at a price
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name != "__pycache__":
                    _stamp(entry.path, entry.stat(follow_symlinks=False), stamps)


def _kept(units: Iterable[str]) -> JSON:
    """Who keeps the pods, and the present run of each unit: another one is not the one that was seen."""
    return {"by": os.environ.get(CHOICE, ""), "units": invocations(units)}


def _lasting(seen: JSON) -> JSON:
    """The containers that were seen, without what changes although nothing happens: the log of health checks.

    That every pod has its infra container among them, and that a container holds its volumes, makes these enough.
    """
    inspected = {}
    for identity, container in seen["inspected"].items():
        state = {key: value for key, value in container["State"].items() if key != "Health"}
        health = container["State"].get("Health") or {}
        inspected[identity] = {**container, "State": {**state, "Health": health.get("Status", "")}}
    return {"containers": seen["containers"], "inspected": inspected}
