"""Why a build failed: the step, as the Containerfile says it, and what can be done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podpipe.effects.process import QUOTED_LINES
from podpipe.errors import BuildFailed, CommandFailed

# 1.19: "STEP 2: RUN x"; later "STEP 2/3: RUN x"; with stages "[1/2] STEP 2/3: RUN x".
STEP = re.compile(r"(?P<stage>\[\d+/\d+\] )?STEP (?P<number>\d+(?:/\d+)?): (?P<instruction>.*)")
FAILED_AT = re.compile(r'.*building at STEP "(?P<instruction>.*?)": .*')
STATUS = re.compile(r"exit status \d+")
BUILDAHS_OWN = re.compile(r"(?:Error|error|ERRO\[\d+\]|level=error)\b.*")

HINTS = (
    (
        r"docker://localhost/|localhost/\S+: image not known",
        "FROM names an image that is not there: build it first, or list it among the project's images",
    ),
    (
        r"temporary failure (in name resolution|resolving)|could not resolve|name or service not known"
        r"|network is unreachable|could not connect|failed to establish a new connection|no route to host",
        "the build cannot reach the network: check this machine's, and http_proxy and https_proxy if it has a proxy",
    ),
    (
        r"certificate verif|certificate is not trusted|CERTIFICATE_VERIFY_FAILED",
        "name the file of the certificate authorities that this network needs in SSL_CERT_FILE",
    ),
    (r"is not valid yet|certificate is not yet valid", "this machine's clock is behind: set it, then build again"),
    (
        r"NO_PUBKEY|public key is not available",
        "this machine's debian-archive-keyring is too old for the suite: renew it",
    ),
    (r"unable to locate package|has no installation candidate", "the suite of the base image has no such package"),
)


def build_failed(image: str, error: CommandFailed, lines: Sequence[str]) -> BuildFailed:
    """What buildah printed, as an error that quotes the failing step and what the step printed last."""
    start, step = _failed_step(lines)
    printed = [line for line in lines[start:] if line.strip() and not STEP.match(line)]
    status = next((match.group() for match in map(STATUS.search, reversed(printed)) if match), "")
    said = [line for line in printed if not BUILDAHS_OWN.match(line)] or printed
    if step and status:
        message = f"building {image}: {step} failed ({status})"
    else:
        message = error.message + (f", in {step}" if step else "")
    return BuildFailed(
        message,
        lines=said[-QUOTED_LINES:],
        hint=hint_for(printed) or "the image of before keeps its name",
    )


def _failed_step(lines: Sequence[str]) -> tuple[int, str]:
    """Where what the failing step printed begins, and the step's words; "" if there was none.

    It need not be the last one: the first line of the next stage may have been printed already.
    """
    steps = [(number, step) for number, step in enumerate(map(STEP.match, lines), 1) if step]
    named = next((match["instruction"] for match in map(FAILED_AT.match, reversed(lines)) if match), "")
    for number, step in [each for each in reversed(steps) if each[1]["instruction"] == named] or steps[-1:]:
        return number, f"step {step['stage'] or ''}{step['number']}: {step['instruction']}"
    return 0, ""


def hint_for(lines: Sequence[str]) -> str:
    """What to do about a failure that everybody meets some day; empty for others."""
    text = "\n".join(lines)
    return next((hint for pattern, hint in HINTS if re.search(pattern, text, re.IGNORECASE)), "")
