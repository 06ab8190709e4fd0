"""What older Podmans get instead of the options and values that they lack; what has no line here is refused."""

from __future__ import annotations

from podpipe.quadlet.healthcheck import health_test
from podpipe.quadlet.invocation import Given, quote_for_shell
from podpipe.quadlet.liveness import check_and_act
from podpipe.quadlet.manifests import replace, run_once
from podpipe.quadlet.ready import tell_again, wait_until_healthy
from podpipe.quadlet.stopping import forget_checks

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from podpipe.quadlet.target import Target

    Act = Callable[[Target, Given], "list[Given] | None"]
    Warns = Callable[[Target, Given], bool]

OPTION_OF_NETWORK = {"ip": "ip", "mac": "mac-address", "alias": "network-alias"}
PULL_OF_BUILD = {"always": "pull-always", "true": "pull-always", "never": "pull-never", "missing": "", "false": ""}


class Substitute:
    """What is done instead, in words, and what it makes of the option: others, or None if it has to be refused."""

    def __init__(self, text: str, act: Act, warns: Warns = lambda target, given: False) -> None:
        self.text = text
        self.act = act
        self.warns = warns


def _renamed(name: str) -> Substitute:
    return Substitute(f"`--{name}`", lambda target, given: [given.renamed(name)])


def _nothing(target: Target, given: Given) -> list[Given]:
    return []


def _always(target: Target, given: Given) -> bool:
    return True


def _stops_pod(target: Target, given: Given) -> bool:
    """Whether somebody asked for it: the policy is the generator's default too."""
    return given.value == "stop" and target.key(given) == "pod.ExitPolicy"


def _join_networks(target: Target, given: Given) -> list[Given]:
    first = next(each for each in target.call.options if each.name == "network")
    return [Given("network", ",".join(target.call.values("network")))] if given is first else []


def _split_network(target: Target, given: Given) -> list[Given] | None:
    network, _, options = given.value.partition(":")
    fields = [field.partition("=") for field in options.split(",")]
    if len(target.call.values("network")) > 1 or any(name not in OPTION_OF_NETWORK for name, _, _ in fields):
        return None
    return [Given("network", network), *(Given(OPTION_OF_NETWORK[name], value) for name, _, value in fields)]


def _create_unless_there(target: Target, given: Given) -> list[Given]:
    call = target.call
    call.subject = call.last
    what = call.command.partition(" ")[0]
    call.unless = quote_for_shell(call.podman(what, "inspect")) + ' "$$0" >/dev/null 2>&1'
    return []


def _own_volume(target: Target, given: Given) -> list[Given]:
    """Give a new volume's folder to its owner; without root, within the user namespace of root's containers."""
    call = target.call
    fields = dict(field.partition("=")[::2] for field in given.value[len("o=") :].split(","))
    owner = f"{fields.get('uid', '')}:{fields.get('gid', '')}".rstrip(":")
    chown = [*(call.podman("unshare") if target.user else []), "chown", owner]
    folder = quote_for_shell(call.podman("volume", "inspect", "--format={{.Mountpoint}}"))
    call.then = f'{quote_for_shell(chown)} "$$({folder} "$$0")"'
    return []


def _add_subnet(target: Target, given: Given) -> list[Given] | None:
    """A private IPv6 network (RFC 4193), as newer Podmans choose one: here its name decides."""
    from zlib import crc32

    if target.call.values("subnet"):
        return None  # a second one would replace the first
    number = crc32(target.call.last.encode("utf-8", "surrogateescape"))
    return [given, Given("subnet", f"fd{number >> 24:02x}:{number >> 8 & 0xFFFF:x}:{(number & 0xFF) << 8:x}::/64")]


def _unwatched(target: Target, given: Given) -> list[Given]:
    if target.service.lookup("Service", "Type") == "notify":
        run_once(target)
    return []


def _pull(target: Target, given: Given) -> list[Given] | None:
    call = target.call
    call.subject = call.last
    exists = quote_for_shell(call.podman("image", "exists")) + ' "$$0"'
    if given.value == "missing":
        call.unless = exists
    elif given.value == "newer":
        call.otherwise = exists
    return [] if given.value in ("always", "missing", "newer") else None


def _build_pull(target: Target, given: Given) -> list[Given] | None:
    name = PULL_OF_BUILD.get(given.value)
    return None if name is None else [Given(name)] if name else []


def _health_words(target: Target, given: Given) -> list[Given]:
    import json

    return [Given("health-cmd", json.dumps(health_test(given.value)))]


def _exit_code(target: Target, given: Given) -> list[Given] | None:
    return [] if given.value == "none" else None


LEFT_OUT = Substitute("left out", _nothing, _always)
NETWORK = {
    "--network=NAME:OPTIONS": Substitute("`--ip`, `--mac-address`, `--network-alias`, if it is one", _split_network),
    "--network more than once": Substitute("once, with commas", _join_networks),
    "--dns-option": _renamed("dns-opt"),
}
# Command -> option or value, as `Known.shown` and `NewValue.shown` call it.
SUBSTITUTES: Mapping[str, Mapping[str, Substitute]] = {
    "": {"--network-config-dir": _renamed("cni-config-dir")},
    "run": {
        **NETWORK,
        "--group-add=keep-groups": Substitute(
            "`--annotation=run.oci.keep_original_groups=1`, which crun knows",
            lambda target, given: [Given("annotation", "run.oci.keep_original_groups=1")],
        ),
        "--health-cmd=LIST or with a keyword": Substitute("the words that newer ones make of it", _health_words),
        "--health-cmd": Substitute("taken; systemd is told to forget the last check, which fails", forget_checks),
        "--health-log-destination": LEFT_OUT,
        "--health-max-log-count": LEFT_OUT,
        "--health-max-log-size": LEFT_OUT,
        "--health-on-failure": Substitute("a timer that checks and acts", check_and_act),
        "--sdnotify": Substitute("told once more by `systemd-notify`, which waits until it is heard", tell_again),
        "--sdnotify=healthy": Substitute("an `ExecStartPost=` that waits", wait_until_healthy),
        "--memory-swap=-1": Substitute("left out, as 3.0 crashes at it: there is no limit without it", _nothing),
        "--security-opt=label=nested": LEFT_OUT,
    },
    "pod create": {
        **NETWORK,
        "--exit-policy": Substitute("left out: the pod stays when its last container ends", _nothing, _stops_pod),
        "--infra-name": Substitute("left out: Podman names the infra container", _nothing),
    },
    "volume create": {
        "--ignore": Substitute("made unless it is there", _create_unless_there),
        "--opt=copy": Substitute("left out: it is the default", _nothing),
        "--opt=o=uid=... without a device": Substitute("given to the owner when it is made", _own_volume),
    },
    "network create": {
        "--ignore": Substitute("made unless it is there", _create_unless_there),
        "--ipv6 without an IPv6 subnet": Substitute("a `--subnet` by the network's name", _add_subnet),
    },
    "kube play": {
        "--network more than once": NETWORK["--network more than once"],
        "--replace": Substitute("an `ExecStartPre=` that removes the pods", replace),
        "--service-container": Substitute("`Type=oneshot`: nothing tells systemd that the pods ended", _unwatched),
        "--service-exit-code-propagation": Substitute("left out if it is `none`", _exit_code),
    },
    "image pull": {"--policy": Substitute("`podman image exists`, but for `never`", _pull)},
    "build": {"--pull=POLICY": Substitute("`--pull-always`, `--pull-never`", _build_pull)},
}
# What to do instead of what is refused.
ADVICE: Mapping[str, Mapping[str, str]] = {
    "run": {
        "--health-on-failure": "it is `kill`, `stop` or `restart`, for what does not run once",
        "--secret": "mount a file read-only instead",
    },
    "pod create": {"--volume": "give it to each container of the pod"},
    "network create": {"--dns": "give DNS= to each container in the network"},
    "kube play": {"--annotation": "annotate the manifest", "--publish": "use hostPort in the manifest"},
}
