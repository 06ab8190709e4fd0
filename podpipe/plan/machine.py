"""What was seen of the machine that podpipe runs on. None, or empty where nothing else is said: it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Version = tuple[int, ...]


@dataclass(frozen=True)
class User:
    """Who asks. `other` is an ordinary user of this machine, for whoever is root."""

    name: str
    uid: int
    other: str = ""

    @property
    def is_root(self) -> bool:
        """Whether Podman would not be rootless."""
        return self.uid == 0


@dataclass(frozen=True)
class Program:
    """A program that is installed. `elevated`: it is setuid or has capabilities."""

    path: str
    version: Version = ()
    elevated: bool = False


@dataclass(frozen=True)
class Cgroups:
    """`version` 1 is also the mix of both, 0 none. `controllers` are all, `delegated` those of the user's systemd.

    `boot_file` is a Pi's cmdline.txt, `boot_words` what it says for the next boot. `grub`: GRUB boots this machine.
    """

    version: int = 2
    controllers: frozenset[str] | None = None
    delegated: frozenset[str] | None = None
    boot_file: str = ""
    boot_words: tuple[str, ...] = ()
    grub: bool = False


@dataclass(frozen=True)
class Kernel:
    """`user_namespaces`: whether ordinary users may make some. `tun` and `fuse`: whether the device can be opened.

    `emulators` are the interpreters of foreign programs that containers can use too, `machine` is uname's.
    """

    version: Version = ()
    machine: str = ""
    user_namespaces: bool | None = None
    lowest_port: int | None = None
    tun: bool = True
    fuse: bool = True
    emulators: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SubIds:
    """The size of the user's largest range in /etc/subuid or /etc/subgid (None: it cannot be told).

    `shared_with` is another user who has some of the same, `free` the first that nobody has, in either file.
    """

    size: int | None
    shared_with: str = ""
    free: int = 100000


@dataclass(frozen=True)
class Session:
    """The user's systemd. `runtime_owner` is whose `runtime` is, the folder that XDG_RUNTIME_DIR names.

    `bus_unit`: whether dbus.socket is there to be started. `failed` are podpipe's own units that failed, `checks` the
    units of health checks that did.
    """

    systemd: bool
    linger: bool | None = None
    runtime: str = ""
    runtime_owner: int | None = None
    manager: bool = False
    bus: bool = False
    bus_unit: bool = False
    failed: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Store:
    """Where Podman keeps images. `found` is the driver of what is there ("" : nothing), `configured` the one asked for.

    `config` is the user's storage.conf, or the machine's where that is there alone; `filesystem` is the kernel's name
    for what the store lies on.
    """

    path: str
    config: str
    has_config: bool = False
    found: str = ""
    configured: str = ""
    mount_program: str = ""
    filesystem: str = ""


@dataclass(frozen=True)
class Space:
    """A file system: `holds` says of what, at `path`; sizes in bytes. `inodes` 0: it has no such limit."""

    holds: tuple[str, ...]
    path: str
    free: int
    size: int
    free_inodes: int = 0
    inodes: int = 0
    read_only: bool = False


@dataclass(frozen=True)
class Journal:
    """`size` in bytes; `limited`: somebody set a limit; `readable`: by this user."""

    persistent: bool
    size: int
    limited: bool
    readable: bool
    on_card: bool


@dataclass(frozen=True)
class Clock:
    """Times in seconds of the epoch; `not_before` is over for certain. `keeper` is what sets the clock."""

    now: float
    not_before: float
    synchronised: bool | None
    keeper: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Past:
    """What is left of what was begun: who has held the lock for how many seconds ("" : nobody), deliveries that were
    interrupted as (project, what), requests that wait by project, with the seconds that the oldest has waited."""

    holder: str = ""
    held: float = 0.0
    deliveries: tuple[tuple[str, str], ...] = ()
    waiting: tuple[tuple[str, int, float], ...] = ()


@dataclass(frozen=True)
class Machine:
    """All of it. `suite` is Debian's code name, `model` a Pi's; `contained`: the kernel is that of a host."""

    user: User
    suite: str = ""
    model: str = ""
    contained: bool = False
    programs: Mapping[str, Program] = field(default_factory=dict)
    cgroups: Cgroups = Cgroups()
    kernel: Kernel = Kernel()
    uids: SubIds = SubIds(None)
    gids: SubIds = SubIds(None)
    session: Session = Session(systemd=False)
    store: Store | None = None
    spaces: tuple[Space, ...] = ()
    unwritable: tuple[str, ...] = ()
    journal: Journal | None = None
    clock: Clock | None = None
    past: Past = Past()

    def version(self, program: str) -> Version:
        """The version of a program; empty where it is not there, or does not tell."""
        found = self.programs.get(program)
        return found.version if found else ()
