"""What each Podman can do: the one place that knows which request fields a version honours.

Podman's API answers 201 to fields that it does not know and drops them; so they are refused here, by name,
before anything is touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from podpipe.errors import Unsupported

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine

JSON = Mapping[str, Any]
Version = tuple[int, int, int]

# Field -> the first version that honours it, from libpod's sources (pkg/specgen, pkg/domain/entities) of all
# releases, and from trying them on 3.0.1, 4.3.1 and 5.4.2. A dotted name is a field of each element in a
# list too. A field without dotted ones below it may hold anything.
_SINCE: Mapping[str, Mapping[Version, str]] = {
    "container": {
        (3, 0, 0): """
            annotations apparmor_profile cap_add cap_drop cgroup_parent cgroupns cgroups_mode cni_networks command
            conmon_pid_file devices dns_option dns_search dns_server entrypoint env env_host expose groups hostadd
            hostname httpproxy idmappings image image_volume_mode init ipcns labels mask name netns network_options
            no_new_privileges oom_score_adj pidns pod privileged procfs_opts r_limits read_only_filesystem remove
            restart_policy restart_tries rootfs seccomp_profile_path selinux_opts shm_size stdin stop_signal
            stop_timeout sysctl systemd terminal timezone umask unmask use_image_hosts use_image_resolve_conf user
            userns utsns volumes_from work_dir
            healthconfig.Test healthconfig.Interval healthconfig.Timeout healthconfig.StartPeriod healthconfig.Retries
            log_configuration.driver log_configuration.path log_configuration.size
            mounts.destination mounts.type mounts.source mounts.options
            portmappings.container_port portmappings.host_port portmappings.host_ip portmappings.protocol
            portmappings.range
            resource_limits.memory resource_limits.cpu resource_limits.pids resource_limits.blockIO
            volumes.Name volumes.Dest volumes.Options
            """,
        (3, 1, 0): "secrets",
        (3, 2, 0): "sdnotifyMode secret_env timeout volatile",
        (3, 4, 0): "init_container_type personality",
        (4, 0, 0): "hostusers networks storage_opts unsetenv unsetenvall",
        (4, 1, 0): "chroot_directories passwd_entry",
        (4, 2, 0): "image_arch image_os image_variant",
        (4, 3, 0): "envmerge",
        (4, 4, 0): "mounts.gidMappings mounts.uidMappings read_write_tmpfs startupHealthConfig volumes.SubPath",
        # 4.3 knows it, but stops what it is to restart, and leaves it so.
        (4, 4, 4): "health_check_on_failure_action",
        (4, 5, 0): "group_entry label_nested shm_size_systemd",
        (5, 0, 0): "base_hosts_file",
        (5, 3, 0): "healthLogDestination healthMaxLogCount healthMaxLogSize",
    },
    "pod": {
        (3, 0, 0): """
            cgroup_parent cni_networks dns_option dns_search dns_server hostadd hostname infra_command
            infra_conmon_pid_file infra_image labels name netns network_options no_infra no_manage_hosts
            no_manage_resolv_conf shared_namespaces
            portmappings.container_port portmappings.host_port portmappings.host_ip portmappings.protocol
            portmappings.range
            """,
        (3, 3, 0): "infra_name",
        (3, 4, 0): "pidns userns",
        (4, 0, 0): "mounts networks pod_devices resource_limits security_opt share_parent sysctl volumes volumes_from",
        (4, 2, 0): "exit_policy shm_size utsns",
        (4, 5, 0): "ipcns shm_size_systemd",
        (4, 6, 0): "restart_policy restart_tries",
    },
    "volume": {
        (3, 0, 0): "Name Driver Label Labels Options",
        (4, 4, 0): "IgnoreIfExists",
    },
}
FIRST_VERSION: Mapping[str, Mapping[str, Version]] = {
    kind: {field: version for version, fields in by_version.items() for field in fields.split()}
    for kind, by_version in _SINCE.items()
}

# Fields that a container is good without, and what is missing then; the engine does not get them.
DISPENSABLE = {"health_check_on_failure_action": "by itself does not restart what fails its livenessProbe"}
OWN_INFRA: Version = (4, 0, 0)  # from then on Podman makes its pause image itself


def unsupported_fields(kind: str, request: JSON, version: Version) -> list[str]:
    """The fields of a "pod", "container" or "volume" request that this version would drop, as dotted names."""
    known = FIRST_VERSION[kind]
    fields = dict.fromkeys(_fields("", request, known))
    return [field for field in fields if field not in known or known[field] > version]


def reduced(request: JSON, version: Version) -> tuple[dict[str, Any], list[str]]:
    """A container's request without what it has to do without on this version, and what that is, in words."""
    lost = DISPENSABLE.keys() & unsupported_fields("container", request, version)
    kept = {field: value for field, value in request.items() if field not in lost}
    return kept, [f"Podman {_show(version)} {DISPENSABLE[field]}" for field in sorted(lost)]


def check_request(kind: str, request: JSON, engine: Engine) -> None:
    """Refuse a request of which the engine would drop or fail a part. Errors: Unsupported."""
    name = request.get("name") or request.get("Name")
    dropped = [each for each in unsupported_fields(kind, request, engine.version) if each not in DISPENSABLE]
    if dropped:
        needs = "; ".join(f"{field} {_needs(kind, field)}" for field in dropped)
        raise Unsupported(
            f"Podman {_show(engine.version)} would silently ignore a part of {kind} {name}: {needs}",
            hint="leave it out of the definition, or install a newer Podman",
        )
    if kind == "pod" and engine.version < OWN_INFRA and not request.get("infra_image"):
        raise Unsupported(
            f"Podman {_show(engine.version)} has no image of its own for the infra container of pod {name}",
            hint="name one that has `sleep` in podpipe.yaml, under `infra`",
        )


def _fields(path: str, value: Any, known: Mapping[str, Version]) -> Iterator[str]:
    """The names of what is set in `value`, as deep as the table goes."""
    if isinstance(value, list) and any(field.startswith(f"{path}.") for field in known):
        for element in value:
            yield from _fields(path, element, known)
    elif isinstance(value, Mapping) and (not path or any(field.startswith(f"{path}.") for field in known)):
        for key, inner in value.items():
            yield from _fields(f"{path}.{key}" if path else key, inner, known)
    elif value not in (None, "", [], {}):
        yield path


def _needs(kind: str, field: str) -> str:
    first = FIRST_VERSION[kind].get(field)
    return f"needs {_show(first)}" if first else "is known to none"


def _show(version: Version) -> str:
    return ".".join(map(str, version))
