"""The keys of a volume."""

from __future__ import annotations

from podpipe.definition.subset.section import OPTIONAL, Section

_NETWORK_DISKS = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "ephemeral", "fc", "flexVolume",
    "flocker", "gcePersistentDisk", "glusterfs", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume", "quobyte",
    "rbd", "scaleIO", "storageos", "vsphereVolume",
)  # fmt: skip
_NO_DISK = "use a persistentVolumeClaim, or a hostPath where it is mounted on this machine"
_MODE = "remove it: the files are mounted as they are, read-only"
VOLUME = Section(
    "a volume",
    "Pod: spec.volumes[]",
    {
        "name": "the pod's own name for it",
        "persistentVolumeClaim": "a Podman volume, or the project folder that podpipe.yaml's `volumes` names",
        "emptyDir": "a tmpfs for one container, empty after each start",
        "hostPath": "a file or folder of the machine",
        "configMap": "a folder with a file for each key, read-only",
        "secret": "a folder with a file for each key, from ~/.config/podpipe/secrets, read-only",
    },
    {
        **dict.fromkeys(_NETWORK_DISKS, _NO_DISK),
        "downwardAPI": "write the values out in a ConfigMap",
        "gitRepo": "podpipe.yaml: `content: {git: URL}`",
        "image": "COPY its files in a Containerfile",
        "projected": "name each source as a volume of its own",
    },
)
CLAIM_SOURCE = Section(
    "persistentVolumeClaim",
    "volume: persistentVolumeClaim",
    {"claimName": "a PersistentVolumeClaim in pods/"},
    {"readOnly": "set `readOnly: true` at the volumeMount"},
)
EMPTY_DIR = Section(
    "emptyDir",
    "volume: emptyDir",
    {"medium": '`""` or `Memory`, which are the same here', "sizeLimit": "bytes, as `64Mi`"},
)
HOST_PATH = Section(
    "hostPath",
    "volume: hostPath",
    {"path": "an absolute path", "type": '`""`, `Directory` or `File`: Podman fails where nothing is there'},
)
_ITEMS = {"items": "only these keys, each under a file name of its own"}
CONFIG_MAP_SOURCE = Section(
    "configMap",
    "volume: configMap",
    {"name": "a ConfigMap in pods/, or `podpipe-content` or `podpipe-data`", **_ITEMS},
    {"defaultMode": _MODE, **OPTIONAL},
)
SECRET_SOURCE = Section(
    "secret",
    "volume: secret",
    {"secretName": "the folder ~/.config/podpipe/secrets/NAME", **_ITEMS, "optional": "`true`: it may be missing"},
    {"defaultMode": _MODE},
)
ITEM = Section(
    "an item",
    "configMap or secret volume: items[]",
    {"key": "the key", "path": "its file name"},
    {"mode": _MODE},
)
