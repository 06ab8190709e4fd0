"""What a project's files say, as frozen values: the vocabulary of every other room.

Names are Kubernetes' own in Python's spelling. Sizes are bytes, times are seconds, modes are
integers. Everything is resolved: defaults are filled in, ConfigMap values stand in `env`,
paths are absolute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Union


@dataclass(frozen=True)
class Place:
    """Where in the user's files something stands: file as shown to the user, 1-based, dotted path."""

    file: str
    line: int
    column: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" + (f" {self.path}" if self.path else "")


@dataclass(frozen=True)
class Problem:
    """One mistake: where, what is wrong, what to write instead."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


# --- images: podpipe.yaml `images` ---------------------------------------------------------------


@dataclass(frozen=True)
class DebianImage:
    """A base image made from Debian's archive by mmdebstrap."""

    name: str
    suite: str
    packages: tuple[str, ...] = ()

    @property
    def has_pause(self) -> bool:
        """Whether its catatonit can pause (`-P`, from 0.1.7 on): Bullseye's cannot."""
        return self.suite not in ("stretch", "buster", "bullseye")


@dataclass(frozen=True)
class RegistryImage:
    """An image pulled as it is; `reference` is fully qualified."""

    name: str
    reference: str


@dataclass(frozen=True)
class BuiltImage:
    """An image built by buildah from a folder.

    `runtime` names podpipe's own code that the context gets besides, as `podpipe/`: "web" or "data".
    `bases` are the names of the images made here that its FROM lines and `COPY --from` name; `stand_ins` are pairs: an
    image's name there, and that of the one to take instead.
    """

    name: str
    context: Path
    containerfile: Path
    runtime: str = ""
    bases: tuple[str, ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()


Image = Union[DebianImage, RegistryImage, BuiltImage]


def image_reference(image: Image) -> str:
    """The name that manifests and Podman know it by: `localhost/NAME:latest` or the registry's."""
    return image.reference if isinstance(image, RegistryImage) else local_reference(image.name)


def local_reference(name: str, tag: str = "latest") -> str:
    """The name that Podman knows an image by that is built here."""
    return f"localhost/{name}:{tag}"


# --- pods/*.yaml: Kubernetes ---------------------------------------------------------------------


@dataclass(frozen=True)
class Port:
    """A published port; `host_ip` is empty for every address."""

    container_port: int
    host_port: int
    host_ip: str = ""
    protocol: str = "tcp"


@dataclass(frozen=True)
class ExecProbe:
    """A command that exits 0 when all is well."""

    command: tuple[str, ...]


@dataclass(frozen=True)
class HttpProbe:
    """A GET that answers 200 to 399."""

    port: int
    path: str = "/"


@dataclass(frozen=True)
class TcpProbe:
    """A port that accepts a connection."""

    port: int


@dataclass(frozen=True)
class Probe:
    """livenessProbe and readinessProbe, which for Podman are one health check. Times in seconds.

    `restarts`: what fails it is made to end, for its restart policy to start it again.
    """

    check: ExecProbe | HttpProbe | TcpProbe
    initial_delay: int = 0
    period: int = 10
    timeout: int = 1
    failure_threshold: int = 3
    restarts: bool = False


@dataclass(frozen=True)
class Mount:
    """A pod volume's place in a container; `volume` is the pod's own name for it."""

    volume: str
    mount_path: str
    read_only: bool = False


@dataclass(frozen=True)
class Security:
    """A container's securityContext; `user` and `group` None: what the image says."""

    user: int | None = None
    group: int | None = None
    read_only_root: bool = False
    no_new_privileges: bool = False
    drop: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    """One container; `command` and `args` are Kubernetes' (entrypoint and arguments).

    `memory` is in bytes, `cpu` in cores; None: no limit.
    """

    name: str
    image: str
    place: Place = field(compare=False)
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    probe: Probe | None = None
    security: Security = Security()
    memory: int | None = None
    cpu: float | None = None


@dataclass(frozen=True)
class ClaimVolume:
    """A PersistentVolumeClaim: a Podman volume, or a folder where podpipe.yaml's `volumes` says so."""

    name: str
    claim: str


@dataclass(frozen=True)
class EmptyDirVolume:
    """A tmpfs; it is empty again after each start. `size` in bytes, None: half of the memory."""

    name: str
    size: int | None = None


@dataclass(frozen=True)
class HostPathVolume:
    """A file or folder of the machine."""

    name: str
    path: Path


@dataclass(frozen=True)
class ConfigMapVolume:
    """A folder with a file for each key. `items` maps key to file name; empty: every key."""

    name: str
    config_map: str
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SecretVolume:
    """As ConfigMapVolume, from the user's secret store; never part of the definition."""

    name: str
    secret: str
    items: tuple[tuple[str, str], ...] = ()
    optional: bool = False


Volume = Union[ClaimVolume, EmptyDirVolume, HostPathVolume, ConfigMapVolume, SecretVolume]


@dataclass(frozen=True)
class Pod:
    """`restart_policy` is Always, OnFailure or Never; `grace_period` in seconds.

    `host_aliases` are pairs of a host's name and its address; `labels` are metadata's own.
    """

    name: str
    containers: tuple[Container, ...]
    place: Place = field(compare=False)
    volumes: tuple[Volume, ...] = ()
    restart_policy: str = "Always"
    grace_period: int = 30
    hostname: str = ""
    host_aliases: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CronJob:
    """A container that runs to its end on a schedule; `template` has exactly one container.

    `schedule` is cron's five fields (`@daily` and its like are written out), "" in a preview: it runs when it is made,
    and no more. `starting_deadline` in seconds, None: no limit. `random_delay`, in seconds too, is podpipe.yaml's.
    """

    name: str
    schedule: str
    template: Pod
    place: Place = field(compare=False)
    time_zone: str = ""
    suspend: bool = False
    concurrency_policy: str = "Allow"
    starting_deadline: int | None = None
    successful_history: int = 3
    failed_history: int = 1
    random_delay: int = 0


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim; `folder` is the project folder that stands for it, where one does."""

    name: str
    place: Place = field(compare=False)
    folder: Path | None = None


@dataclass(frozen=True)
class ConfigMap:
    """Texts by key, in the order of the file."""

    name: str
    data: tuple[tuple[str, str], ...]


# --- podpipe.yaml: what systemd and a push do; content and data -----------------------------------


@dataclass(frozen=True)
class FrontDoor:
    """A container whose published ports systemd holds for it."""

    pod: str
    container: str
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Watch:
    """A CronJob that also runs when something in a claim changes."""

    claim: str
    job: str
    place: Place = field(compare=False)


@dataclass(frozen=True)
class BranchRule:
    """What a push to a branch that fits does: `action` is deploy, test, build, preview or ignore."""

    pattern: str
    action: str


@dataclass(frozen=True)
class GitContent:
    """The site's source is a branch of a git repository; the builder keeps a clone in the claim `content`."""

    url: str
    branch: str = "main"


@dataclass(frozen=True)
class FolderContent:
    """The site's source is a folder; it stands for the claim `content`."""

    folder: Path


@dataclass(frozen=True)
class DataSource:
    """A table of the data pod. `location` is a URL or an absolute path; `format` is csv or json; `table` is its name,
    `key` its primary key ("" : rowid), `options` what the file is like, as sources.json has it."""

    name: str
    format: str
    location: str
    table: str
    place: Place = field(compare=False)
    key: str = ""
    title: str = ""
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Limits:
    """What each container may have at once, and Kubernetes' `limits` have no word for; None: Podman's own."""

    processes: int | None = None
    files: int | None = None


# --- podpipe.yaml: limits and releases -------------------------------------------------------------------------


@dataclass(frozen=True)
class Releases:
    """How a new image comes into its container; Kubernetes' words of a Deployment. Times in seconds.

    `progress_deadline` None: as long as the container's own probe takes to call it unhealthy. `history_limit` is how
    many earlier good releases of an image are kept for a rollback. `trial`: what stands behind a front door runs beside
    the present one first.
    """

    progress_deadline: int | None = None
    min_ready: int = 5
    history_limit: int = 5
    trial: bool = True


@dataclass(frozen=True)
class Definition:
    """A whole project, valid by itself.

    `infra` is the reference of the image whose container holds each pod's namespaces
    ("" : Podman's own, which 3.0.1 does not have). `repository` is where `rebuild` finds branches
    ("" : the checkout that the project lies in).
    """

    name: str
    root: Path
    images: tuple[Image, ...] = ()
    pods: tuple[Pod, ...] = ()
    cron_jobs: tuple[CronJob, ...] = ()
    claims: tuple[Claim, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    content: GitContent | FolderContent | None = None
    data: tuple[DataSource, ...] = ()
    infra: str = ""
    sockets: tuple[FrontDoor, ...] = ()
    watches: tuple[Watch, ...] = ()
    branches: tuple[BranchRule, ...] = ()
    releases: Releases = Releases()
    limits: Limits = Limits()
    repository: str = ""
