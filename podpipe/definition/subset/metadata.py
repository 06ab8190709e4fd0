"""The keys that all manifests share."""

from __future__ import annotations

from podpipe.definition.subset.section import CLUSTER, RUNTIME, Section

_NAME = "its name: lower-case letters, digits and `-`, at most 63 characters"
_METADATA_REFUSED = {
    "annotations": "remove it, or make it a comment: nothing here reads annotations",
    "creationTimestamp": RUNTIME,
    "deletionGracePeriodSeconds": RUNTIME,
    "deletionTimestamp": RUNTIME,
    "finalizers": CLUSTER,
    "generateName": "write a fixed `name`",
    "generation": RUNTIME,
    "managedFields": RUNTIME,
    "namespace": "remove it: the project's `name` in podpipe.yaml is what keeps projects apart",
    "ownerReferences": CLUSTER,
    "resourceVersion": RUNTIME,
    "selfLink": RUNTIME,
    "uid": RUNTIME,
}
_NO_LABELS = {"labels": "remove it: only a Pod's labels are carried over to Podman"}

POD_METADATA = Section(
    "metadata",
    "Pod: metadata",
    {"name": _NAME, "labels": "labels of the Podman pod"},
    _METADATA_REFUSED,
)
METADATA = Section(
    "metadata",
    "CronJob, PersistentVolumeClaim, ConfigMap: metadata",
    {"name": _NAME},
    {**_METADATA_REFUSED, **_NO_LABELS},
)
