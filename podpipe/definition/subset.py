"""The supported subset of Kubernetes' manifests, and podpipe.yaml's keys: one table for the reader and the manual.

Each section is a mapping in the files. Its `keys` say what a key becomes; its `refused` are keys that exist in
Kubernetes and not here, with what to do instead. A key in neither is a mistake in writing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_CLUSTER = "remove it: it steers a cluster, and this is one machine"
_NAME = "its name: lower-case letters, digits and `-`, at most 63 characters"


@dataclass(frozen=True)
class Section:
    """One mapping: `title` for people, `where` it stands in the file, key -> meaning, key -> what instead."""

    title: str
    where: str
    keys: dict[str, str]
    refused: dict[str, str] = field(default_factory=dict)


# --- what all manifests share --------------------------------------------------------------------

_METADATA_REFUSED = {
    "annotations": "remove it, or make it a comment: nothing here reads annotations",
    "creationTimestamp": "remove it: only a running cluster sets it",
    "deletionGracePeriodSeconds": "remove it: only a running cluster sets it",
    "deletionTimestamp": "remove it: only a running cluster sets it",
    "finalizers": _CLUSTER,
    "generateName": "write a fixed `name`",
    "generation": "remove it: only a running cluster sets it",
    "managedFields": "remove it: only a running cluster sets it",
    "namespace": "remove it: the project's `name` in podpipe.yaml is what keeps projects apart",
    "ownerReferences": _CLUSTER,
    "resourceVersion": "remove it: only a running cluster sets it",
    "selfLink": "remove it: only a running cluster sets it",
    "uid": "remove it: only a running cluster sets it",
}
_STATUS = {"status": "remove it: only a running cluster sets it"}
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

# --- Pod -----------------------------------------------------------------------------------------

POD = Section(
    "Pod",
    "Pod",
    {"apiVersion": "`v1`", "kind": "`Pod`", "metadata": "name and labels", "spec": "the containers and volumes"},
    _STATUS,
)

_POD_SPEC_REFUSED = {
    "activeDeadlineSeconds": "remove it; `timeout` inside the container's command can end it",
    "affinity": _CLUSTER,
    "automountServiceAccountToken": _CLUSTER,
    "dnsConfig": "remove it: containers use the machine's own resolver",
    "dnsPolicy": "remove it: containers use the machine's own resolver",
    "enableServiceLinks": _CLUSTER,
    "ephemeralContainers": "remove it: `podman exec` looks into a running container",
    "hostIPC": "remove it: a pod keeps its own IPC namespace",
    "hostNetwork": "publish single ports with `ports: [{containerPort: ..., hostPort: ...}]`",
    "hostPID": "remove it: a pod keeps its own processes",
    "hostUsers": "remove it: rootless Podman always maps users",
    "imagePullSecrets": "remove it: `podman login` keeps a registry's credentials",
    "initContainers": "do it in the image, or in the container's own command before its server starts",
    "nodeName": _CLUSTER,
    "nodeSelector": _CLUSTER,
    "os": "remove it: everything here is Linux",
    "overhead": _CLUSTER,
    "preemptionPolicy": _CLUSTER,
    "priority": _CLUSTER,
    "priorityClassName": _CLUSTER,
    "readinessGates": _CLUSTER,
    "resourceClaims": _CLUSTER,
    "resources": "set `resources.limits` at each container",
    "runtimeClassName": "remove it: containers.conf chooses Podman's runtime",
    "schedulerName": _CLUSTER,
    "schedulingGates": _CLUSTER,
    "serviceAccount": _CLUSTER,
    "serviceAccountName": _CLUSTER,
    "setHostnameAsFQDN": "write the name wanted as `hostname`",
    "shareProcessNamespace": "remove it: each container keeps its own processes",
    "subdomain": "remove it: there is no cluster DNS; `hostAliases` names other hosts",
    "tolerations": _CLUSTER,
    "topologySpreadConstraints": _CLUSTER,
}

POD_SPEC = Section(
    "a Pod's spec",
    "Pod: spec",
    {
        "containers": "the pod's containers, at least one",
        "volumes": "what its containers mount",
        "restartPolicy": "`Always` (default), `OnFailure` or `Never`: Podman's restart policy of each container",
        "terminationGracePeriodSeconds": "seconds between the stop signal and SIGKILL (30)",
        "hostname": "the pod's host name (default: its name)",
        "hostAliases": "lines of the containers' /etc/hosts",
        "securityContext": "defaults for each container's own",
    },
    _POD_SPEC_REFUSED,
)

JOB_POD_SPEC = Section(
    "a CronJob's pod spec",
    "CronJob: spec.jobTemplate.spec.template.spec",
    {
        "containers": "exactly one container, without `ports`",
        "volumes": "as a Pod's",
        "restartPolicy": "`Never`: a run that failed waits for its next time",
        "terminationGracePeriodSeconds": "as a Pod's",
        "securityContext": "as a Pod's",
    },
    {
        **_POD_SPEC_REFUSED,
        "hostAliases": "remove it: a job runs outside any pod",
        "hostname": "remove it: a job's host name is the CronJob's name",
    },
)

HOST_ALIAS = Section(
    "a host alias",
    "Pod: spec.hostAliases[]",
    {"ip": "an IPv4 or IPv6 address", "hostnames": "the names that stand for it"},
)

_SECURITY_REFUSED = {
    "appArmorProfile": "remove it: rootless Podman cannot load AppArmor profiles",
    "fsGroup": "remove it: a volume belongs to the user of the container that writes to it",
    "fsGroupChangePolicy": "remove it: a volume belongs to the user of the container that writes to it",
    "procMount": "remove it: /proc is masked as Podman does by default",
    "seLinuxChangePolicy": "remove it: containers.conf sets SELinux for all containers",
    "seLinuxOptions": "remove it: containers.conf sets SELinux for all containers",
    "seccompProfile": "remove it: Podman's default profile is always on",
    "supplementalGroups": "use `runAsGroup`",
    "supplementalGroupsPolicy": "use `runAsGroup`",
    "sysctls": "set them for the whole machine in /etc/sysctl.d",
    "windowsOptions": "remove it: everything here is Linux",
}
_RUN_AS = {
    "runAsUser": "the uid inside the container",
    "runAsGroup": "the gid inside the container; wants `runAsUser`",
    "runAsNonRoot": "`true` refuses uid 0; wants `runAsUser`, for an image's own user is not looked up",
}
POD_SECURITY = Section("a Pod's securityContext", "Pod: spec.securityContext", dict(_RUN_AS), _SECURITY_REFUSED)
CONTAINER_SECURITY = Section(
    "a container's securityContext",
    "container: securityContext",
    {
        **_RUN_AS,
        "readOnlyRootFilesystem": "`true`: Podman's read-only root",
        "allowPrivilegeEscalation": "`false`: no new privileges",
        "capabilities": "`add` and `drop`",
    },
    {**_SECURITY_REFUSED, "privileged": "name single `capabilities: {add: [...]}`"},
)
CAPABILITIES = Section(
    "capabilities",
    "container: securityContext.capabilities",
    {"add": "capabilities without `CAP_`, or `ALL`", "drop": "capabilities without `CAP_`, or `ALL`"},
)

# --- containers ----------------------------------------------------------------------------------

CONTAINER = Section(
    "a container",
    "Pod: spec.containers[]",
    {
        "name": "its name; Podman's is POD-NAME",
        "image": "`localhost/NAME:latest` of an image in podpipe.yaml, or the reference of a registry's image there",
        "command": "replaces the image's entrypoint; `$(NAME)` stands for a variable of `env`",
        "args": "replaces the image's command; `$(NAME)` as in `command`",
        "workingDir": "an absolute path",
        "env": "environment variables",
        "envFrom": "all keys of a ConfigMap as variables",
        "ports": "published ports",
        "volumeMounts": "where its volumes are seen",
        "livenessProbe": "Podman's one health check of the container",
        "readinessProbe": "the same health check: where both probes stand they must be equal",
        "securityContext": "user, capabilities, read-only root",
        "resources": "`limits`",
        "imagePullPolicy": "`IfNotPresent` (default) or `Never`; both change nothing: `podpipe build` brings images",
    },
    {
        "lifecycle": "do it in the container's own command; SIGTERM tells it to stop",
        "resizePolicy": _CLUSTER,
        "restartPolicy": "set the pod's `restartPolicy`",
        "startupProbe": "set `initialDelaySeconds` at the readinessProbe",
        "stdin": "remove it: containers run without a terminal",
        "stdinOnce": "remove it: containers run without a terminal",
        "terminationMessagePath": "remove it: `podpipe logs` has a container's last words",
        "terminationMessagePolicy": "remove it: `podpipe logs` has a container's last words",
        "tty": "remove it: containers run without a terminal",
        "volumeDevices": "mount a file system with `volumeMounts`",
    },
)
ENV = Section(
    "an environment variable",
    "container: env[]",
    {
        "name": "letters, digits, `_`, `-` and `.`",
        "value": "a string; `$(NAME)` stands for a variable before it, `$$` for `$`",
        "valueFrom": "a ConfigMap's key",
    },
)
_SECRET_ENV = "mount it as a volume: Podman keeps a container's environment in the clear"
VALUE_FROM = Section(
    "valueFrom",
    "container: env[].valueFrom",
    {"configMapKeyRef": "a key of a ConfigMap in pods/"},
    {
        "fieldRef": "write the value out",
        "fileKeyRef": "read the file in the container's command",
        "resourceFieldRef": "write the value out",
        "secretKeyRef": _SECRET_ENV,
    },
)
_OPTIONAL = {"optional": "remove it: every ConfigMap is known when the files are read"}
CONFIG_MAP_KEY = Section(
    "configMapKeyRef",
    "container: env[].valueFrom.configMapKeyRef",
    {"name": "the ConfigMap", "key": "its key"},
    _OPTIONAL,
)
ENV_FROM = Section(
    "envFrom",
    "container: envFrom[]",
    {"configMapRef": "a ConfigMap in pods/; variables in `env` win over its keys"},
    {"prefix": "name each variable in `env`", "secretRef": _SECRET_ENV},
)
CONFIG_MAP_REF = Section(
    "configMapRef", "container: envFrom[].configMapRef", {"name": "the ConfigMap"}, _OPTIONAL
)
PORT = Section(
    "a port",
    "container: ports[]",
    {
        "containerPort": "where the container listens",
        "hostPort": "where the machine publishes it; without it nothing is published",
        "hostIP": "the one address it is published on (default: all)",
        "protocol": "`TCP` (default) or `UDP`",
        "name": "a name that probes can use",
    },
)
VOLUME_MOUNT = Section(
    "a volume mount",
    "container: volumeMounts[]",
    {
        "name": "a volume of the pod",
        "mountPath": "an absolute path",
        "readOnly": "`true`: the container cannot write there (a configMap or secret never can be written)",
    },
    {
        "mountPropagation": "remove it: mounts are private to the container",
        "recursiveReadOnly": "use `readOnly`",
        "subPath": "mount the whole volume; single keys of a configMap or secret: its `items`",
        "subPathExpr": "mount the whole volume; single keys of a configMap or secret: its `items`",
    },
)
RESOURCES = Section(
    "resources",
    "container: resources",
    {"limits": "upper bounds"},
    {"claims": _CLUSTER, "requests": "use `limits`: nothing is scheduled here, so nothing can be reserved"},
)
LIMITS = Section(
    "limits",
    "container: resources.limits",
    {"memory": "bytes, as `512Mi` or `1G`", "cpu": "cores, as `1.5` or `500m`"},
    {
        "ephemeral-storage": "use `emptyDir: {sizeLimit: ...}`, and `readOnlyRootFilesystem: true` for the rest",
    },
)

# --- probes --------------------------------------------------------------------------------------

PROBE = Section(
    "a probe",
    "container: livenessProbe, readinessProbe",
    {
        "exec": "a command that exits 0 when all is well",
        "httpGet": "a GET that answers 200 to 399",
        "tcpSocket": "a port that accepts a connection",
        "initialDelaySeconds": "seconds in which failures do not count (0)",
        "periodSeconds": "seconds between checks (10)",
        "timeoutSeconds": "seconds until a check has failed (1)",
        "failureThreshold": "failures in a row that make the container unhealthy (3)",
        "successThreshold": "1: one success makes it healthy again",
    },
    {
        "grpc": "use `exec` with a client for it, or `tcpSocket`",
        "terminationGracePeriodSeconds": "set the pod's `terminationGracePeriodSeconds`",
    },
)
EXEC = Section("exec", "probe: exec", {"command": "program and arguments, without a shell"})
HTTP_GET = Section(
    "httpGet",
    "probe: httpGet",
    {"path": "the path (`/`)", "port": "a number, or the name of a port", "scheme": "`HTTP`"},
    {
        "host": "remove it: the check runs inside the container, against 127.0.0.1",
        "httpHeaders": "use `exec` with curl or a program of your own",
    },
)
TCP_SOCKET = Section(
    "tcpSocket",
    "probe: tcpSocket",
    {"port": "a number, or the name of a port"},
    {"host": "remove it: the check runs inside the container, against 127.0.0.1"},
)

# --- volumes -------------------------------------------------------------------------------------

_NO_DISK = "use a persistentVolumeClaim, or a hostPath where it is mounted on this machine"
_MODE = "remove it: the files are mounted as they are, read-only"
VOLUME = Section(
    "a volume",
    "Pod: spec.volumes[]",
    {
        "name": "the pod's own name for it",
        "persistentVolumeClaim": "a Podman volume, or the project folder that podpipe.yaml's `volumes` names",
        "emptyDir": "a tmpfs, each container its own, empty after each start",
        "hostPath": "a file or folder of the machine",
        "configMap": "a folder with a file for each key, read-only",
        "secret": "a folder with a file for each key, from ~/.config/podpipe/secrets, read-only",
    },
    {
        **{
            kind: _NO_DISK
            for kind in (
                "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "ephemeral", "fc",
                "flexVolume", "flocker", "gcePersistentDisk", "glusterfs", "iscsi", "nfs", "photonPersistentDisk",
                "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
            )
        },
        "downwardAPI": "write the values out in a ConfigMap",
        "gitRepo": "podpipe.yaml: `content: {git: URL}`",
        "image": "COPY its files in a Containerfile",
        "projected": "name each source as a volume of its own",
    },
)  # fmt: skip
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
    {"defaultMode": _MODE, **_OPTIONAL},
)
SECRET_SOURCE = Section(
    "secret",
    "volume: secret",
    {"secretName": "the folder ~/.config/podpipe/secrets/NAME", **_ITEMS, "optional": "`true`: it may be missing"},
    {"defaultMode": _MODE},
)
ITEM = Section("an item", "configMap or secret volume: items[]", {"key": "the key", "path": "its file name"}, {"mode": _MODE})

# --- CronJob, PersistentVolumeClaim, ConfigMap ---------------------------------------------------

CRON_JOB = Section(
    "CronJob",
    "CronJob",
    {"apiVersion": "`batch/v1`", "kind": "`CronJob`", "metadata": "its name", "spec": "when and what"},
    _STATUS,
)
CRON_JOB_SPEC = Section(
    "a CronJob's spec",
    "CronJob: spec",
    {
        "schedule": "cron's five fields, or `@daily` and its like",
        "timeZone": "a name such as `Europe/Berlin` (default: the machine's)",
        "suspend": "`true`: not now",
        "concurrencyPolicy": "`Allow` (default), `Forbid` or `Replace`",
        "startingDeadlineSeconds": "how late a missed run may still start",
        "successfulJobsHistoryLimit": "runs remembered (3)",
        "failedJobsHistoryLimit": "failed runs remembered (1)",
        "jobTemplate": "`spec: {template: {spec: ...}}` with the one container",
    },
)
JOB_TEMPLATE = Section(
    "jobTemplate",
    "CronJob: spec.jobTemplate",
    {"spec": "the job"},
    {"metadata": "remove it: the CronJob's own `metadata` names it"},
)
JOB_SPEC = Section(
    "a job's spec",
    "CronJob: spec.jobTemplate.spec",
    {"template": "the pod"},
    {
        "activeDeadlineSeconds": "use `timeout` in the container's command",
        "backoffLimit": "remove it: a run that failed waits for its next time",
        "backoffLimitPerIndex": "remove it: a run is one container",
        "completionMode": "remove it: a run is one container",
        "completions": "remove it: a run is one container",
        "manualSelector": _CLUSTER,
        "maxFailedIndexes": "remove it: a run is one container",
        "parallelism": "remove it: a run is one container",
        "podFailurePolicy": "remove it: a run that failed waits for its next time",
        "podReplacementPolicy": _CLUSTER,
        "selector": _CLUSTER,
        "successPolicy": "remove it: a run is one container",
        "suspend": "set the CronJob's own `suspend`",
        "ttlSecondsAfterFinished": "set `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`",
    },
)
JOB_POD = Section(
    "a job's template",
    "CronJob: spec.jobTemplate.spec.template",
    {"spec": "the container and its volumes"},
    {"metadata": "remove it: the CronJob's own `metadata` names it"},
)

CLAIM = Section(
    "PersistentVolumeClaim",
    "PersistentVolumeClaim",
    {
        "apiVersion": "`v1`",
        "kind": "`PersistentVolumeClaim`",
        "metadata": "its name, which is the Podman volume's",
        "spec": "what Kubernetes wants to be told",
    },
    _STATUS,
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
        "selector": _CLUSTER,
        "storageClassName": "remove it: the volume is Podman's; podpipe.yaml's `volumes` puts it into a folder",
        "volumeAttributesClassName": _CLUSTER,
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

# --- podpipe.yaml --------------------------------------------------------------------------------

PROJECT = Section(
    "podpipe.yaml",
    "podpipe.yaml",
    {
        "name": "the project's name: lower-case letters, digits and `-`",
        "images": "name -> how `localhost/NAME:latest` comes to be",
        "infra": "the image of each pod's infra container (default: the first `debian` image)",
        "content": "the site's source: a folder, or `{git: URL, branch: NAME}`",
        "volumes": "claim -> `{folder: FOLDER}`, a project folder in the place of a Podman volume",
        "data": "name -> a table of the data pod",
    },
)
DEBIAN_IMAGE = Section(
    "a debian image",
    "podpipe.yaml: images.NAME",
    {
        "debian": "a suite (`bookworm`): made from Debian's archive by mmdebstrap",
        "packages": "more of Debian's packages in it",
    },
)
REGISTRY_IMAGE = Section(
    "a registry's image",
    "podpipe.yaml: images.NAME",
    {"registry": "pulled as it is; host, path and tag or digest written out"},
)
BUILT_IMAGE = Section(
    "a built image",
    "podpipe.yaml: images.NAME",
    {
        "context": "a folder with a Containerfile, built by buildah; a lone string means the same",
        "containerfile": "the Containerfile, from the project's root (default: Containerfile in the context)",
        "runtime": "`web` or `data`: podpipe's own code that the build sees as the folder podpipe/",
    },
)
CONTENT = Section(
    "content",
    "podpipe.yaml: content",
    {
        "folder": "a project folder, in the place of the claim `content`",
        "git": "a repository: https, ssh or git URL, user@host:path, or an absolute path",
        "branch": "its branch (main)",
    },
)
VOLUME_FOLDER = Section("a volume", "podpipe.yaml: volumes.CLAIM", {"folder": "a folder of the project"})
DATA_SOURCE = Section(
    "a data source",
    "podpipe.yaml: data.NAME",
    {
        "csv": "a file in a `volumes` folder that the loading container mounts, or an http(s) URL",
        "json": "as `csv`",
        "key": "the column that is the table's primary key (default: none)",
        "table": "the table's name (default: NAME)",
        "title": "a title for people",
    },
)

KINDS = {
    "Pod": "v1",
    "CronJob": "batch/v1",
    "PersistentVolumeClaim": "v1",
    "ConfigMap": "v1",
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
    "ServiceAccount": _CLUSTER,
    "StatefulSet": "write a Pod and a PersistentVolumeClaim",
}

MANIFEST_SECTIONS = (
    POD, POD_METADATA, POD_SPEC, HOST_ALIAS, POD_SECURITY,
    CONTAINER, ENV, VALUE_FROM, CONFIG_MAP_KEY, ENV_FROM, CONFIG_MAP_REF, PORT, VOLUME_MOUNT,
    CONTAINER_SECURITY, CAPABILITIES, RESOURCES, LIMITS, PROBE, EXEC, HTTP_GET, TCP_SOCKET,
    VOLUME, CLAIM_SOURCE, EMPTY_DIR, HOST_PATH, CONFIG_MAP_SOURCE, SECRET_SOURCE, ITEM,
    CRON_JOB, CRON_JOB_SPEC, JOB_TEMPLATE, JOB_SPEC, JOB_POD, JOB_POD_SPEC,
    METADATA, CLAIM, CLAIM_SPEC, CLAIM_RESOURCES, REQUESTS, CONFIG_MAP,
)  # fmt: skip
PROJECT_SECTIONS = (PROJECT, DEBIAN_IMAGE, REGISTRY_IMAGE, BUILT_IMAGE, CONTENT, VOLUME_FOLDER, DATA_SOURCE)
