"""The keys of a PersistentVolumeClaim and a ConfigMap."""

from __future__ import annotations

from podpipe.definition.subset.section import CLUSTER, STATUS, Section

CLAIM = Section(
    "PersistentVolumeClaim",
    "PersistentVolumeClaim",
    {
        "apiVersion": "`v1`",
        "kind": "`PersistentVolumeClaim`",
        "metadata": "its name, which is the Podman volume's",
        "spec": "what Kubernetes wants to be told",
    },
    STATUS,
)

CLAIM_SPEC = Section(
    "a PersistentVolumeClaim's spec",
    "PersistentVolumeClaim: spec",
    {
        "accessModes": "Kubernetes wants it; here any container of the project may mount the volume",
        "resources": "Kubernetes wants `requests: {storage: ...}`; here the disk is the limit",
        "volumeMode": "`Filesystem`",
    },
    {
        "dataSource": "remove it: copy files in from a container that mounts the volume",
        "dataSourceRef": "remove it: copy files in from a container that mounts the volume",
        "selector": CLUSTER,
        "storageClassName": "remove it: the volume is Podman's; podpipe.yaml's `volumes` puts it into a folder",
        "volumeAttributesClassName": CLUSTER,
        "volumeName": "the Podman volume has the claim's own name",
    },
)

CLAIM_RESOURCES = Section(
    "a claim's resources",
    "PersistentVolumeClaim: spec.resources",
    {"requests": "`storage`"},
    {"limits": "remove it: the disk is the limit"},
)

REQUESTS = Section(
    "a claim's requests",
    "PersistentVolumeClaim: spec.resources.requests",
    {"storage": "bytes, as `1Gi`; read, and for Kubernetes only"},
)

CONFIG_MAP = Section(
    "ConfigMap",
    "ConfigMap",
    {"apiVersion": "`v1`", "kind": "`ConfigMap`", "metadata": "its name", "data": "key -> text"},
    {
        "binaryData": "COPY binary files in a Containerfile",
        "immutable": "remove it: a change makes a new mount, and its containers anew",
    },
)
