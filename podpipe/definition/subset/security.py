"""The keys of a securityContext, a Pod's and a container's."""

from __future__ import annotations

from podpipe.definition.subset.section import Section

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
