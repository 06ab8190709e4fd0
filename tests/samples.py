"""Small definitions for tests: every field that a test does not care about has a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from podpipe.definition.specs import (
    BuiltImage,
    Claim,
    ClaimVolume,
    Container,
    CronJob,
    DebianImage,
    Definition,
    Mount,
    Place,
    Pod,
    Port,
    Security,
)
from podpipe.render import Desired, Places, render_desired

HERE = Place("pods/web.yaml", 1, 1)
PLACES = Places(state=Path("/state"), secrets=Path("/secrets"))
BASE = DebianImage("base", "bookworm")
NGINX = BuiltImage("nginx", Path("/p/nginx"), Path("/p/nginx/Containerfile"), bases=("base",))
ONE_USER = Security(user=1000, group=1000, read_only_root=True, no_new_privileges=True, drop=("ALL",))


def container(name: str = "nginx", **fields: Any) -> Container:
    return Container(name, fields.pop("image", "localhost/nginx:latest"), HERE, **fields)


def pod(name: str = "web", *containers: Container, **fields: Any) -> Pod:
    return Pod(name, containers or (container(ports=(Port(8080, 8080),)),), HERE, **fields)


def job(name: str = "sync", **fields: Any) -> CronJob:
    template = pod(name, container(name), restart_policy="Never")
    return CronJob(name, "15 6 * * *", template, HERE, **fields)


def definition(*pods: Pod, **fields: Any) -> Definition:
    fields = {"images": (BASE, NGINX), "infra": "localhost/base:latest", **fields}
    return Definition("home", Path("/p"), pods=pods, **fields)


def site_pod() -> Pod:
    """Two containers that share the claim `site`: one writes, one reads."""
    return pod(
        "web",
        container("nginx", mounts=(Mount("s", "/srv", read_only=True),), security=ONE_USER, ports=(Port(8080, 8080),)),
        container("builder", mounts=(Mount("s", "/srv"),), security=ONE_USER),
        volumes=(ClaimVolume("s", "site"),),
    )


def site_definition() -> Definition:
    return definition(site_pod(), claims=(Claim("site", HERE),), cron_jobs=(job(),))


def desired(of: Definition | None = None, chosen: tuple[str, ...] = ()) -> Desired:
    return render_desired(of or site_definition(), PLACES, chosen)
