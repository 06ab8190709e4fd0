"""The folder that builds see at /mnt: how this machine's apt and pip reach the world.

It is mounted, never copied: no image, layer or history keeps a mirror, a proxy or a password. apt
keeps its lists and caches there too, so an image cannot even by mistake.
"""

from __future__ import annotations

import configparser
import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from podpipe.effects import apt

MOUNTED_AT = "/mnt"
AUTHORITIES = "ca-certificates.crt"
APT_CONF = f"""\
Dir::Etc::SourceParts "/dev/null";
Dpkg::Use-Pty "0";
Dir::State::Lists "{MOUNTED_AT}/lists";
Dir::Cache "{MOUNTED_AT}/cache";
Acquire::Languages "none";
APT::Install-Recommends "0";
"""
PIP_KEYS = ("index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "timeout", "retries")
PIP_SPELLINGS = {"default-timeout": "timeout", "pypi-url": "index-url"}
PIP_CONF = {"no-cache-dir": "true", "disable-pip-version-check": "true", "root-user-action": "ignore"}


def write_settings(folder: Path, suites: Collection[str]) -> None:
    """Make the folder. Each suite's base image reads `SUITE.list` in it; a build cannot see other local paths."""
    authorities = find_authorities(os.environ)
    if authorities:
        shutil.copyfile(authorities, folder / AUTHORITIES)
    (folder / "apt.conf").write_text(render_apt_conf(apt.options(), bool(authorities)))
    for suite in suites:
        (folder / f"{suite}.list").write_text("".join(f"{source}\n" for source in apt.sources(suite)))
    settings = load_pip_settings(pip_files(os.environ), os.environ)
    (folder / "pip.conf").write_text(render_pip_conf(settings, bool(authorities)))
    for kept in ("lists", "cache"):
        (folder / kept).mkdir()
    for path in [folder, *folder.iterdir()]:  # apt reads as a user of its own
        path.chmod(0o755 if path.is_dir() else 0o644)


def render_apt_conf(options: str, has_authorities: bool) -> str:
    """apt.conf from the machine's own options."""
    trust = f'Acquire::https::CaInfo "{MOUNTED_AT}/{AUTHORITIES}";\n' if has_authorities else ""
    return APT_CONF + options + trust


def render_pip_conf(settings: Mapping[str, str], has_authorities: bool) -> str:
    """pip.conf from the machine's own settings; what a build cannot see is left out."""
    visible = {key: _visible(settings[key]) for key in PIP_KEYS if key in settings}
    trust = {"cert": f"{MOUNTED_AT}/{AUTHORITIES}"} if has_authorities else {}
    lines = {**{key: value for key, value in visible.items() if value}, **PIP_CONF, **trust}
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def load_pip_settings(files: Sequence[Path], environment: Mapping[str, str]) -> dict[str, str]:
    """pip's settings by pip's precedence: later files, then `[install]`, then PIP_* variables."""
    parser = configparser.RawConfigParser()
    parser.read(files, encoding="utf-8")
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            settings.update(parser.items(section))
    settings.update(
        (name[4:].lower(), value) for name, value in environment.items() if name.startswith("PIP_") and value
    )
    spelled = ((key.replace("_", "-"), value) for key, value in settings.items())
    return {PIP_SPELLINGS.get(key, key): value for key, value in spelled}


def pip_files(environment: Mapping[str, str]) -> list[Path]:
    """pip's configuration files, the strongest last (https://pip.pypa.io/en/stable/topics/configuration/)."""
    home = Path(environment.get("HOME", "/"))
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip/pip.conf", config / "pip/pip.conf", Path(sys.prefix, "pip.conf")]
    named = environment.get("PIP_CONFIG_FILE")
    return [*files, Path(named)] if named else files


def find_authorities(environment: Mapping[str, str]) -> Path | None:
    """The certificate authorities that this machine trusts, in one file; None: it has no such file."""
    named = (environment.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"))
    usual = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
    return next((Path(file) for file in (*named, *usual) if file and Path(file).is_file()), None)


def _visible(value: str) -> str:
    return " ".join(word for word in value.split() if not word.startswith(("file:", "/", "~", ".")))
