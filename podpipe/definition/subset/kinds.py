"""The kinds of manifests, and those that podpipe has another way for."""

from __future__ import annotations

from podpipe.definition.subset.cronjobs import CRON_JOB
from podpipe.definition.subset.pods import POD
from podpipe.definition.subset.section import CLUSTER
from podpipe.definition.subset.storage import CLAIM, CONFIG_MAP

# kind -> its apiVersion and its keys
KINDS = {
    "Pod": ("v1", POD),
    "CronJob": ("batch/v1", CRON_JOB),
    "PersistentVolumeClaim": ("v1", CLAIM),
    "ConfigMap": ("v1", CONFIG_MAP),
}

REFUSED_KINDS = {
    "DaemonSet": "write a Pod: it runs once, here",
    "Deployment": "write a Pod: podpipe keeps it running and replaces what changed",
    "Ingress": "publish a port with `hostPort`, and put a reverse proxy's pod in front",
    "Job": "write a CronJob, or run it once with `podman run`",
    "List": "separate the documents with `---`",
    "Namespace": "remove it: the project's `name` in podpipe.yaml is what keeps projects apart",
    "NetworkPolicy": "remove it: a pod is reached only by the ports it publishes",
    "PersistentVolume": "write a PersistentVolumeClaim; podpipe.yaml's `volumes` puts it into a folder",
    "ReplicaSet": "write a Pod: it runs once, here",
    "Secret": "secrets are by reference only: put the value into ~/.config/podpipe/secrets/NAME/KEY and mount "
    "a volume `secret: {secretName: NAME}`",
    "Service": "publish a port with `hostPort`; the containers of a pod reach one another on 127.0.0.1",
    "ServiceAccount": CLUSTER,
    "StatefulSet": "write a Pod and a PersistentVolumeClaim",
}
