"""pods/*.yaml: all manifests, read in the order that lets each refer to the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from podpipe.definition.cronjob import LONGEST_NAME, read_cron_job
from podpipe.definition.names import read_name
from podpipe.definition.pod import read_labels, read_pod
from podpipe.definition.reader import Fields, Value, suggest
from podpipe.definition.scope import Scope
from podpipe.definition.settings import GENERATED
from podpipe.definition.specs import Claim, ConfigMap, CronJob, Place, Pod
from podpipe.definition.storage import read_claim, read_config_map
from podpipe.definition.subset.kinds import KINDS, REFUSED_KINDS
from podpipe.definition.subset.metadata import METADATA, POD_METADATA


@dataclass
class Manifests:
    """What all manifests of a project say; `config_map_places` say where each ConfigMap stands."""

    pods: list[Pod] = field(default_factory=list)
    cron_jobs: list[CronJob] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    config_maps: list[ConfigMap] = field(default_factory=list)
    config_map_places: list[Place] = field(default_factory=list)


class _Manifest(NamedTuple):
    kind: str
    name: str
    fields: Fields
    labels: tuple[tuple[str, str], ...]


def read_manifests(
    documents: Iterable[Value], images: Collection[str] | None, *, complete: bool
) -> tuple[Manifests, Scope]:
    """The documents of all files, and what the checks across them need.

    `images` are the references that exist (None: unknown). Unless the documents are `complete`, what
    none of them defines is not complained of.
    """
    opened = [manifest for document in documents if (manifest := _open(document))]
    found = Manifests()
    for each in opened:
        _read_storage(each, found)
    config_maps = {name: ConfigMap(name, ((key, ""),)) for name, key in GENERATED.items()}
    config_maps.update((each.name, each) for each in found.config_maps)
    claims = {each.name for each in found.claims}
    scope = Scope(images, claims if complete else None, config_maps if complete else None, ports=[])
    for each in opened:
        _read_workload(each, found, scope)
    return found, scope


def _open(document: Value) -> _Manifest | None:
    """A manifest of a kind that is known, with its name."""
    kind = _read_kind(document)
    if not kind:
        return None
    api_version, section = KINDS[kind]
    fields = document.fields(section)
    if fields is None:
        return None
    version = fields.get("apiVersion", required=True)
    if version:
        version.choice([api_version])
    metadata = fields.fields("metadata", POD_METADATA if kind == "Pod" else METADATA, required=True)
    if metadata is None:
        return _Manifest(kind, "", fields, ())
    name = read_name(metadata.get("name", required=True), LONGEST_NAME if kind == "CronJob" else 63)
    return _Manifest(kind, name, fields, read_labels(metadata) if kind == "Pod" else ())


def _read_kind(document: Value) -> str:
    value = document.find("kind")
    kind = value.string() if value else None
    if value is None:
        document.refuse("this is no manifest: the key `kind` is missing", f"write one of {', '.join(KINDS)}")
    elif kind in REFUSED_KINDS:
        value.refuse(f"podpipe does not support the kind {kind}", REFUSED_KINDS[kind])
    elif kind is not None and kind not in KINDS:
        hint = suggest(kind, KINDS) or f"it knows {', '.join(KINDS)}"
        value.refuse(f"podpipe knows no kind `{kind[:80]}`", hint)
    return kind if kind in KINDS else ""


def _read_storage(manifest: _Manifest, found: Manifests) -> None:
    if manifest.kind == "PersistentVolumeClaim":
        found.claims.append(read_claim(manifest.fields, manifest.name))
    elif manifest.kind == "ConfigMap":
        found.config_maps.append(read_config_map(manifest.fields, manifest.name))
        found.config_map_places.append(manifest.fields.place)


def _read_workload(manifest: _Manifest, found: Manifests, scope: Scope) -> None:
    if manifest.kind == "Pod":
        pod = read_pod(manifest.fields, manifest.name, manifest.labels, scope)
        found.pods += [pod] if pod else []
    elif manifest.kind == "CronJob":
        job = read_cron_job(manifest.fields, manifest.name, scope)
        found.cron_jobs += [job] if job else []
