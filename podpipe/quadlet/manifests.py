"""Kubernetes manifests on Podmans that play one at a time, do not replace pods, and do not tell systemd of them."""

from __future__ import annotations

from podpipe.quadlet.flags import show_version
from podpipe.quadlet.invocation import Given, Invocation, quote_for_shell, write_line

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

SEVERAL = (5, 7, 0)  # play and down take more than one manifest
KUBE = (4, 3, 0)  # before, `kube play` was `play kube`, and `kube down` ...
DOWN = (3, 4, 0)  # ... `play kube --down`; before, the manifest's pods must be found
# Prints which of the pods on standard input a manifest makes: that of its name (with _pod where one of its containers
# has the name) or, if it is a Deployment, its replicas.
PODS_OF = """
NR == FNR && !/^ *#/ {
    match($$0, /[^ ]/);
    if (RSTART == 1) { inside = /^metadata:/; depth = 0; if (/^kind:/) kind = $$2 }
    else if (inside && RSTART) {
        if (!depth) depth = RSTART;
        if (RSTART == depth && $$1 == "name:") { name = $$2; gsub(/[^-._a-zA-Z0-9]/, "", name) }
    }
}
NR != FNR && name && ($$0 == name || $$0 == name "_pod" || kind == "Deployment" && index($$0, name "-pod-") == 1)
"""


def play(target: Target) -> None:
    """Call `kube play` as the target does, once for each manifest."""
    call = target.call
    if target.version < KUBE:
        call.written = ["play", "kube"]
    if len(_separate(target)) > 1 and target.service.lookup("Service", "Type") == "notify":
        run_once(target)
        since = show_version(SEVERAL)
        target.warnings.append(f"kube.Yaml (several) needs Podman {since}, and is played without watching the pods")


def _separate(target: Target) -> list[str]:
    """Let the call be made once for each manifest, if it is too much for it to take several."""
    manifests = target.service.lookup_all_strv("X-Kube", "Yaml")
    if target.version < SEVERAL:
        target.call.each = target.call.operands[-len(manifests) :]
        del target.call.operands[-len(manifests) :]
        return target.call.each
    return []


def take_down(target: Target) -> None:
    """Call `kube down` as the target does, or what does the same."""
    call = target.call
    _separate(target)
    if target.version >= KUBE:
        return
    call.written = ["play", "kube"]
    call.options.append(Given("down"))
    if target.version < DOWN:
        listed = quote_for_shell(call.podman("pod", "ps", "--format={{.Name}}"))
        remove = quote_for_shell(call.podman("pod", "rm", "--force", "--ignore"))
        call.instead = f'{listed} | awk "$$0" "$$1" - | xargs -r {remove}'
        call.operands.insert(0, " ".join(PODS_OF.split()))


def replace(target: Target, given: Given) -> list[Given]:
    """Take down what is there before the manifests are played."""
    playing = target.call
    program, *words = playing.podman("kube", "down", *(playing.each or playing.operands))
    target.call = Invocation([f"-{program}", *words])
    take_down(target)
    for line in target.call.lines():
        target.service.add("Service", "ExecStartPre", write_line(line))
    target.call = playing
    return []


def run_once(target: Target) -> None:
    """Count the service as active from when all is played: nothing tells systemd of a process to watch."""
    service = target.service
    service.set("Service", "Type", "oneshot")
    service.set("Service", "RemainAfterExit", "yes")
    service.unset("Service", "NotifyAccess")
    restart = service.lookup("Service", "Restart")
    if restart in ("always", "on-success"):  # which systemd refuses for oneshot
        service.set("Service", "Restart", "on-failure")
        target.warnings.append(f"Restart={restart} is on-failure here: nothing tells systemd that the pods ended")
