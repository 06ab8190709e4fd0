"""The manifests of PersistentVolumeClaims and ConfigMaps."""

from __future__ import annotations

from podpipe.definition.names import is_key
from podpipe.definition.quantities import read_size
from podpipe.definition.reader import Fields
from podpipe.definition.specs import Claim, ConfigMap
from podpipe.definition.subset.storage import CLAIM_RESOURCES, CLAIM_SPEC, REQUESTS

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")


def read_claim(manifest: Fields, name: str) -> Claim:
    """A manifest of kind PersistentVolumeClaim; podpipe.yaml may put a folder in its place later."""
    spec = manifest.fields("spec", CLAIM_SPEC, required=True)
    if spec:
        for mode in spec.items("accessModes", required=True):
            mode.choice(ACCESS_MODES)
        spec.choice("volumeMode", ["Filesystem"])
        resources = spec.fields("resources", CLAIM_RESOURCES, required=True)
        requests = resources.fields("requests", REQUESTS, required=True) if resources else None
        read_size(requests.get("storage", required=True) if requests else None)
    return Claim(name, manifest.place)


def read_config_map(manifest: Fields, name: str) -> ConfigMap:
    """A manifest of kind ConfigMap."""
    data = []
    value = manifest.get("data")
    for key, text in value.entries() if value else []:
        word = key.string()
        if word is not None and not is_key(word):
            key.refuse(f"`{word[:80]}` is not a key", "use letters, digits, `-`, `_` and `.`")
        data.append((word or "", text.string() or ""))
    return ConfigMap(name, tuple(data))
