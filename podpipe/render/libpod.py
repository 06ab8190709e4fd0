"""Specs -> the bodies of libpod's create requests (docs.podman.io, API `v4.0.0/libpod`).

Every field here but `health_check_on_failure_action` is honoured by 3.0.1, 4.3.1 and 5.4.2.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from podpipe.definition.specs import (
    ClaimVolume,
    ConfigMapVolume,
    Container,
    CronJob,
    DebianImage,
    Definition,
    EmptyDirVolume,
    HostPathVolume,
    Limits,
    Mount,
    Pod,
    SecretVolume,
    Volume,
    image_reference,
)
from podpipe.render.health import ON_FAILURE, render_health
from podpipe.render.places import Places

JSON = dict[str, Any]

CPU_PERIOD = 100_000  # microseconds; the kernel's default
LOG_LIMIT = 10_000_000  # bytes per container: nothing of ours grows without bound on the card
# What an infra container runs; both end at once when told to, and bear an image's own CMD, which 3.0.1 appends.
# catatonit is static, as it must be on 32-bit ARM: 3.0.1 lets infra containers make fewer system calls than others, and
# the dynamic loader there needs one that is missing (statx).
PAUSE = ["catatonit", "-P"]
# For images without it. Podman's command line takes the words apart at blanks, so that none holds any; dash gives
# another number back unless one is named.
SLEEP = ["sh", "-c", 'trap${IFS}"exit${IFS%??}143"${IFS}TERM;sleep${IFS}2147483647&wait']
RESTART = {"Always": "always", "OnFailure": "on-failure", "Never": "no"}
# A container that cannot be restarted this often is left down, for `status` to say so.
RESTART_TRIES = 10


def render_pod(definition: Definition, pod: Pod) -> JSON:
    """The request that makes a pod and its infra container."""
    request: JSON = {
        "name": pod.name,
        "hostname": pod.hostname or pod.name,
        "portmappings": [
            {
                "container_port": port.container_port,
                "host_port": port.host_port,
                "host_ip": port.host_ip,
                "protocol": port.protocol,
            }
            for container in pod.containers
            for port in container.ports
        ],
        "labels": dict(pod.labels),
    }
    if pod.host_aliases:
        request["hostadd"] = [f"{name}:{address}" for name, address in pod.host_aliases]
    if definition.infra:
        request["infra_image"] = definition.infra
        request["infra_command"] = _infra_command(definition)
    return request


def _infra_command(definition: Definition) -> list[str]:
    image = next((each for each in definition.images if image_reference(each) == definition.infra), None)
    return PAUSE if isinstance(image, DebianImage) and image.has_pause else SLEEP


def render_container(definition: Definition, places: Places, pod: Pod, container: Container) -> JSON:
    """The request that makes one container of a pod."""
    return {
        **_process(container),
        **_confinement(container),
        **_limits(definition.limits, container),
        **_storage(definition, places, pod, container),
        "name": f"{pod.name}-{container.name}",
        "pod": pod.name,
        "restart_policy": RESTART[pod.restart_policy],
        "restart_tries": RESTART_TRIES,
        "stop_timeout": pod.grace_period,
    }


def render_job(definition: Definition, places: Places, job: CronJob) -> JSON:
    """The request that makes a CronJob's container, outside any pod; each start of it is one run."""
    container = job.template.containers[0]
    return {
        **_process(container),
        **_confinement(container),
        **_limits(definition.limits, container),
        **_storage(definition, places, job.template, container),
        "name": job.name,
        "hostname": job.template.hostname or job.name,
        "restart_policy": "no",
        "stop_timeout": job.template.grace_period,
    }


def _process(container: Container) -> JSON:
    request: JSON = {
        "image": container.image,
        "env": dict(container.env),
        "log_configuration": {"driver": "k8s-file", "size": LOG_LIMIT},
    }
    optional: JSON = {
        "entrypoint": list(container.command),
        "command": list(container.args),
        "work_dir": container.working_dir,
        "healthconfig": render_health(container.probe) if container.probe else None,
        "health_check_on_failure_action": ON_FAILURE if container.probe and container.probe.restarts else None,
    }
    return {**request, **{field: value for field, value in optional.items() if value}}


def _confinement(container: Container) -> JSON:
    security = container.security
    request: JSON = {
        "read_only_filesystem": security.read_only_root,
        "no_new_privileges": security.no_new_privileges,
        "cap_drop": list(security.drop),
        "cap_add": list(security.add),
    }
    if security.user is not None:
        request["user"] = f"{security.user}" if security.group is None else f"{security.user}:{security.group}"
    return request


def _limits(general: Limits, container: Container) -> JSON:
    limits: JSON = {}
    if container.memory is not None:
        limits["memory"] = {"limit": container.memory}
    if container.cpu is not None:
        limits["cpu"] = {"quota": int(container.cpu * CPU_PERIOD), "period": CPU_PERIOD}
    if general.processes is not None:
        limits["pids"] = {"limit": general.processes}
    request: JSON = {"resource_limits": limits} if limits else {}
    if general.files is not None:
        request["r_limits"] = [{"type": "nofile", "soft": general.files, "hard": general.files}]
    return request


def _storage(definition: Definition, places: Places, pod: Pod, container: Container) -> JSON:
    """Named volumes go into `volumes`: given as `mounts`, libpod turns them into binds of their folder."""
    by_name = {volume.name: volume for volume in pod.volumes}
    folders = {claim.name for claim in definition.claims if claim.folder}
    named, mounts = [], []
    for mount in container.mounts:
        volume = by_name[mount.volume]
        if isinstance(volume, ClaimVolume) and volume.claim not in folders:
            mode = "ro" if mount.read_only else "rw"
            named.append({"Name": volume.claim, "Dest": mount.mount_path, "Options": [mode]})
        else:
            mounts += _mounts(definition, places, volume, mount)
    return {"volumes": named, "mounts": mounts}


def _mounts(definition: Definition, places: Places, volume: Volume, mount: Mount) -> list[JSON]:
    if isinstance(volume, EmptyDirVolume):
        size = [f"size={volume.size}"] if volume.size else []
        options = ["mode=1777", "nosuid", "nodev", *size]
        return [{"type": "tmpfs", "source": "tmpfs", "destination": mount.mount_path, "options": options}]
    if isinstance(volume, HostPathVolume):
        return [_bind(str(volume.path), mount.mount_path, mount.read_only)]
    if isinstance(volume, ClaimVolume):
        folder = next(claim.folder for claim in definition.claims if claim.name == volume.claim)
        return [_bind(str(folder), mount.mount_path, mount.read_only)]
    return _file_mounts(definition, places, volume, mount)


def _file_mounts(
    definition: Definition, places: Places, volume: ConfigMapVolume | SecretVolume, mount: Mount
) -> list[JSON]:
    if isinstance(volume, SecretVolume):
        folder = places.secret(volume.secret)
    else:
        config_map = next(each for each in definition.config_maps if each.name == volume.config_map)
        folder = places.config_map(config_map)
    if not volume.items:
        return [_bind(str(folder), mount.mount_path, read_only=True)]
    target = PurePosixPath(mount.mount_path)
    return [_bind(str(folder / key), str(target / name), read_only=True) for key, name in volume.items]


def _bind(source: str, destination: str, read_only: bool) -> JSON:
    options = ["rbind", "ro" if read_only else "rw", "nosuid", "nodev"]
    return {"type": "bind", "source": source, "destination": destination, "options": options}


def render_volume(definition: Definition, claim: str) -> JSON:
    """The request that makes a claim's volume, owned by the user of the first container that writes to it."""
    owner = next((f"uid={user},gid={group}" for user, group in _writers(definition, claim)), "")
    return {"Name": claim, "Driver": "local", "Options": {"o": owner} if owner else {}}


def _writers(definition: Definition, claim: str) -> list[tuple[int, int]]:
    pods = [*definition.pods, *(job.template for job in definition.cron_jobs)]
    found = []
    for pod in pods:
        names = {each.name for each in pod.volumes if isinstance(each, ClaimVolume) and each.claim == claim}
        for container in pod.containers:
            user, group = container.security.user, container.security.group
            writes = any(mount.volume in names and not mount.read_only for mount in container.mounts)
            if writes and user:
                found.append((user, user if group is None else group))
    return found
