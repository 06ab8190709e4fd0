"""securityContext: a pod's defaults, and a container's own over them."""

from __future__ import annotations

from typing import NamedTuple

from podpipe.definition.reader import Fields, suggest
from podpipe.definition.specs import Security
from podpipe.definition.subset.security import CAPABILITIES, CONTAINER_SECURITY

# capabilities(7), as Kubernetes spells them.
KNOWN = (
    "ALL", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT",
    "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
)  # fmt: skip


class RunAs(NamedTuple):
    """Who a container's processes are; None: not said."""

    user: int | None = None
    group: int | None = None
    non_root: bool = False


def read_run_as(context: Fields | None, default: RunAs) -> RunAs:
    """runAsUser, runAsGroup and runAsNonRoot of a securityContext, over what the pod says."""
    if context is None:
        return default
    user, group = context.get("runAsUser"), context.get("runAsGroup")
    return RunAs(
        user.integer() if user else default.user,
        group.integer() if group else default.group,
        context.boolean("runAsNonRoot", default.non_root),
    )


def read_security(container: Fields, default: RunAs) -> Security:
    """A container's securityContext, its pod's included."""
    context = container.fields("securityContext", CONTAINER_SECURITY)
    run_as = read_run_as(context, default)
    _refuse_contradictions(context or container, run_as)
    if context is None:
        return Security(run_as.user, run_as.group)
    capabilities = context.fields("capabilities", CAPABILITIES)
    return Security(
        run_as.user,
        run_as.group,
        context.boolean("readOnlyRootFilesystem"),
        not context.boolean("allowPrivilegeEscalation", True),
        _capabilities(capabilities, "drop"),
        _capabilities(capabilities, "add"),
    )


def _refuse_contradictions(where: Fields, run_as: RunAs) -> None:
    if run_as.non_root and run_as.user == 0:
        where.value.refuse("runAsNonRoot is true and runAsUser is 0", "write another runAsUser, such as 1000")
    elif run_as.non_root and run_as.user is None:
        hint = "write runAsUser: podpipe does not look up the user that an image names"
        where.value.refuse("runAsNonRoot is true and runAsUser is missing", hint)
    elif run_as.group is not None and run_as.user is None:
        where.value.refuse("runAsGroup stands without runAsUser", "write both, or none")


def _capabilities(fields: Fields | None, key: str) -> tuple[str, ...]:
    names = []
    for item in fields.items(key) if fields else []:
        name = item.string()
        if name is not None and name not in KNOWN:
            near = suggest(name.upper().replace("CAP_", "", 1), KNOWN)
            hint = near or "capabilities(7) lists them; write them without `CAP_`"
            item.refuse(f"`{name[:80]}` is not a capability", hint)
        names.append(name or "")
    return tuple(names)
