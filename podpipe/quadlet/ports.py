"""Published ports on Podmans before 3.4, whose forwarder of ports dies of the first connection that finds nobody.

rootlessport writes of it to a pipe of the podman that started it, which has ended (containers/podman#11248): from then
on the port is refused until the pod is made anew. slirp4netns can forward ports itself, is slower at it, and lives on.
"""

from __future__ import annotations

from podpipe.quadlet.invocation import Given

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from podpipe.quadlet.target import Target

FORWARDER_LIVES = (3, 4, 0)


def keep_forwarding(target: Target) -> None:
    """Without root, let slirp4netns forward what is published, unless another network is asked for."""
    published = target.call.values("publish")
    if target.user and target.version < FORWARDER_LIVES and published and not target.call.values("network"):
        target.call.options.append(Given("network", "slirp4netns:port_handler=slirp4netns"))
