"""What a manifest may refer to, and what its reading leaves for the checks across files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from podpipe.definition.ports import ListedPort
from podpipe.definition.security import RunAs
from podpipe.definition.specs import ConfigMap, Volume


class Scope(NamedTuple):
    """The names that a project defines; None: not all of them are known, for a file could not be read.

    `ports` grows while pods are read.
    """

    images: Collection[str] | None
    claims: Collection[str] | None
    config_maps: Mapping[str, ConfigMap] | None
    ports: list[ListedPort]


class PodScope(NamedTuple):
    """What a container may refer to besides: its pod's name, volumes and securityContext."""

    project: Scope
    pod: str
    volumes: Mapping[str, Volume]
    run_as: RunAs
