"""[Kube]: a service around `podman kube play`."""

from __future__ import annotations

from podpipe.quadlet.command import booleans, last, option, podman, rows
from podpipe.quadlet.conversion import Conversion
from podpipe.quadlet.errors import QuadletError
from podpipe.quadlet.keys import LOG, PODMAN_ARGS, PUBLISH_PORT
from podpipe.quadlet.kind import Kind
from podpipe.quadlet.networks import NETWORK
from podpipe.quadlet.service import choose_kill_mode, choose_type, name_log, name_unit
from podpipe.quadlet.usernamespaces import KUBE_USER_MAPPINGS
from podpipe.quadlet.workingdirectory import set_working_directory

AUTO_UPDATE = "--annotation=io.containers.autoupdate"


@option(AutoUpdate=AUTO_UPDATE)
def _auto_update(unit: Conversion) -> list[str]:
    """`registry` for all containers, `NAME/registry` for one."""
    given = [word.partition("/") for word in unit.words("AutoUpdate")]
    return [f"{AUTO_UPDATE}/{name}={policy}" if slash else f"{AUTO_UPDATE}={name}" for name, slash, policy in given]


def _paths(unit: Conversion, key: str) -> list[str]:
    return [unit.path(path) for path in unit.words(key)]


OPTIONS = (
    *last(ExitCodePropagation="--service-exit-code-propagation={}"),
    *LOG,
    KUBE_USER_MAPPINGS,
    *NETWORK,
    _auto_update,
    *rows(_paths, ConfigMap="--configmap {}"),
    *PUBLISH_PORT,
    *PODMAN_ARGS,
)
DOWN_OPTIONS = booleans(KubeDownForce="--force")


def convert(unit: Conversion) -> None:
    """Write the service that plays the manifests."""
    manifests = _paths(unit, "Yaml")
    if not manifests:
        raise QuadletError("no Yaml key specified")
    choose_kill_mode(unit)
    name_unit(unit)
    choose_type(unit)
    name_log(unit)
    play = podman(unit, "kube", "play", "--replace", "--service-container=true", options=OPTIONS)
    unit.add_command("ExecStart", [*play, *manifests])
    # Also when the start failed half-way: pods and containers would be left behind.
    unit.add_command("ExecStopPost", [*podman(unit, "kube", "down", options=DOWN_OPTIONS), *manifests])
    set_working_directory(unit)


KIND = Kind("Kube", convert, (*OPTIONS, *DOWN_OPTIONS), ("SetWorkingDirectory", "Yaml"))
