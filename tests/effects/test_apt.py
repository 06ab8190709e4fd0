"""What apt says about its sources, and how the sources of another suite follow from it."""

from __future__ import annotations

import pytest

from podpipe.effects import apt
from podpipe.effects.apt import OPTION, Source, parse_sources, sources_for

MIRROR = "http://mirror.example/debian"
SECURITY = "https://mirror.example/debian-security"
LISTING = f"""\
Packages|Debian|{MIRROR}/|bookworm|main
Packages|Debian|{MIRROR}/|bookworm|contrib
Packages|Debian|{MIRROR}/|bookworm|main
Translations|Debian|{MIRROR}/|bookworm|main
Packages|Debian|{MIRROR}/|bookworm-updates|main
Packages|Debian|{MIRROR}/|bookworm-backports|main
Packages|Debian|{SECURITY}/|bookworm-security|main
Packages|Docker|https://docker.example/debian/|bookworm|stable
Packages|Debian|file:/media/cdrom/|bookworm|main
"""
BOOKWORM = (
    Source(MIRROR, "bookworm", ("main", "contrib")),
    Source(MIRROR, "bookworm-updates"),
    Source(SECURITY, "bookworm-security"),
)


def test_debians_own_sources_that_a_build_can_reach() -> None:
    assert parse_sources(LISTING) == (*BOOKWORM[:2], Source(MIRROR, "bookworm-backports"), BOOKWORM[2])


def test_before_the_first_update_apt_knows_no_origins() -> None:
    assert parse_sources(LISTING.replace("|Debian|", "|$(ORIGIN)|"))[0] == BOOKWORM[0]
    assert parse_sources("") == ()


def test_a_source_as_a_line_of_sources_list() -> None:
    assert str(BOOKWORM[0]) == f"deb {MIRROR} bookworm main contrib"


def test_the_machines_own_suite_is_taken_as_it_is() -> None:
    assert sources_for("bookworm", parse_sources(LISTING), lambda _: False) == BOOKWORM


def test_another_suite_comes_from_the_same_mirrors_with_main_alone() -> None:
    assert sources_for("trixie", parse_sources(LISTING), lambda _: True) == (
        Source(MIRROR, "trixie"),
        Source(MIRROR, "trixie-updates"),
        Source(SECURITY, "trixie-security"),
    )


def test_without_any_mirror_mmdebstrap_takes_its_own() -> None:
    assert sources_for("bookworm", (), lambda _: True) == ()


def test_a_mirror_that_is_named_counts_before_the_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(apt.MIRROR, f"{MIRROR}/")
    monkeypatch.setattr(apt, "_is_there", lambda _: False)
    assert apt.sources("bullseye") == (Source(MIRROR, "bullseye"),)


def test_updates_that_a_mirror_does_not_have_are_left_out() -> None:
    asked: list[str] = []

    def is_there(source: Source) -> bool:
        asked.append(source.release)
        return False

    assert sources_for("sid", parse_sources(LISTING), is_there) == (Source(MIRROR, "sid"),)
    assert asked == ["sid-updates", "sid-security"]


def test_options_that_reach_the_network_and_no_local_paths() -> None:
    for line in (
        'Acquire::http::Proxy "http://proxy:3128";',
        'Acquire::http::Proxy::mirror.example "DIRECT";',
        'Acquire::Retries "3";',
        'Acquire::Check-Valid-Until "false";',
    ):
        assert OPTION.fullmatch(line)
    for line in (
        'Acquire::https::CaInfo "/etc/ssl/company.pem";',
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";',
        'Acquire::http "";',
        'Acquire::cdrom::mount "/media/cdrom/";',
        'Acquire::IndexTargets::deb::Packages::MetaKey "x";',
        'APT::Architecture "amd64";',
    ):
        assert not OPTION.fullmatch(line)
