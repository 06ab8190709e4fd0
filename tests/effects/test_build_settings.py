"""The folder at /mnt: the machine's own settings, as far as a build can see them."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from podpipe.effects import apt, build_settings
from podpipe.effects.build_settings import (
    find_authorities,
    load_pip_settings,
    pip_files,
    render_apt_conf,
    render_pip_conf,
    write_settings,
)


def pip_section(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return dict(parser["global"])


def test_apt_keeps_what_it_fetches_out_of_the_image() -> None:
    conf = render_apt_conf('Acquire::http::Proxy "http://proxy:3128";\n', has_authorities=True)
    assert 'Dir::State::Lists "/mnt/lists";' in conf
    assert 'Dir::Cache "/mnt/cache";' in conf
    assert 'Acquire::http::Proxy "http://proxy:3128";' in conf
    assert 'Acquire::https::CaInfo "/mnt/ca-certificates.crt";' in conf
    assert "CaInfo" not in render_apt_conf("", has_authorities=False)


def test_pip_gets_what_a_build_can_see() -> None:
    settings = {
        "index-url": "https://index.example/simple",
        "extra-index-url": "https://more.example/simple\nfile:///srv/wheels/simple",
        "find-links": "/srv/wheels",
        "proxy": "http://me:secret@proxy:3128",
        "cert": "/home/me/company.pem",
        "timeout": "180",
        "user": "yes",
    }
    assert pip_section(render_pip_conf(settings, has_authorities=True)) == {
        "index-url": "https://index.example/simple",
        "extra-index-url": "https://more.example/simple",
        "proxy": "http://me:secret@proxy:3128",
        "timeout": "180",
        "cert": "/mnt/ca-certificates.crt",
        **build_settings.PIP_CONF,
    }


def test_without_settings_pip_is_only_told_to_keep_no_cache() -> None:
    assert pip_section(render_pip_conf({}, has_authorities=False)) == build_settings.PIP_CONF


def test_pips_own_precedence(tmp_path: Path) -> None:
    (tmp_path / "weak").write_text("[global]\nindex-url = https://a.example\nretries = 1\ntimeout = 1\n")
    (tmp_path / "strong").write_text("[install]\nretries = 2\n[global]\nretries = 3\ntimeout = 2\n")
    files = [tmp_path / "weak", tmp_path / "missing", tmp_path / "strong"]
    assert load_pip_settings(files, {"PIP_DEFAULT_TIMEOUT": "9", "PIP_PROXY": "", "HOME": "/"}) == {
        "index-url": "https://a.example",
        "retries": "2",
        "timeout": "9",
    }


def test_where_pip_looks() -> None:
    found = pip_files({"HOME": "/home/me", "PIP_CONFIG_FILE": "/run/pip.conf"})
    assert found[:3] == [Path("/etc/pip.conf"), Path("/home/me/.pip/pip.conf"), Path("/home/me/.config/pip/pip.conf")]
    assert found[-1] == Path("/run/pip.conf")
    assert Path("/xdg/pip/pip.conf") in pip_files({"XDG_CONFIG_HOME": "/xdg"})


def test_the_authorities_that_this_machine_trusts(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.touch()
    assert find_authorities({"PIP_CERT": str(tmp_path / "gone"), "SSL_CERT_FILE": str(bundle)}) == bundle


def test_the_whole_folder_is_readable_by_apts_own_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("certificates")
    bundle.chmod(0o600)
    monkeypatch.setenv("PIP_CERT", str(bundle))
    monkeypatch.setattr(apt, "options", lambda: "")
    monkeypatch.setattr(apt, "sources", lambda suite: (apt.Source("http://mirror.example/debian", suite),))
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700)
    write_settings(folder, ["bookworm", "trixie"])
    assert {path.name for path in folder.iterdir()} == {
        "apt.conf",
        "bookworm.list",
        "ca-certificates.crt",
        "cache",
        "lists",
        "pip.conf",
        "trixie.list",
    }
    assert (folder / "trixie.list").read_text() == "deb http://mirror.example/debian trixie main\n"
    assert (folder / "ca-certificates.crt").read_text() == "certificates"
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in [folder, *folder.iterdir()])
