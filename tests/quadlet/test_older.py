from __future__ import annotations

import pytest

from tests.quadlet.converted import convert_file
from tests.quadlet.older import BEGINNINGS, BOOKWORM, BULLSEYE, NEWEST, TRIXIE, Older, Version, options, refusal

NOTIFY = '"$@" && exec systemd-notify --ready --pid="$(cat "$0")"'


def test_the_whole_service_of_a_container_on_bullseye() -> None:
    assert Older("container").unit.lookup_all("Service", "Type") == ["notify"]
    assert Older("container").words() == [
        *("/bin/sh", "-c", NOTIFY.replace("$", "$$"), "%t/%N.pid"),
        *("podman", "run", "--name", "systemd-%N", "--replace", "--rm", "--cgroups=split", "--sdnotify=conmon"),
        *("--conmon-pidfile=%t/%N.pid", "-d", "localhost/web:1"),
    ]
    assert Older("container").lines("ExecStop") == ["-podman rm -v -f -i systemd-%N"]
    assert Older("container").lines("ExecStopPost") == ["-podman rm -v -f -i systemd-%N"]


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_nothing_changes_for_the_newest(kind: str) -> None:
    plain = convert_file(f"web.{kind}", BEGINNINGS[kind] + "\n")
    assert str(Older(kind, "", NEWEST).unit) == str(plain)


@pytest.mark.parametrize("kind", sorted({*BEGINNINGS} - {"artifact"}))
def test_a_podman_with_a_generator_of_its_own_gets_what_that_makes(kind: str) -> None:
    assert str(Older(kind, "", TRIXIE).unit) == str(Older(kind, "", NEWEST).unit)


@pytest.mark.parametrize("version", [BULLSEYE, BOOKWORM])
def test_systemd_hears_that_a_container_has_started(version: Version) -> None:
    assert Older("container", "", version).script() == NOTIFY
    own = Older("container", "PodmanArgs=--conmon-pidfile /run/own.pid", version)
    assert own.words()[3] == "/run/own.pid" and "--conmon-pidfile=%t/%N.pid" not in own.words()


def test_only_the_container_tells_that_it_is_ready_where_it_is_to() -> None:
    assert Older("container", "Notify=yes").script() == NOTIFY.replace("--ready ", "")


def test_a_container_that_runs_once_tells_nothing() -> None:
    assert Older("container", "[Service]\nType=oneshot").words()[:2] == ["podman", "run"]


@pytest.mark.parametrize(("version", "field"), [(BULLSEYE, "Healthcheck"), (BOOKWORM, "Health"), ((4, 6, 2), "Health")])
def test_a_start_lasts_until_the_container_is_healthy(version: Version, field: str) -> None:
    unit = Older("container", "Notify=healthy\nHealthCmd=true", version)
    assert "--sdnotify=conmon" in unit.words()
    assert f"podman inspect --format={{{{.State.{field}.Status}}}} " in unit.script("ExecStartPost")
    assert unit.words("ExecStartPost")[-1] == "systemd-%N"
    assert not Older("container", "Notify=healthy\nHealthCmd=true", (4, 7, 0)).lines("ExecStartPost")


@pytest.mark.parametrize("action", ["kill", "stop", "restart"])
def test_a_timer_of_the_services_own_acts_on_a_failing_check(action: str) -> None:
    unit = Older("container", f"HealthCmd=true\nHealthInterval=7s\nHealthOnFailure={action}")
    assert "--health-interval 7s --health-interval=disable" in " ".join(unit.words())
    stop, start = unit.lines("ExecStartPost")
    assert stop == "-systemctl --user stop %N.liveness.timer*"
    assert start.startswith("systemd-run --user --quiet --collect --unit=%N.liveness ") and "--on-active=7s " in start
    assert "--timer-property=BindsTo=%n" in start
    *_, script, container = unit.words("ExecStartPost")
    assert script.startswith('podman healthcheck run "$$0" || [ "$$(podman inspect ')
    assert script.endswith(f'exec podman {action} "$$0"') and container == "systemd-%N"
    assert not Older("container", "HealthCmd=true\nHealthOnFailure=kill", BOOKWORM).lines("ExecStartPost")


def test_a_check_that_hangs_has_failed_too() -> None:
    times = "HealthInterval=7s\nHealthTimeout=2s\nHealthStartPeriod=1m\nHealthOnFailure=stop"
    words = Older("container", f"HealthCmd=true\n{times}").words("ExecStartPost")
    assert "--property=RuntimeMaxSec=1m 2s 7s 7s 7s" in words
    hook = next(word for word in words if word.startswith("--property=ExecStopPost="))
    assert '"$$SERVICE_RESULT" != timeout' in hook and 'exec podman stop "$$0"' in hook and hook.endswith(" systemd-%N")


@pytest.mark.parametrize(
    ("kind", "lines", "version", "expected"),
    [
        ("container", "HealthOnFailure=none", BULLSEYE, ""),
        ("container", "HealthInterval=disable\nHealthOnFailure=kill", BULLSEYE, "--health-interval disable"),
        ("container", "DNSOption=ndots:1", BULLSEYE, "--dns-opt ndots:1"),
        ("container", "DNSOption=ndots:1", BOOKWORM, "--dns-option ndots:1"),
        ("container", "GroupAdd=keep-groups", BULLSEYE, "--annotation=run.oci.keep_original_groups=1"),
        ("container", "GroupAdd=users", BULLSEYE, "--group-add users"),
        ("container", "Network=a\nNetwork=b", BULLSEYE, "--network=a,b"),
        ("container", "Network=a\nNetwork=b", BOOKWORM, "--network a --network b"),
        ("container", "Network=a:ip=1.2.3.4,mac=1:2", BULLSEYE, "--network=a --ip=1.2.3.4 --mac-address=1:2"),
        ("container", "Network=a:alias=x", BULLSEYE, "--network=a --network-alias=x"),
        ("container", "Network=slirp4netns:mtu=1400", BULLSEYE, "--network slirp4netns:mtu=1400"),
        ("container", "Network=container:x", BULLSEYE, "--network container:x"),
        ("container", "HealthMaxLogCount=3", BULLSEYE, ""),
        ("container", "SecurityLabelNested=yes\nNoNewPrivileges=yes", BULLSEYE, "--security-opt=no-new-privileges"),
        ("container", "PodmanArgs=-it --dns-option=a -v/a:/b --x=1", BULLSEYE, "-i -t --dns-opt=a -v/a:/b --x=1"),
        ("container", "Volume=/a:/b:ro,z", BULLSEYE, "-v /a:/b:ro,z"),
        ("container", "UserNS=keep-id", BULLSEYE, "--userns keep-id"),
        ("container", "Secret=key", (3, 1, 0), "--secret key"),
        ("container", "Mount=type=bind,source=/a,target=/b", BULLSEYE, "--mount type=bind,source=/a,target=/b"),
        ("container", "Exec=run --secret x", BULLSEYE, "run --secret x"),
        ("pod", "Network=a\nNetwork=b\nDNSOption=x", BULLSEYE, "--network=a,b --dns-opt x"),
        ("pod", "ExitPolicy=continue", BULLSEYE, ""),
        ("pod", "PodmanArgs=--exit-policy=continue --infra-command 'sleep 9'", BULLSEYE, "--infra-command sleep 9"),
        ("network", "Options=mtu=1400\nSubnet=10.0.0.0/24", BULLSEYE, "--subnet 10.0.0.0/24 --opt mtu=1400"),
        ("network", "IPv6=yes", BULLSEYE, "--ipv6 --subnet=fd5e:a973:dd00::/64"),
        ("network", "IPv6=yes\nSubnet=fd00::/64", BULLSEYE, "--ipv6 --subnet fd00::/64"),
        ("network", "IPv6=no", BULLSEYE, "--ipv6=false"),
        ("network", "GlobalArgs=--network-config-dir=/etc/x", BULLSEYE, "--cni-config-dir=/etc/x"),
        ("volume", "Copy=yes\nLabel=a=b", BULLSEYE, "--label a=b"),
        ("image", "Policy=always", BOOKWORM, ""),
        ("build", "Pull=never", BULLSEYE, "--pull-never"),
        ("build", "Pull=always", BULLSEYE, "--pull-always"),
        ("build", "Pull=missing", BULLSEYE, ""),
        ("build", "Pull=never", BOOKWORM, "--pull=never"),
        ("kube", "KubeDownForce=no", BULLSEYE, ""),
        ("kube", "ExitCodePropagation=none", BOOKWORM, ""),
        ("kube", "Network=a\nNetwork=b", BULLSEYE, "--network=a,b"),
    ],
)
def test_options_are_replaced(kind: str, lines: str, version: Version, expected: str) -> None:
    assert options(kind, lines, version) == expected


@pytest.mark.parametrize(
    ("kind", "lines", "version", "option", "needed"),
    [
        ("container", "Secret=x", BULLSEYE, "--secret", "3.1.0"),
        ("container", "PodmanArgs=--secret x", BULLSEYE, "--secret", "3.1.0"),
        ("container", "IP6=fd00::1", BULLSEYE, "--ip6", "4.0.0"),
        ("container", "HealthOnFailure=kill\n[Service]\nType=oneshot", BULLSEYE, "--health-on-failure", "4.3.0"),
        ("container", "HealthOnFailure=dance", BULLSEYE, "--health-on-failure", "4.3.0"),
        ("container", "HealthStartupCmd=x", BOOKWORM, "--health-startup-cmd", "4.4.0"),
        ("container", "Network=pasta", BOOKWORM, "--network=pasta", "4.4.0"),
        ("container", "Network=a:interface_name=x", BULLSEYE, "--network=NAME:OPTIONS", "4.0.0"),
        ("container", "Network=a:ip=1\nNetwork=b", BULLSEYE, "--network=NAME:OPTIONS", "4.0.0"),
        ("container", "UserNS=keep-id:uid=1", BULLSEYE, "--userns=keep-id:OPTIONS", "4.3.0"),
        ("container", "UIDMap=+0:@1000:1", BOOKWORM, "--uidmap=@HOST or +MAP", "4.7.0"),
        ("container", "Volume=/a:/b:U", BULLSEYE, "--volume=...:U", "3.1.0"),
        ("container", "Volume=/a:/b:ro,idmap=x", BULLSEYE, "--volume=...:idmap", "4.0.0"),
        ("container", "Mount=type=glob,src=/a*,dst=/b", BOOKWORM, "--mount=type=glob", "4.7.0"),
        ("container", "Mount=type=bind,src=/a,dst=/b,U=true", BULLSEYE, "--mount=...,U", "4.0.0"),
        ("container", "Mount=type=volume,src=a,dst=b,subpath=c", (5, 1, 0), "--mount=type=volume,...,subpath", "5.4.0"),
        ("container", "Mount=type=image,src=a,dst=/b,subpath=c", BOOKWORM, "--mount=type=image,...,subpath", "5.1.0"),
        ("container", "AddHost=a:host-gateway", BOOKWORM, "--add-host=...:host-gateway", "4.7.0"),
        ("container", "Pull=newer", BULLSEYE, "--pull=newer", "3.2.0"),
        ("container", "LogDriver=passthrough", BULLSEYE, "--log-driver=passthrough", "4.0.0"),
        ("container", "Retry=3", BOOKWORM, "--retry", "5.0.0"),
        ("container", "ContainersConfModule=/x", BOOKWORM, "--module", "4.7.0"),
        ("container", "GlobalArgs=--imagestore=/x", BOOKWORM, "--imagestore", "4.6.0"),
        ("pod", "Volume=/a:/b", BULLSEYE, "--volume", "4.0.0"),
        ("pod", "ShmSize=1g", BULLSEYE, "--shm-size", "4.2.0"),
        ("pod", "UserNS=auto", BULLSEYE, "--userns", "3.4.0"),
        ("volume", "Driver=image\nImage=x", BULLSEYE, "--driver=image", "4.3.0"),
        ("volume", "Copy=no\nDevice=/x\nUser=1", BULLSEYE, "--opt=nocopy", "4.2.0"),
        ("network", "DNS=1.1.1.1", BOOKWORM, "--dns", "4.4.0"),
        ("network", "Subnet=10.0.0.0/24\nSubnet=10.1.0.0/24", BULLSEYE, "--subnet more than once", "4.0.0"),
        ("network", "Options=isolate=true", BULLSEYE, "--opt=isolate", "4.2.0"),
        ("network", "IPv6=yes\nSubnet=10.0.0.0/24", BULLSEYE, "--ipv6 without an IPv6 subnet", "4.0.0"),
        ("kube", "PublishPort=80", BOOKWORM, "--publish", "4.4.0"),
        ("kube", "AutoUpdate=registry", BULLSEYE, "--annotation", "4.1.0"),
        ("kube", "KubeDownForce=yes", BOOKWORM, "--force", "4.4.0"),
        ("kube", "ExitCodePropagation=all", BOOKWORM, "--service-exit-code-propagation", "4.6.0"),
        ("kube", "RemapUsers=auto", BULLSEYE, "--userns", "4.2.0"),
        ("image", "DecryptionKey=/k", BOOKWORM, "--decryption-key", "4.4.0"),
        ("image", "Policy=never", TRIXIE, "--policy", "5.6.0"),
        ("build", "Environment=a=b", BULLSEYE, "--env", "4.1.0"),
        ("build", "Pull=newer", BULLSEYE, "--pull=newer", "5.8.0"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    kind: str, lines: str, version: Version, option: str, needed: str
) -> None:
    key = lines.partition("=")[0]
    assert f"{kind}.{key} ({option}) needs Podman {needed}" in refusal(kind, lines, version)


@pytest.mark.parametrize(
    ("kind", "lines", "advice"),
    [
        ("container", "Secret=x", "mount a file read-only instead"),
        ("pod", "Volume=/a:/b", "give it to each container of the pod"),
        ("network", "DNS=1.1.1.1", "give DNS= to each container in the network"),
        ("kube", "PublishPort=80", "use hostPort in the manifest"),
        ("kube", "AutoUpdate=registry", "annotate the manifest"),
    ],
)
def test_a_refusal_says_what_to_do_instead(kind: str, lines: str, advice: str) -> None:
    assert advice in refusal(kind, lines)


def test_a_command_that_is_not_there_is_refused() -> None:
    assert refusal("artifact", "", BOOKWORM) == "podman artifact pull needs Podman 5.4.0 (the units are for 4.3.1)"


def test_all_that_is_refused_is_told_at_once() -> None:
    said = refusal("container", "Secret=a\nSecret=b\nIP6=fd00::1\nHealthMaxLogSize=1")
    assert said == (
        "container.IP6 (--ip6) needs Podman 4.0.0; container.Secret (--secret) needs Podman 3.1.0: mount a file"
        " read-only instead (the units are for 3.0.1)"
    )


@pytest.mark.parametrize(
    ("kind", "lines", "expected"),
    [
        ("container", "HealthMaxLogCount=1", "(--health-max-log-count) needs Podman 5.3.0, and is left out"),
        ("pod", "ExitPolicy=stop", "(--exit-policy) needs Podman 4.2.0, and is left out: the pod stays when"),
    ],
)
def test_what_is_left_out_is_told(kind: str, lines: str, expected: str) -> None:
    warnings = Older(kind, lines).warnings
    assert len(warnings) == 1 and warnings[0].startswith(f"{kind}.{lines.partition('=')[0]} {expected}")


@pytest.mark.parametrize("kind", ["container", "pod", "volume", "network", "kube", "image", "build"])
def test_what_nobody_asked_for_is_left_out_in_silence(kind: str) -> None:
    assert Older(kind).warnings == []


def test_a_pod_on_bullseye() -> None:
    expected = "podman pod create --infra-conmon-pidfile=%t/%N.pid --replace --name systemd-web"
    assert Older("pod", user=False).lines("ExecStartPre") == [expected]
    assert Older("pod").lines("ExecStartPre")[1:] == [expected]


@pytest.mark.parametrize("kind", ["container", "pod", "volume", "network", "kube", "image", "build"])
def test_namespaces_are_held_by_none_of_the_services(kind: str) -> None:
    first = Older(kind).lines("ExecStartPre")[0]
    assert first.startswith("-/bin/sh -c 'exec 9>")
    assert "systemd-run --user --scope" in first
    assert first.endswith(" %t/libpod/tmp/pause.pid %t/podman-pause.lock podman")
    for unit in (Older(kind, user=False), Older(kind, "", (3, 4, 0))):
        assert not any("systemd-run" in line for line in unit.lines("ExecStartPre"))


@pytest.mark.parametrize("version", [BULLSEYE, BOOKWORM])
@pytest.mark.parametrize("kind", ["volume", "network"])
def test_what_is_there_is_not_made_again(kind: str, version: Version) -> None:
    unit = Older(kind, "", version)
    assert unit.script() == f'podman {kind} inspect "$0" >/dev/null 2>&1 || "$@"'
    assert unit.words()[3:] == ["systemd-web", "podman", kind, "create", "systemd-web"]


@pytest.mark.parametrize(("user", "chown"), [(True, "podman unshare chown"), (False, "chown")])
def test_a_volume_is_given_to_its_owner_when_it_is_made(user: bool, chown: str) -> None:
    unit = Older("volume", "User=1000\nGroup=11", user=user)
    assert unit.script() == (
        'podman volume inspect "$0" >/dev/null 2>&1 || { "$@"'
        f' && {chown} 1000:11 "$(podman volume inspect --format={{{{.Mountpoint}}}} "$0")"; }}'
    )
    assert f"{chown} 1000 " in Older("volume", "User=1000", user=user).script()
    assert f"{chown} :11 " in Older("volume", "Group=11", user=user).script()
    assert options("volume", "User=1000\nGroup=11", (3, 2, 2)) == "--opt o=uid=1000,gid=11"


def test_a_device_needs_root_before_4_0() -> None:
    lines = "Device=/dev/x\nType=ext4\nUser=1\nOptions=rw"
    assert "volume.Device (--opt=device=... without root) needs Podman 4.0.0" in refusal("volume", lines)
    words = Older("volume", lines, user=False).command()
    assert words[3:-1] == ["--opt", "device=/dev/x", "--opt", "type=ext4", "--opt", "o=uid=1,rw"]


@pytest.mark.parametrize(
    ("policy", "script"),
    [("missing", 'podman image exists "$0" || "$@"'), ("newer", '"$@" || podman image exists "$0"')],
)
def test_policies_of_pulling(policy: str, script: str) -> None:
    unit = Older("image", f"Policy={policy}", TRIXIE)
    assert unit.script() == script
    assert unit.words()[3:] == ["localhost/web:1", "podman", "image", "pull", "localhost/web:1"]


def test_sockets_are_handed_in() -> None:
    words = Older("container", "[Service]\nSockets=web.socket").command()
    assert words[2:6] == [
        "--preserve-fds=${LISTEN_FDS}",
        "--env=LISTEN_FDS=${LISTEN_FDS}",
        "--env=LISTEN_FDNAMES=${LISTEN_FDNAMES}",
        "--env=LISTEN_PID=1",
    ]
    assert "--preserve-fds" not in " ".join(Older("container", "[Service]\nSockets=web.socket", (3, 4, 0)).command())


@pytest.mark.parametrize(("user", "scope"), [(True, "--user "), (False, "")])
def test_failed_checks_of_containers_that_are_gone_are_forgotten(user: bool, scope: str) -> None:
    unit = Older("container", "HealthCmd=true", user=user)
    assert unit.lines("ExecStopPost")[-1] == f"-systemctl {scope}reset-failed {'?' * 64}.service"
    assert len(Older("container", "HealthCmd=true", BOOKWORM).lines("ExecStopPost")) == 1


def test_commands_that_are_not_ours_stay_as_they_are() -> None:
    theirs = "/usr/bin/podman network create --ignore other"
    unit = Older("container", f"[Service]\nExecStartPre={theirs}\nExecStop=/bin/true")
    assert unit.lines("ExecStartPre")[1:] == [theirs]
    assert unit.lines("ExecStop") == ["/bin/true", "-podman rm -v -f -i systemd-%N"]
    stop = Older("network", f"[Service]\nExecStopPost={theirs}")
    assert stop.lines("ExecStopPost") == [theirs]


def test_words_survive_the_change() -> None:
    lines = 'Exec=a \'b c\' "d\'e" $HOME %n \\x41 "f\\\\g"\nEnvironment="A=1 2"\nGlobalArgs="--root=/a b"'
    plain = convert_file("web.container", f"{BEGINNINGS['container']}{lines}\n")
    before = plain.lookup_last_args("Service", "ExecStart")
    after = Older("container", lines).command()
    assert before is not None
    assert after[after.index("localhost/web:1") :] == before[before.index("localhost/web:1") :]
    assert after[1] == "--root=/a b" and "A=1 2" in after
    assert "'--root=/a b'" in Older("volume", 'GlobalArgs="--root=/a b"').script()


def test_lines_that_cannot_be_split_are_somebody_elses() -> None:
    theirs = "/bin/echo \\q"
    assert Older("network", f"[Service]\nExecStopPost={theirs}").lines("ExecStopPost") == [theirs]


@pytest.mark.parametrize("kind", sorted({*BEGINNINGS} - {"artifact"}))
@pytest.mark.parametrize("arguments", ["--label", "-", "--", "-l", "--opt", "-zzz", "--=", "-it -e"])
def test_strange_options_do_no_harm(kind: str, arguments: str) -> None:
    plain = Older(kind, f"PodmanArgs={arguments}", NEWEST)
    older = Older(kind, f"PodmanArgs={arguments}")
    key = "ExecStartPre" if kind == "pod" else "ExecStart"
    assert older.words(key)[-1] == plain.words(key)[-1]


# --- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "key", "limit"),
    [
        ("Memory=128m", "MemoryMax", 192 << 20),
        ("Memory=1GB", "MemoryMax", (1 << 30) + (64 << 20)),
        ("PodmanArgs=--memory=402653184 --memory-swap=-1", "MemoryMax", 402653184 + (64 << 20)),
        ("PidsLimit=256", "TasksMax", 320),
        ("PodmanArgs=--cpus 1.5", "CPUQuota", "150%"),
        ("PodmanArgs=--cpu-quota=50000 --cpu-period=100000", "CPUQuota", "50%"),
    ],
)
def test_a_service_keeps_the_limits_that_the_container_cannot_have(lines: str, key: str, limit: object) -> None:
    assert Older("container", lines).lines(key) == [str(limit)]
    assert Older("container", lines, BOOKWORM).lines(key) == []
    assert Older("container", lines, user=False).lines(key) == []
    assert Older("container", f"{lines}\n[Service]\n{key}=7").lines(key) == ["7"]
    assert Older("container", f"{lines}\nCgroupsMode=enabled").lines(key) == []


def test_swap_without_a_limit_is_not_said_to_the_podman_that_crashes_at_it() -> None:
    lines = "PodmanArgs=--memory=1g --memory-swap=-1"
    assert "--memory-swap=-1" not in Older("container", lines).words()
    assert "--memory-swap=-1" in Older("container", lines, (3, 1, 0)).words()
    assert "--memory-swap=2g" in Older("container", "PodmanArgs=--memory-swap=2g").words()


@pytest.mark.parametrize(
    "lines", ["", "PidsLimit=0", "PidsLimit=-1", "Memory=much", "PodmanArgs=--cpus=many", "PodmanArgs=--cpu-quota=-1"]
)
def test_what_is_no_limit_makes_none(lines: str) -> None:
    older = Older("container", lines)
    assert not [key for key in ("MemoryMax", "TasksMax", "CPUQuota") if older.lines(key)]
