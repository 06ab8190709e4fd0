"""Which options podman's commands have, and since when: the table behind what older Podmans get, and behind the manual.

From the man pages of all releases from 3.0.0 to 5.8.2, which agree with `--help` of 3.0.1, 4.3.1 and 5.4.2.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podpipe.quadlet.invocation import Given
    from podpipe.quadlet.target import Target
    from podpipe.quadlet.version import Version

# Command -> first version -> options: NAME is a switch, NAME= takes a value, x/NAME has a short form.
# The command "" is podman itself: options before the command. What cannot be found here is passed on as it is.
SINCE: Mapping[str, Mapping[Version, str]] = {
    "": {
        (3, 0, 0): """
            cgroup-manager= cni-config-dir= conmon= c/connection= events-backend= hooks-dir= identity= log-level=
            namespace= network-cmd-path= r/remote root= runroot= runtime-flag= runtime= storage-driver= storage-opt=
            syslog tmpdir= url= v/version""",
        (4, 0, 0): "network-config-dir= noout",
        (4, 1, 0): "volumepath=",
        (4, 3, 0): "ssh=",
        (4, 4, 0): "transient-store",
        (4, 6, 0): "imagestore= out=",
        (4, 7, 0): "module=",
        (5, 0, 0): "config=",
        (5, 5, 0): "cdi-spec-dir=",
        (5, 7, 0): "tls-ca= tls-cert= tls-key=",
    },
    "run": {
        (3, 0, 0): """
            add-host= annotation= arch= a/attach= authfile= blkio-weight-device= blkio-weight= cap-add= cap-drop=
            cgroup-conf= cgroup-parent= cgroupns= cgroups= cidfile= conmon-pidfile= cpu-period= cpu-quota=
            cpu-rt-period= cpu-rt-runtime= c/cpu-shares= cpus= cpuset-cpus= cpuset-mems= d/detach detach-keys=
            device-cgroup-rule= device-read-bps= device-read-iops= device-write-bps= device-write-iops= device=
            disable-content-trust dns-opt= dns-search= dns= entrypoint= env-file= env-host e/env= expose= gidmap=
            group-add= health-cmd= health-interval= health-retries= health-start-period= health-timeout= h/hostname=
            http-proxy image-volume= init init-path= i/interactive ip= ipc= kernel-memory= label-file= l/label=
            log-driver= log-opt= mac-address= memory-reservation= memory-swap= memory-swappiness= m/memory= mount=
            name= network-alias= network= no-healthcheck no-hosts oom-kill-disable oom-score-adj= os= pid=
            pids-limit= platform= pod-id-file= pod= preserve-fds= privileged P/publish-all p/publish= pull= q/quiet
            read-only read-only-tmpfs replace restart= rm rmi rootfs sdnotify= seccomp-policy= security-opt= shm-size=
            sig-proxy stop-signal= stop-timeout= subgidname= subuidname= sysctl= systemd= tmpfs= t/tty tz= uidmap=
            ulimit= umask= u/user= userns= uts= variant= v/volume= volumes-from= w/workdir=""",
        (3, 1, 0): "secret=",
        (3, 2, 0): "pidfile= requires= timeout=",
        (3, 4, 0): "personality= tls-verify",
        (4, 0, 0): "hostuser= ip6= passwd unsetenv-all unsetenv=",
        (4, 1, 0): "chrootdirs= passwd-entry=",
        (4, 3, 0): "dns-option= env-merge= health-on-failure=",
        (4, 4, 0): """
            decryption-key= health-startup-cmd= health-startup-interval= health-startup-retries=
            health-startup-success= health-startup-timeout=""",
        (4, 5, 0): "group-entry= shm-size-systemd=",
        (4, 8, 0): "rdt-class=",
        (5, 0, 0): "gpus= preserve-fd= retry-delay= retry=",
        (5, 3, 0): "health-log-destination= health-max-log-count= health-max-log-size=",
        (5, 4, 0): "hosts-file= no-hostname",
        (5, 7, 0): "cert-dir= creds=",
    },
    "pod create": {
        (3, 0, 0): """
            add-host= cgroup-parent= dns-opt= dns-search= dns= h/hostname= infra infra-command=
            infra-conmon-pidfile= infra-image= ip= label-file= l/label= mac-address= n/name= network-alias= network=
            no-hosts pod-id-file= p/publish= replace share=""",
        (3, 3, 0): "infra-name= pid=",
        (3, 4, 0): "gidmap= subgidname= subuidname= uidmap= userns=",
        (4, 0, 0): """
            cpus= cpuset-cpus= device-read-bps= device= ip6= security-opt= share-parent sysctl= v/volume=
            volumes-from=""",
        (4, 2, 0): "exit-policy= m/memory= shm-size= uts=",
        (4, 3, 0): """
            blkio-weight-device= blkio-weight= c/cpu-shares= cpuset-mems= device-write-bps= dns-option=
            memory-swap=""",
        (4, 5, 0): "shm-size-systemd=",
        (4, 6, 0): "restart=",
        (5, 0, 0): "gpus=",
        (5, 4, 0): "hosts-file= no-hostname",
    },
    "volume create": {
        (3, 0, 0): "d/driver= l/label= o/opt=",
        (4, 4, 0): "ignore",
        (5, 6, 0): "gid= uid=",
    },
    "network create": {
        (3, 0, 0): "disable-dns d/driver= gateway= internal ip-range= ipv6 label= macvlan= o/opt= subnet=",
        (4, 1, 0): "ipam-driver=",
        (4, 4, 0): "dns= ignore",
        (4, 5, 0): "interface-name=",
        (4, 6, 0): "route=",
    },
    "kube play": {  # before 4.3 `play kube`; --service... are hidden
        (3, 0, 0): """
            authfile= cert-dir= configmap= creds= log-driver= network= q/quiet seccomp-profile-root= start
            tls-verify""",
        (3, 2, 0): "ip= mac-address=",
        (3, 4, 0): "build down",
        (4, 0, 0): "log-opt= no-hosts replace",
        (4, 1, 0): "annotation= context-dir=",
        (4, 2, 0): "service-container userns=",
        (4, 4, 0): "force publish=",
        (4, 5, 0): "w/wait",
        (4, 6, 0): "service-exit-code-propagation=",
        (4, 7, 0): "no-trunc",
        (4, 8, 0): "publish-all",
        (5, 4, 0): "no-hostname",
        (5, 7, 0): "no-pod-prefix",
    },
    "kube down": {
        (4, 4, 0): "force",
    },
    "image pull": {
        (3, 0, 0): """
            a/all-tags arch= authfile= cert-dir= creds= disable-content-trust os= platform= q/quiet tls-verify
            variant=""",
        (4, 4, 0): "decryption-key=",
        (5, 0, 0): "retry-delay= retry=",
        (5, 6, 0): "policy=",
    },
    "build": {
        (3, 0, 0): """
            add-host= annotation= arch= authfile= build-arg= cache-from= cap-add= cap-drop= cert-dir= cgroup-parent=
            cni-config-dir= cni-plugin-path= compress cpu-period= cpu-quota= c/cpu-shares= cpuset-cpus= cpuset-mems=
            creds= decryption-key= device= D/disable-compression disable-content-trust dns-option= dns-search= dns=
            f/file= force-rm format= from= http-proxy ignorefile= iidfile= ipc= isolation= jobs= label= layers
            logfile= loglevel= manifest= memory-swap= m/memory= network= no-cache os= pid= platform= pull pull-always
            pull-never q/quiet rm runtime= security-opt= shm-size= sign-by= squash squash-all stdin t/tag= target=
            timestamp= tls-verify ulimit= userns-gid-map-group= userns-gid-map= userns-uid-map-user= userns-uid-map=
            userns= uts= variant= v/volume=""",
        (3, 2, 0): "secret=",
        (3, 4, 0): "ssh=",
        (4, 0, 0): "all-platforms cgroupns= unsetenv=",
        (4, 1, 0): "env= identity-label no-hosts os-feature= os-version= o/output=",
        (4, 2, 0): "build-context= cache-to= cache-ttl= cpp-flag= logsplit omit-history",
        (4, 3, 0): "hooks-dir= retry-delay= retry= runtime-flag= skip-unused-stages",
        (4, 4, 0): "group-add=",
        (4, 5, 0): "build-arg-file=",
        (4, 7, 0): "cw= layer-label=",
        (4, 8, 0): "no-hostname unsetlabel=",
        (5, 0, 0): """
            sbom-image-output= sbom-image-purl-output= sbom-merge-strategy= sbom-output= sbom-purl-output=
            sbom-scanner-command= sbom-scanner-image= sbom=""",
        (5, 2, 0): "compat-volumes",
        (5, 5, 0): "inherit-labels",
        (5, 6, 0): "created-annotation inherit-annotations rewrite-timestamp source-date-epoch= unsetannotation=",
    },
    "artifact pull": {
        (5, 4, 0): "authfile= cert-dir= creds= decryption-key= q/quiet retry-delay= retry= tls-verify",
    },
}
COMMANDS_SINCE: Mapping[str, Version] = {"artifact pull": (5, 4, 0)}
OTHER_NAMES = {"network": "net"}


class Known:
    """An option that some Podman has."""

    __slots__ = ("name", "shown", "since", "takes_value")

    def __init__(self, name: str, since: Version, takes_value: bool) -> None:
        self.name = name
        self.shown = f"--{name}"
        self.since = since
        self.takes_value = takes_value

    def concerns(self, given: Given, target: Target) -> bool:
        """Whether an option is this one."""
        return given.name == self.name


def known_options(command: str) -> Mapping[str, Known]:
    """The options of a command by their names, short ones too; none if the command is not in the table."""
    if command not in _KNOWN:
        _KNOWN[command] = dict(_read(SINCE.get(command, {})))
    return _KNOWN[command]


_KNOWN: dict[str, Mapping[str, Known]] = {}  # read once


def _read(table: Mapping[Version, str]) -> Iterator[tuple[str, Known]]:
    for since, words in table.items():
        for word in words.split():
            names, equals, _ = word.partition("=")
            short, _, name = names.rpartition("/")
            known = Known(name, since, bool(equals))
            for each in filter(None, [name, short, OTHER_NAMES.get(name)]):
                yield each, known


def show_version(version: Version) -> str:
    """(4, 3, 0) -> "4.3.0"."""
    return ".".join(map(str, version))
