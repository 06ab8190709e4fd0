"""Keys that several groups have, as tables."""

from __future__ import annotations

from podpipe.quadlet.command import arguments, last, present, values, words

LOG = (*present(LogDriver="--log-driver {}"), *words(LogOpt="--log-opt {}"))
DNS = values(DNS="--dns {}", DNSOption="--dns-option {}", DNSSearch="--dns-search {}")
PUBLISH_PORT = values(PublishPort="--publish {}")
PODMAN_ARGS = arguments(PodmanArgs="{}")
SECRET = arguments(Secret="--secret {}")  # noqa: S106
RETRY = last(Retry="--retry {}", RetryDelay="--retry-delay {}")
REGISTRY = last(
    AuthFile="--authfile {}", CertDir="--cert-dir {}", Creds="--creds {}", DecryptionKey="--decryption-key {}"
)
