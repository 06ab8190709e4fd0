"""libpod's requests -> Quadlet files, each field of a request as a key that Podman 5.0 knows, or as a flag of Podman's.

That the requests are those which the API gets makes the containers the same. A field that stands in no table here is
a mistake of ours, and is refused.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from podpipe.render.health import ON_FAILURE, SECOND
from podpipe.render.labels import PROJECT
from podpipe.render.unitfile import Line, Sections, UnitFile, at_home, literal, render_file, stands_as_it_is, word

JSON = Mapping[str, Any]
Lines = Iterable[Line]
Render = Callable[[Any], Lines]

START_SECONDS = 300  # a Pi that boots starts everything at once
STOP_SECONDS = 30  # that Podman itself may take
RESTART_SECONDS = 2  # after a crash; a loop of them costs a fraction of a core, and goes on as Kubernetes' does
# What a container or a pod exits with when it is told to end, or made to: whoever stops it is not to see a failure; but
# where nobody stopped it, it is started again.
TOLD_TO_END, MADE_TO_END = "143", "143 137"
# And a pod's conmon, where systemd tells it to end in the middle of its own cleaning up, as with Podman 3.0.1.
CUT_OFF = "15"
# What serves a container in its service: conmon, fuse-overlayfs, and podman itself while it starts.
MEMORY_BESIDE, TASKS_BESIDE = 64 << 20, 64  # bytes, processes
RESTART = {
    "always": [("Restart", "always"), ("SuccessExitStatus", MADE_TO_END)],
    "on-failure": [
        ("Restart", "on-failure"),
        ("SuccessExitStatus", MADE_TO_END),
        ("RestartForceExitStatus", MADE_TO_END),
    ],
    "no": [("Restart", "no"), ("SuccessExitStatus", TOLD_TO_END)],
}
# What a job prints goes to the journal by way of its container: not once more by way of `podman run`, which waits.
JOB_FLAGS = [("PodmanArgs", "--attach=stdin")]
# Quadlet itself makes it Restart=on-failure.
POD_SERVICE = [
    ("RestartSec", f"{RESTART_SECONDS}"),
    ("SuccessExitStatus", f"{TOLD_TO_END} {CUT_OFF}"),
    ("RestartForceExitStatus", f"0 {TOLD_TO_END}"),
    ("TimeoutStartSec", f"{START_SECONDS}"),
]
# Words that Quadlet loses or systemd takes for its own come by way of the unit's environment.
_LOST_WORDS = {"": "PODPIPE_EMPTY", ";": "PODPIPE_SEMICOLON"}


def render_container(name: str, workload: str, origin: str, request: JSON, around: Sections) -> UnitFile:
    """A .container file. `around` are its other sections' lines, and such of its own that no field asks for."""
    lost = [f"{variable}={text}" for text, variable in _LOST_WORDS.items() if text in request.get("command", ())]
    limits = _limits(request.get("resource_limits", {}))
    service = [*around.get("Service", ()), *limits, *(("Environment", each) for each in lost)]
    container = [*_lines(request, _CONTAINER), *around.get("Container", ())]
    sections = {**around, "Service": service, "Container": container}
    return render_file(f"{name}.container", workload, origin, sections)


def render_pod(origin: str, request: JSON, around: Sections) -> UnitFile:
    """A .pod file."""
    name = request["name"]
    return render_file(f"{name}.pod", name, origin, {**around, "Pod": _lines(request, _POD)})


def render_volume(origin: str, request: JSON, around: Sections) -> UnitFile:
    """A .volume file."""
    return render_file(f"{request['Name']}.volume", "", origin, {**around, "Volume": _lines(request, _VOLUME)})


def render_image(name: str, reference: str, origin: str, around: Sections) -> UnitFile:
    """An .image file: it pulls when it is started, and nothing that boots starts it."""
    return render_file(f"{name}.image", "", origin, {**around, "Image": [("Image", reference)]})


def job_service(request: JSON) -> list[Line]:
    """The [Service] section of a job: systemd itself ends a run that is under way, and kills it when the time is up."""
    return [("Type", "oneshot"), ("TimeoutStopSec", f"{max(request['stop_timeout'], STOP_SECONDS)}")]


def member_service(request: JSON) -> list[Line]:
    """The [Service] section of a container in a pod: Podman ends it, and kills it when the time is up."""
    return [
        *RESTART[request["restart_policy"]],
        ("RestartSec", f"{RESTART_SECONDS}"),
        ("TimeoutStartSec", f"{START_SECONDS}"),
        ("TimeoutStopSec", f"{request['stop_timeout'] + STOP_SECONDS}"),
    ]


def _lines(request: JSON, table: Mapping[str, Render]) -> list[Line]:
    strangers = request.keys() - table.keys()
    assert not strangers, f"no Quadlet key is known for {', '.join(sorted(strangers))}"
    return [line for field, render in table.items() if field in request for line in render(request[field])]


# --- one field -----------------------------------------------------------------------------------


def _key(key: str, flag: str) -> Render:
    """A value as it stands, or quoted behind a flag where it could not stand."""

    def render(value: Any) -> Lines:
        text = f"{value}"
        yield (key, literal(text)) if stands_as_it_is(text) else ("PodmanArgs", word(f"{flag}={text}"))

    return render


def _flag(flag: str) -> Render:
    return lambda value: [("PodmanArgs", word(f"{flag}={value}"))]


def _each(render: Render) -> Render:
    return lambda values: [line for value in values for line in render(value)]


def _if_true(*lines: Line) -> Render:
    return lambda value: lines if value else ()


def _elsewhere(_: Any) -> Lines:
    """The unit's [Service] section says it, or systemd does it in another way."""
    return ()


def _pairs(key: str) -> Render:
    return lambda values: [(key, word(f"{name}={value}")) for name, value in values.items()]


def _image(reference: str) -> Lines:
    """An image that is made here is never looked for elsewhere; a registry's only where it is missing."""
    yield "Image", literal(reference)
    yield "Pull", "never" if reference.startswith("localhost/") else "missing"


def _command(words: Iterable[str]) -> Lines:
    yield "Exec", " ".join(f"${{{_LOST_WORDS[each]}}}" if each in _LOST_WORDS else word(each) for each in words)


def _user(user: str) -> Lines:
    uid, _, gid = user.partition(":")
    yield "User", uid
    if gid:
        yield "Group", gid


def _named_volume(volume: JSON) -> Lines:
    return _volume("volume", f"{volume['Name']}.volume", volume["Dest"], volume["Options"])


def _mount(mount: JSON) -> Lines:
    kind, destination, options = mount["type"], mount["destination"], mount["options"]
    if kind == "tmpfs":
        return _key("Tmpfs", "--tmpfs")(f"{destination}:{','.join(options)}")
    assert kind == "bind"
    return _volume(kind, mount["source"], destination, options)


def _volume(kind: str, source: str, destination: str, options: list[str]) -> Lines:
    """In `Volume=` a colon ends the source; `Mount=` binds recursively without being told to."""
    text = f"{source}:{destination}:{','.join(options)}"
    if stands_as_it_is(text) and ":" not in source:
        yield "Volume", at_home(text, literal)
    else:
        fields = [f"type={kind}", f"source={source}", f"destination={destination}", *options]
        yield "Mount", word(",".join(_csv(field) for field in fields if field != "rbind"))


def _csv(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if re.search('[,"\n]', field) else field


def _limits(limits: JSON) -> Lines:
    """systemd's, for the whole service: where a cgroup controller is missing Podman's own let nothing start."""
    if "memory" in limits:
        yield "MemoryMax", f"{limits['memory']['limit'] + MEMORY_BESIDE}"
    if "pids" in limits:
        yield "TasksMax", f"{limits['pids']['limit'] + TASKS_BESIDE}"
    if "cpu" in limits:
        yield "CPUQuota", f"{round(100 * limits['cpu']['quota'] / limits['cpu']['period'], 1):g}%"


def _process_limit(limit: JSON) -> Lines:
    yield "PodmanArgs", f"--ulimit={limit['type']}={limit['soft']}:{limit['hard']}"


def _health(check: JSON) -> Lines:
    yield from _key("HealthCmd", "--health-cmd")(_health_command(check["Test"]))
    for field in ("Interval", "Timeout", "StartPeriod"):
        yield f"Health{field}", f"{check[field] // SECOND}s"
    yield "HealthRetries", f"{check['Retries']}"


def _health_command(test: list[str]) -> str:
    """What Podman's command line makes `test` of: JSON, which stands for a command without the CMD in front of it.

    It takes a list of one word for a shell's, and words after a bare CMD apart at blanks.
    """
    kind, *words = test
    if kind == "CMD-SHELL":
        return json.dumps(test)
    if words[0].upper() not in ("CMD", "CMD-SHELL", "NONE"):
        if len(words) > 1:
            return json.dumps(words)
        if words[0].split() == words:
            return f"CMD {words[0]}"
    return json.dumps(["CMD-SHELL", shlex.join(words)])


def _port(port: JSON) -> Lines:
    address = port["host_ip"]
    at = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
    protocol = "" if port["protocol"] == "tcp" else f"/{port['protocol']}"
    yield "PublishPort", f"{at}{port['host_port']}:{port['container_port']}{protocol}"


def _infra_command(words: list[str]) -> Lines:
    """Podman takes it apart at blanks."""
    yield "PodmanArgs", word(f"--infra-command={' '.join(words)}")


def _volume_options(options: Mapping[str, str]) -> Lines:
    assert not options.keys() - {"o"}
    for option in filter(None, options.get("o", "").split(",")):
        name, _, number = option.partition("=")
        yield {"uid": "User", "gid": "Group"}[name], number


_CONTAINER: Mapping[str, Render] = {
    "name": lambda name: [("ContainerName", name)],
    "pod": lambda pod: [("Pod", f"{pod}.pod")],
    "hostname": _key("HostName", "--hostname"),
    "image": _image,
    "entrypoint": lambda words: _key("Entrypoint", "--entrypoint")(json.dumps(words)),
    "command": _command,
    "work_dir": _key("WorkingDir", "--workdir"),
    "env": _pairs("Environment"),
    "volumes": _each(_named_volume),
    "mounts": _each(_mount),
    "user": _user,
    # Podman's command line would add a writable /tmp, /run and /var/tmp of its own.
    "read_only_filesystem": _if_true(("ReadOnly", "true"), ("ReadOnlyTmpfs", "false")),
    "no_new_privileges": _if_true(("NoNewPrivileges", "true")),
    "cap_drop": _each(_key("DropCapability", "--cap-drop")),
    "cap_add": _each(_key("AddCapability", "--cap-add")),
    "resource_limits": _elsewhere,
    "r_limits": _each(_process_limit),
    "healthconfig": _health,
    # systemd starts again what was killed; Podman would go past it.
    "health_check_on_failure_action": lambda action: [("HealthOnFailure", {ON_FAILURE: "kill"}[action])],
    "log_configuration": lambda _: [("LogDriver", "journald")],  # systemd's journal has limits of its own
    "stop_timeout": _key("StopTimeout", "--stop-timeout"),
    "restart_policy": _elsewhere,
    "restart_tries": _elsewhere,
    "labels": _pairs("Label"),
}
# Keys of a .pod that Podman 5.0 does not know yet are given as flags.
_POD: Mapping[str, Render] = {
    "name": lambda name: [("PodName", name), ("PodmanArgs", "--exit-policy=continue")],
    "hostname": _flag("--hostname"),
    "portmappings": _each(_port),
    "hostadd": _each(_flag("--add-host")),
    "infra_image": _flag("--infra-image"),
    "infra_command": _infra_command,
    "labels": lambda labels: [("PodmanArgs", word(f"--label={key}={value}")) for key, value in labels.items()],
}
_VOLUME: Mapping[str, Render] = {
    "Name": lambda name: [("VolumeName", name)],
    "Driver": lambda driver: () if driver == "local" else [("Driver", driver)],
    "Options": _volume_options,
    "Labels": _pairs("Label"),
}


def labelled(project: str, request: JSON, field: str = "labels") -> JSON:
    """The request with the project's label beside its own, in the field that holds labels."""
    return {**request, field: {PROJECT: project, **request.get(field, {})}}
