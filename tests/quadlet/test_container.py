from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podpipe.quadlet.container import KIND
from podpipe.quadlet.kind import COMMON_KEYS
from podpipe.quadlet.unitfile import UnitFile
from podpipe.quadlet.words import quote_word, split_exec
from tests.quadlet.converted import added, command, convert_file, convert_files, problem

NAME = "web.container"
PLAIN = "podman run --name systemd-%N --replace --rm --cgroups=split --sdnotify=conmon -d IMAGE"
NEIGHBOURS = {
    "net.network": "[Network]\n",
    "pod.pod": "[Pod]\n",
    "site.volume": "[Volume]\n",
}

KEEP_ID = "RemapUsers=keep-id supports only a single value for UID mapping"

SERVICE = """\
[X-Container]
Image=docker.io/library/nginx
Exec=nginx -g 'daemon off;'

[Install]
WantedBy=default.target

[Unit]
Wants=podman-user-wait-network-online.service
After=podman-user-wait-network-online.service
SourcePath=/q/web.container
RequiresMountsFor=%t/containers

[Service]
Environment=PODMAN_SYSTEMD_UNIT=%n
KillMode=mixed
ExecStop=podman rm -v -f -i systemd-%N
ExecStopPost=-podman rm -v -f -i systemd-%N
Delegate=yes
Type=notify
NotifyAccess=all
SyslogIdentifier=%N
ExecStart=podman run --name systemd-%N --replace --rm --cgroups=split --sdnotify=conmon -d docker.io/library/nginx \
nginx -g "daemon\\x20off;"
"""

OPTIONS = [
    ("AddCapability=CAP_A b", "--cap-add cap_a --cap-add b"),
    ("AddDevice=/dev/a:/dev/b:r -/dev/null -/dev/none:/dev/x", "--device /dev/a:/dev/b:r --device /dev/null"),
    ("AddHost=a:1.1.1.1", "--add-host a:1.1.1.1"),
    ("Annotation=b=2 a", "--annotation a --annotation b=2"),
    ("AppArmor=unconfined", "--security-opt apparmor=unconfined"),
    ("AutoUpdate=registry", "--label io.containers.autoupdate=registry"),
    ("DNS=1.1.1.1\nDNS=2.2.2.2", "--dns 1.1.1.1 --dns 2.2.2.2"),
    ("DNSOption=a", "--dns-option a"),
    ("DNSSearch=a.b", "--dns-search a.b"),
    ("DropCapability=ALL", "--cap-drop all"),
    ("Entrypoint=/bin/sh", "--entrypoint=/bin/sh"),
    ("Entrypoint=", "--entrypoint="),
    ("Environment=A=1 'B=2 3' C\nEnvironment=A=4", '--env A=4 --env "B=2\\x203" --env C'),
    ("EnvironmentFile=a.env %h/b.env /c.env", "--env-file /q/a.env --env-file %h/b.env --env-file /c.env"),
    ("EnvironmentHost=yes", "--env-host"),
    ("ExposeHostPort=80\nExposeHostPort=81-82/udp", "--expose 80 --expose 81-82/udp"),
    ("GIDMap=0:1:1", "--gidmap 0:1:1"),
    ("GroupAdd=a", "--group-add a"),
    ("HealthCmd=curl -f localhost", '--health-cmd "curl\\x20-f\\x20localhost"'),
    ("HealthInterval=1s", "--health-interval 1s"),
    ("HealthLogDestination=/x", "--health-log-destination /x"),
    ("HealthMaxLogCount=1", "--health-max-log-count 1"),
    ("HealthMaxLogSize=1", "--health-max-log-size 1"),
    ("HealthOnFailure=kill", "--health-on-failure kill"),
    ("HealthRetries=1", "--health-retries 1"),
    ("HealthStartPeriod=1s", "--health-start-period 1s"),
    ("HealthStartupCmd=a", "--health-startup-cmd a"),
    ("HealthStartupInterval=1s", "--health-startup-interval 1s"),
    ("HealthStartupRetries=1", "--health-startup-retries 1"),
    ("HealthStartupSuccess=1", "--health-startup-success 1"),
    ("HealthStartupTimeout=1s", "--health-startup-timeout 1s"),
    ("HealthTimeout=1s", "--health-timeout 1s"),
    ("HostName=a", "--hostname a"),
    ("HttpProxy=false", "--http-proxy=false"),
    ("IP=1.2.3.4", "--ip 1.2.3.4"),
    ("IP6=fd::1", "--ip6 fd::1"),
    ("Label=a=b", "--label a=b"),
    ("LogDriver=journald", "--log-driver journald"),
    ("LogOpt=tag=a b=c", "--log-opt tag=a --log-opt b=c"),
    ("Mask=/a:/b", "--security-opt mask=/a:/b"),
    ("Memory=1g", "--memory 1g"),
    ("Mount=type=tmpfs,destination=/x", "--mount type=tmpfs,destination=/x"),
    ("Network=net.network:ip=1.2.3.4", "--network systemd-net:ip=1.2.3.4"),
    ("NetworkAlias=a", "--network-alias a"),
    ("NoNewPrivileges=yes", "--security-opt=no-new-privileges"),
    ("PidsLimit=5", "--pids-limit 5"),
    ("Pod=pod.pod", "--pod systemd-pod"),
    ("PodmanArgs=--a b '--c d'", '--a b "--c\\x20d"'),
    ("PublishPort=80:80", "--publish 80:80"),
    ("Pull=never", "--pull never"),
    ("ReadOnly=yes", "--read-only"),
    ("ReadOnlyTmpfs=no", "--read-only-tmpfs=false"),
    ("RemapUsers=auto\nRemapUid=1\nRemapGid=2\nRemapUidSize=3", "--userns auto:uidmapping=1,gidmapping=2,size=3"),
    ("RemapUsers=auto", "--userns auto"),
    ("RemapUsers=keep-id\nRemapUid=1\nRemapGid=2", "--userns keep-id:uid=1,gid=2"),
    ("RemapUsers=manual\nRemapUid=0:1:2\nRemapGid=3:4:5", "--uidmap 0:1:2 --gidmap 3:4:5"),
    ("Retry=3", "--retry 3"),
    ("RetryDelay=1s", "--retry-delay 1s"),
    ("RunInit=1", "--init"),
    ("SeccompProfile=/s.json", "--security-opt seccomp=/s.json"),
    ("Secret=a,type=env", "--secret a,type=env"),
    ("SecurityLabelDisable=true", "--security-opt label=disable"),
    ("SecurityLabelFileType=a", "--security-opt label=filetype:a"),
    ("SecurityLabelLevel=a", "--security-opt label=level:a"),
    ("SecurityLabelNested=true", "--security-opt label=nested"),
    ("SecurityLabelType=a", "--security-opt label=type:a"),
    ("ShmSize=1m", "--shm-size 1m"),
    ("StopSignal=9", "--stop-signal 9"),
    ("StopTimeout=5", "--stop-timeout 5"),
    ("SubUIDMap=a", "--subuidname a"),
    ("SubGIDMap=a", "--subgidname a"),
    ("Sysctl=a=1 b=2", "--sysctl a=1 --sysctl b=2"),
    ("Timezone=local", "--tz local"),
    ("Timezone=", ""),
    ("Tmpfs=/x", "--tmpfs /x"),
    ("UIDMap=0:1:1 1:2:1", "--uidmap 0:1:1 --uidmap 1:2:1"),
    ("Ulimit=nofile=1:1", "--ulimit nofile=1:1"),
    ("Unmask=ALL", "--security-opt unmask=ALL"),
    ("User=1\nGroup=2", "--user 1:2"),
    ("User=1", "--user 1"),
    ("UserNS=keep-id", "--userns keep-id"),
    ("VolatileTmp=yes", "--tmpfs /tmp:rw,size=512M,mode=1777"),
    ("VolatileTmp=yes\nReadOnly=yes", "--read-only"),
    ("Volume=site.volume:/srv:ro\nVolume=./a:/b", "-v systemd-site:/srv:ro -v /q/a:/b"),
    ("Volume=/only", "-v /only"),
    ("WorkingDir=/w", "--workdir /w"),
]


def test_service() -> None:
    container = "[Container]\nImage=docker.io/library/nginx\nExec=nginx -g 'daemon off;'\n"
    assert str(convert_file(NAME, f"{container}\n[Install]\nWantedBy=default.target\n")) == SERVICE


@pytest.mark.parametrize(("keys", "words"), OPTIONS)
def test_options(keys: str, words: str) -> None:
    line = command(NAME, f"[Container]\nImage=IMAGE\n{keys}\n", NEIGHBOURS)
    assert added(PLAIN, line) == words


def test_every_key_is_tried() -> None:
    tried = {line.partition("=")[0] for keys, _ in OPTIONS for line in keys.split("\n")}
    elsewhere = {*COMMON_KEYS, "CgroupsMode", "ContainerName", "Exec", "Image", "Notify", "ReloadCmd", "ReloadSignal"}
    assert tried | elsewhere | {"Rootfs", "StartWithPod"} == KIND.keys


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Image=I\nCgroupsMode=enabled", PLAIN.replace("--cgroups=split", "--cgroups enabled").replace("IMAGE", "I")),
        ("Image=I\nContainerName=a", "podman run --name a --replace --rm --cgroups=split --sdnotify=conmon -d I"),
        ('Rootfs=/r\nExec=a "b c"', PLAIN.replace("IMAGE", '--rootfs /r a "b\\x20c"')),
        ("Image=IMAGE\nNotify=yes", PLAIN.replace("conmon", "container")),
        ("Image=IMAGE\nNotify=Healthy", PLAIN.replace("conmon", "healthy")),
        ("Image=IMAGE\n[Service]\nType=oneshot", PLAIN.replace(" --sdnotify=conmon -d", "")),
        ("Image=IMAGE\nContainersConfModule=/m\nGlobalArgs=--a b", PLAIN.replace("podman", "podman --module=/m --a b")),
        ("Image=base.build", PLAIN.replace("IMAGE", "localhost/base")),
    ],
)
def test_run(text: str, line: str) -> None:
    base = {"base.build": "[Build]\nImageTag=localhost/base\nSetWorkingDirectory=unit\n"}
    assert command(NAME, f"[Container]\n{text}\n", base) == line


def test_a_template_names_its_container_after_the_instance() -> None:
    assert "--name systemd-%p_%i " in command("web@.container", "[Container]\nImage=I\n")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("ReloadCmd=nginx -s reload", "podman exec systemd-%N nginx -s reload"),
        ("ReloadSignal=HUP", "podman kill --signal HUP systemd-%N"),
    ],
)
def test_reload(key: str, line: str) -> None:
    assert command(NAME, f"[Container]\nImage=I\n{key}\n", key="ExecReload") == line


def test_what_a_container_needs_is_started_before_it() -> None:
    keys = "Pod=pod.pod\nNetwork=net.network\nVolume=site.volume:/a\nVolume=/b c:/c\nImage=nginx.image\n"
    others = {**NEIGHBOURS, "nginx.image": "[Image]\nImage=docker.io/library/nginx\n"}
    service = convert_file(NAME, f"[Unit]\nAfter=net.network a.service\n[Container]\n{keys}", others)
    assert service.lookup_all("Unit", "BindsTo") == ["pod-pod.service"]
    needed = ["nginx-image.service", "net-network.service", "site-volume.service"]
    assert service.lookup_all("Unit", "Requires") == needed
    wait = "podman-user-wait-network-online.service"
    assert service.lookup_all("Unit", "After") == [wait, "net-network.service a.service", *needed, "pod-pod.service"]
    assert service.lookup_all("Unit", "RequiresMountsFor") == ["%t/containers", '"/b\\x20c"']


@pytest.mark.parametrize(
    ("user", "target"), [(True, "podman-user-wait-network-online.service"), (False, "network-online.target")]
)
def test_the_network_is_waited_for(user: bool, target: str) -> None:
    text = "[Container]\nImage=I\n"
    assert convert_file(NAME, text, user=user).lookup("Unit", "Wants") == target
    without = convert_file(NAME, f"{text}[Quadlet]\nDefaultDependencies=no\n", user=user)
    assert not without.has_key("Unit", "Wants")


def test_the_network_of_another_container_is_joined_by_its_name() -> None:
    other = {"db.container": "[Container]\nImage=I\n"}
    assert "--network container:systemd-db " in command(NAME, "[Container]\nImage=I\nNetwork=db.container\n", other)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("", "no Image or Rootfs key specified"),
        ("Image=a\nRootfs=b", "the Image And Rootfs keys conflict can not be specified together"),
        ("Image=a.image", "requested Quadlet image a.image was not found"),
        ("Image=a\nNope=1", "unsupported key 'Nope' in group 'Container' in /q/web.container"),
        ("Image=a\n[Quadlet]\nNope=1", "unsupported key 'Nope' in group 'Quadlet' in /q/web.container"),
        ("Image=a\n[Service]\nKillMode=process", "invalid KillMode 'process'"),
        ("Image=a\n[Service]\nType=simple", "invalid service Type 'simple'"),
        ("Image=a\n[Unit]\nAfter=b.pod", "unable to translate dependency for b.pod"),
        ("Image=a\nExposeHostPort=http", "invalid port format 'http'"),
        ("Image=a\nGroup=1", "invalid Group set without User"),
        ("Image=a\nReloadCmd=a\nReloadSignal=b", "ReloadCmd and ReloadSignal are mutually exclusive but both are set"),
        ("Image=a\nPod=web", "pod web is not Quadlet based"),
        ("Image=a\nPod=web.pod", "quadlet pod unit web.pod does not exist"),
        ("Image=a\nNetwork=b.network", "requested Quadlet unit b.network was not found"),
        ("Image=a\nNetwork=t@.container", "cannot get the resource name of t@.container"),
        ("Image=a\nNetwork=c.container:a", "extra options are not supported when joining another container's network"),
        ("Image=a\nVolume=b.volume:/x", "requested Quadlet source b.volume was not found"),
        ("Image=a\nUserNS=host\nRemapUsers=auto", "deprecated Remap keys are set along with explicit mapping keys"),
        ("Image=a\nRemapUsers=b", "unsupported RemapUsers option 'b'"),
        ("Image=a\nRemapUid=1", "UidMap set without RemapUsers"),
        ("Image=a\nRemapGid=1", "GidMap set without RemapUsers"),
        ("Image=a\nRemapUsers=keep-id\nRemapUid=1 2", KEEP_ID),
    ],
)
def test_problems(keys: str, what: str) -> None:
    image = "[Container]\nImage=I\n"
    assert problem(NAME, f"[Container]\n{keys}\n", {"t@.container": image, "c.container": image}) == what


@given(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")))
def test_what_is_quoted_reaches_the_command_as_it_is(value: str) -> None:
    value = f" {value}"  # needs quotes in any case
    text = f"[Container]\nImage=I\nEnvironment={quote_word('A=' + value)}\nExec=run {quote_word(value)}\n"
    words = split_exec(command(NAME, text))
    assert words[words.index("--env") + 1] == f"A={value}"
    assert words[-1] == value


@given(st.permutations(["a.container", "b.container", "net.network", "pod.pod", "site.volume", "base.build"]))
def test_the_order_of_files_does_not_matter(names: list[str]) -> None:
    member = "[Container]\nImage=base.build\nPod=pod.pod\nNetwork=net.network\nVolume=site.volume:/a\n"
    texts = {"a.container": member, "b.container": member, **NEIGHBOURS}
    texts["base.build"] = "[Build]\nImageTag=b\nSetWorkingDirectory=unit\nVolume=site.volume:/a\nNetwork=net.network\n"

    def converted(files: dict[str, str]) -> dict[str, list[str]]:
        return {name: sorted(_lines(service)) for name, service in convert_files(files).items()}

    assert converted({name: texts[name] for name in names}) == converted(texts)


def _lines(service: UnitFile) -> list[str]:
    return str(service).splitlines()
