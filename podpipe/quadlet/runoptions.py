"""Options of `podman run`, from [Container]."""

from __future__ import annotations

import os

from podpipe.quadlet.command import (
    arguments,
    booleans,
    last,
    option,
    pairs,
    present,
    rows,
    switches,
    values,
    words,
)
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import DNS, LOG, PODMAN_ARGS, PUBLISH_PORT, RETRY, SECRET
from podpipe.quadlet.mounts import MOUNT, VOLUME
from podpipe.quadlet.networks import NETWORK
from podpipe.quadlet.usernamespaces import USER_MAPPINGS

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@option(CgroupsMode="--cgroups")
def _cgroups(unit: Conversion) -> list[str]:
    mode = unit.value("CgroupsMode")
    return ["--cgroups", mode] if mode else ["--cgroups=split"]


@option(Notify="--sdnotify")
def _notify(unit: Conversion) -> list[str]:
    """Who tells systemd that the service is ready; podman itself need not stay then."""
    if unit.service.lookup("Service", "Type") == "oneshot":
        return []
    if (unit.value("Notify") or "").lower() == "healthy":
        return ["--sdnotify=healthy", "-d"]
    return ["--sdnotify=container" if unit.boolean("Notify") else "--sdnotify=conmon", "-d"]


@option(User="--user ", Group="--user ")
def _user(unit: Conversion) -> list[str]:
    user, group = unit.value("User"), unit.value("Group")
    if group and not user:
        raise QuadletError("invalid Group set without User")
    return ["--user", f"{user}:{group}" if group else user] if user else []


@option(VolatileTmp="--tmpfs")
def _volatile_tmp(unit: Conversion) -> list[str]:
    wanted = unit.boolean("VolatileTmp") and not unit.boolean("ReadOnly")
    return ["--tmpfs", "/tmp:rw,size=512M,mode=1777"] if wanted else []  # noqa: S108


def _lower_words(unit: Conversion, key: str) -> Iterable[str]:
    return map(str.lower, unit.words(key))


def _files(unit: Conversion, key: str) -> Iterable[str]:
    return map(unit.path, unit.arguments(key))


def _devices(unit: Conversion, key: str) -> Iterator[str]:
    """Devices, but those after a dash only if they are there."""
    for device in unit.words(key):
        if not device.startswith("-"):
            yield device
        elif os.path.exists(device[1:].partition(":")[0]):
            yield device[1:]


def _ports(unit: Conversion, key: str) -> Iterator[str]:
    for port in map(str.strip, unit.values(key)):
        number = port[:-4] if port.endswith(("/tcp", "/udp")) else port
        if not number[-1:].isdigit():
            raise QuadletError(f"invalid port format '{port}'")
        yield port


def _pod(unit: Conversion, key: str) -> Iterator[str]:
    """The pod, which starts the container too, unless StartWithPod says otherwise."""
    pod = unit.value(key)
    if not pod:
        return
    if not pod.endswith(".pod"):
        raise QuadletError(f"pod {pod} is not Quadlet based")
    info = unit.need(pod, f"quadlet pod unit {pod} does not exist", "BindsTo")
    if unit.boolean("StartWithPod", True):
        info.containers.append(unit.service.filename)
    yield info.resource_name


RUN_OPTIONS = (
    *LOG,
    _cgroups,
    *present(Entrypoint="--entrypoint={}"),  # an empty one takes the image's away
    *last(
        Timezone="--tz {}",
        PidsLimit="--pids-limit {}",
        ShmSize="--shm-size {}",
        WorkingDir="--workdir {}",
        IP="--ip {}",
        IP6="--ip6 {}",
        HostName="--hostname {}",
        StopSignal="--stop-signal {}",
        StopTimeout="--stop-timeout {}",
        Pull="--pull {}",
        Memory="--memory {}",
    ),
    *RETRY,
    *values(NetworkAlias="--network-alias {}", Ulimit="--ulimit {}"),
    *DNS,
    *values(GroupAdd="--group-add {}", AddHost="--add-host {}", Tmpfs="--tmpfs {}"),
    *booleans(
        RunInit="--init",
        EnvironmentHost="--env-host",
        HttpProxy="--http-proxy",
        ReadOnlyTmpfs="--read-only-tmpfs",
    ),
    *NETWORK,
    _notify,
    *switches(
        NoNewPrivileges="--security-opt=no-new-privileges",
        SecurityLabelDisable="--security-opt label=disable",
        SecurityLabelNested="--security-opt label=nested",
    ),
    *last(
        SecurityLabelType="--security-opt label=type:{}",
        SecurityLabelFileType="--security-opt label=filetype:{}",
        SecurityLabelLevel="--security-opt label=level:{}",
        AppArmor="--security-opt apparmor={}",
    ),
    *rows(_devices, AddDevice="--device {}"),
    *present(SeccompProfile="--security-opt seccomp={}"),
    *rows(_lower_words, DropCapability="--cap-drop {}", AddCapability="--cap-add {}"),
    *words(Sysctl="--sysctl {}"),
    *booleans(ReadOnly="--read-only"),
    _volatile_tmp,
    _user,
    USER_MAPPINGS,
    *VOLUME,
    *last(AutoUpdate="--label io.containers.autoupdate={}"),
    *rows(_ports, ExposeHostPort="--expose {}"),
    *PUBLISH_PORT,
    *pairs(Environment="--env {}", Label="--label {}", Annotation="--annotation {}"),
    *arguments(Mask="--security-opt mask={}", Unmask="--security-opt unmask={}"),
    *rows(_files, EnvironmentFile="--env-file {}"),
    *SECRET,
    *MOUNT,
    *last(
        HealthCmd="--health-cmd {}",
        HealthInterval="--health-interval {}",
        HealthOnFailure="--health-on-failure {}",
        HealthLogDestination="--health-log-destination {}",
        HealthMaxLogCount="--health-max-log-count {}",
        HealthMaxLogSize="--health-max-log-size {}",
        HealthRetries="--health-retries {}",
        HealthStartPeriod="--health-start-period {}",
        HealthTimeout="--health-timeout {}",
        HealthStartupCmd="--health-startup-cmd {}",
        HealthStartupInterval="--health-startup-interval {}",
        HealthStartupRetries="--health-startup-retries {}",
        HealthStartupSuccess="--health-startup-success {}",
        HealthStartupTimeout="--health-startup-timeout {}",
    ),
    *rows(_pod, Pod="--pod {}"),
    *PODMAN_ARGS,
)
