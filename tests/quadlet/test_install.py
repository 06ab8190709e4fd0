"""[Install]: the links that systemd is to find."""

from __future__ import annotations

import pytest

from podpipe.quadlet.install import install_links
from podpipe.quadlet.unitfile import UnitFile


def links(install: str, name: str = "web.service") -> dict[str, str]:
    found, problems = install_links(UnitFile.parse(f"[Install]\n{install}", f"/out/{name}"))
    assert problems == []
    return found


def test_without_the_group_there_are_none() -> None:
    assert install_links(UnitFile.parse("[Unit]\nWantedBy=a", "web.service")) == ({}, [])


def test_each_key_has_its_folder() -> None:
    assert links("WantedBy=a.target b.target\nRequiredBy=c.target\nUpheldBy=d.service\nWantedBy='e.target'") == {
        "a.target.wants/web.service": "../web.service",
        "b.target.wants/web.service": "../web.service",
        "e.target.wants/web.service": "../web.service",
        "c.target.requires/web.service": "../web.service",
        "d.service.upholds/web.service": "../web.service",
    }


def test_an_empty_value_takes_back_what_stands_above() -> None:
    assert links("WantedBy=a.target\nWantedBy=\nWantedBy=b.target") == {"b.target.wants/web.service": "../web.service"}


def test_aliases_may_be_paths() -> None:
    assert links("Alias=www.service ./x//y/www.service a/../b.service") == {
        "www.service": "web.service",
        "x/y/www.service": "../../web.service",
        "b.service": "web.service",
    }


def test_a_unit_that_wants_it_is_a_name() -> None:
    assert links("WantedBy=a/b.target c.target") == {"c.target.wants/web.service": "../web.service"}


@pytest.mark.parametrize(
    ("name", "default", "link"),
    [
        ("web@.service", "DefaultInstance=blue\n", "a.target.wants/web@blue.service"),
        ("web@red.service", "DefaultInstance=blue\n", "a.target.wants/web@red.service"),
        ("web@red.service", "", "a.target.wants/web@red.service"),
    ],
)
def test_a_template_is_wanted_as_an_instance(name: str, default: str, link: str) -> None:
    assert links(f"{default}WantedBy=a.target", name) == {link: f"../{name}"}


def test_a_template_without_an_instance_is_only_known_by_its_aliases() -> None:
    assert links("Alias=www@.service\nWantedBy=a.target", "web@.service") == {"www@.service": "web@.service"}


@pytest.mark.parametrize(
    "install",
    ["Alias=/etc/x", "Alias=../x", "Alias=a/../../x", "Alias=..", "Alias=.", "Alias=a\x01b", "Alias=\udcff"],
)
def test_no_link_leaves_the_folder(install: str) -> None:
    found, (problem,) = install_links(UnitFile.parse(f"[Install]\n{install}", "web.service"))
    assert found == {}
    assert problem.startswith("Can't create symlink ")


@pytest.mark.parametrize("instance", ["../../../x", "a/../../../x"])
def test_an_instance_cannot_leave_it_either(instance: str) -> None:
    text = f"[Install]\nDefaultInstance={instance}\nWantedBy=a.target"
    assert install_links(UnitFile.parse(text, "web@.service"))[0] == {}
