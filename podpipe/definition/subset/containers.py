"""The keys of a container."""

from __future__ import annotations

from podpipe.definition.subset.section import CLUSTER, OPTIONAL, Section

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
        "livenessProbe": "Podman's one health check of the container; what fails it is started again",
        "readinessProbe": "the same health check: where both probes stand they must be equal",
        "securityContext": "user, capabilities, read-only root",
        "resources": "`limits`",
        "imagePullPolicy": "`IfNotPresent` (default) or `Never`; both change nothing: `podpipe build` brings images",
    },
    {
        "lifecycle": "do it in the container's own command; SIGTERM tells it to stop",
        "resizePolicy": CLUSTER,
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
_NOT_AS_VARIABLE = "mount it as a volume: Podman keeps a container's environment in the clear"
VALUE_FROM = Section(
    "valueFrom",
    "container: env[].valueFrom",
    {"configMapKeyRef": "a key of a ConfigMap in pods/"},
    {
        "fieldRef": "write the value out",
        "fileKeyRef": "read the file in the container's command",
        "resourceFieldRef": "write the value out",
        "secretKeyRef": _NOT_AS_VARIABLE,
    },
)
CONFIG_MAP_KEY = Section(
    "configMapKeyRef",
    "container: env[].valueFrom.configMapKeyRef",
    {"name": "the ConfigMap", "key": "its key"},
    OPTIONAL,
)
ENV_FROM = Section(
    "envFrom",
    "container: envFrom[]",
    {"configMapRef": "a ConfigMap in pods/; variables in `env` win over its keys"},
    {"prefix": "name each variable in `env`", "secretRef": _NOT_AS_VARIABLE},
)
CONFIG_MAP_REF = Section("configMapRef", "container: envFrom[].configMapRef", {"name": "the ConfigMap"}, OPTIONAL)
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
    {"claims": CLUSTER, "requests": "use `limits`: nothing is scheduled here, so nothing can be reserved"},
)
LIMITS = Section(
    "limits",
    "container: resources.limits",
    {"memory": "bytes, as `512Mi` or `1G`", "cpu": "cores, as `1.5` or `500m`"},
    {
        "ephemeral-storage": "use `emptyDir: {sizeLimit: ...}`, and `readOnlyRootFilesystem: true` for the rest",
    },
)
