"""A workshop with a data pod too, and what can be seen of its previews."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from podpipe.delivery.preview import Preview, PreviewStore, now
from podpipe.delivery.previews import make_preview
from podpipe.effects.copy_tree import copy_tree
from podpipe.effects.folders import state_home
from tests.definition.folder import CRON_JOB, claim
from tests.delivery.workshop import Workshop

DATA = """\
apiVersion: v1
kind: Pod
metadata: {name: data}
spec:
  containers:
    - name: server
      image: registry.invalid/base:1
      ports: [{containerPort: 8001, hostPort: 8001, hostIP: 127.0.0.1}]
      volumeMounts: [{name: data, mountPath: /srv/data}, {name: notes, mountPath: /srv/notes}]
  volumes:
    - {name: data, persistentVolumeClaim: {claimName: data}}
    - {name: notes, persistentVolumeClaim: {claimName: notes}}
"""
JOB = CRON_JOB.replace("localhost/base", "registry.invalid/base:1")
MANIFEST = "---\n".join([DATA, JOB, claim("data"), claim("notes")])
YAML = "volumes: {notes: {folder: notes}}\n"


def copy(_: str, source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    copy_tree(source, target)


def volume_of(house: Workshop, name: str) -> Path:
    return Path(next(each["Mountpoint"] for each in house.engine.volumes() if each["Name"] == name))


def traces(house: Workshop) -> dict[str, Any]:
    """Everything that the machine has, but for logs."""
    store = PreviewStore(house.project.state)
    return {
        "pods": sorted(each["Name"] for each in house.engine.pods()),
        "containers": sorted(each["Names"][0] for each in house.engine.containers() if not each["IsInfra"]),
        "volumes": sorted(each["Name"] for each in house.engine.volumes()),
        "images": sorted(name for each in house.engine.images() for name in each["RepoTags"]),
        "previews": [each.slug for each in store.all()],
        "state": sorted({path.name for path in state_home().iterdir()} - {"home", "lock", "standstill"}),
        "standstill": [path.name for path in state_home().glob("standstill/*previews*")],
    }


def preview_of(house: Workshop, branch: str = "try", **fields: Any) -> Preview:
    return make_preview(house.project, branch, **fields)


def started(house: Workshop, prefix: str) -> dict[str, str]:
    names = [each["Names"][0] for each in house.engine.containers() if not each["IsInfra"]]
    return {
        name: house.engine.inspect_container(name)["State"]["StartedAt"] for name in names if name.startswith(prefix)
    }


def age(house: Workshop, slug: str, **fields: Any) -> None:
    """Let its time be over."""
    path = house.project.state / "previews" / slug / "preview.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "expires": now(-1.0), **fields}))
