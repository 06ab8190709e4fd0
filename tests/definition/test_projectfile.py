"""podpipe.yaml: each snippet beside what it becomes, or beside the problem it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from podpipe.definition.specs import BuiltImage, DebianImage, FolderContent, GitContent, Limits, RegistryImage
from tests.definition.folder import CLAIM, ProjectFolder, claim

HEAD = "name: demo\n"


@pytest.fixture
def folder(project: ProjectFolder) -> ProjectFolder:
    """A project with a folder for each use; its pod mounts nothing."""
    project.write("web/Containerfile", "FROM localhost/base\n")
    project.write("web/Other", "FROM localhost/base\n")
    project.write("empty/nothing", "")
    project.write("site/index.md", "# Site")
    project.write("pods/claims.yaml", "---\n".join([claim("content"), CLAIM]))
    return project


def test_images_of_all_kinds(folder: ProjectFolder) -> None:
    folder.write(
        "podpipe.yaml",
        """\
name: demo
images:
  base: {debian: bookworm, packages: [curl, libstdc++6]}
  pulled: {registry: "docker.io/library/nginx:1.25"}
  short: web
  long: {context: web, containerfile: web/Other, runtime: data}
infra: pulled
""",
    )
    web = folder.root / "web"
    assert folder.definition.images == (
        DebianImage("base", "bookworm", ("curl", "libstdc++6")),
        RegistryImage("pulled", "docker.io/library/nginx:1.25"),
        BuiltImage("short", web, web / "Containerfile", "", ("base",)),
        BuiltImage("long", web, web / "Other", "data", ("base",)),
    )
    assert folder.definition.infra == "docker.io/library/nginx:1.25"


def test_the_infra_image_is_the_first_from_debian(folder: ProjectFolder) -> None:
    assert folder.definition.infra == "localhost/base:latest"


def test_without_an_image_from_debian_podman_takes_its_own(folder: ProjectFolder) -> None:
    folder.write("podpipe.yaml", HEAD + "images: {base: {registry: localhost.lan/base}}\n")
    folder.write("pods/web.yaml", claim("other"))
    assert folder.definition.infra == ""


IMAGES = [
    ("web: nowhere", "4:8 images.web: there is no folder `nowhere` in the project"),
    ("web: ..", "4:8 images.web: `..` leads out of the project, to "),
    ("web: /etc", "4:8 images.web: `/etc` is not a path inside the project"),
    ("web: web/Containerfile", "there is no folder `web/Containerfile` in the project"),
    ("web: empty", "there is no Containerfile in empty/, or it leads out of the project | hint: write one, or name an"),
    ("web: {context: web, containerfile: web/None}", "there is no file `web/None` in the project"),
    ("web: {context: web, containerfile: ../../etc/passwd}", "leads out of the project, to "),
    ("web: {context: web, runtime: php}", "`php` is not one of its values | hint: write one of: web, data"),
    ("web: {context: web, packages: [a]}", "unknown key `packages` | hint: a built image knows context, containerfile"),
    ("web: {containerfile: web/Other}", "nothing says how to get this image | hint: write a folder, or one of the key"),
    ("web: {}", "nothing says how to get this image"),
    ("web: 1", "nothing says how to get this image"),
    ("web: {debian: bookworm, registry: a.b/c}", "unknown key `registry` | hint: a debian image knows debian, package"),
    ("web: {debian: 'a; rm -rf /'}", "`a; rm -rf /` is not the name of a suite"),
    ("web: {debian: --foo}", "`--foo` is not the name of a suite"),
    ("web: {debian: bookworm, packages: [-y]}", "`-y` is not the name of a package"),
    ("web: {debian: 12}", 'a string is wanted, and this is a number | hint: quote it: "12"'),
    ("web: {registry: nginx}", "`nginx` does not name a registry | hint: write it out: docker.io/library/debian:bookw"),
    ("web: {registry: localhost/nginx}", "`localhost/nginx` does not name a registry"),
    ("Web: web", "4:3 images.Web: `Web` is not a name"),
    ("base: web", "4:3: the key `base` stands here twice"),
]


@pytest.mark.parametrize(("image", "problem"), IMAGES)
def test_images_that_are_refused(folder: ProjectFolder, image: str, problem: str) -> None:
    folder.add("podpipe.yaml", image, indent=2)
    assert [problem in each for each in folder.problems] == [True], folder.problems


FROMS = [
    ("FROM localhost/bse", "web/Containerfile:1:1: no image `localhost/bse` is built by podpipe.yaml | hint: did you"),
    ("FROM base", "web/Containerfile:1:1: `base` does not name a registry | hint: write it out: localhost/base"),
    ("FROM debian:bookworm", "`debian:bookworm` does not name a registry | hint: write it out: docker.io/library/debi"),
    ("ARG X\n\nFROM $X", "web/Containerfile:3:1: `$X` does not name a registry"),
    ("FROM localhost/base AS x\nCOPY --from=localhost/y / /", "web/Containerfile:2:1: no image `localhost/y` is built"),
    ("FROM localhost/web", "4:8 images.web: the image builds on itself, by way of its FROM lines"),
    ("RUN true", "web/Containerfile:1:1: no image to build on is named | hint: begin with FROM localhost/NAME"),
    (b"FROM \xff", "web/Containerfile:1:6: the file is not UTF-8"),
]


@pytest.mark.parametrize(("containerfile", "problem"), FROMS)
def test_a_from_line_that_leads_nowhere(folder: ProjectFolder, containerfile: str | bytes, problem: str) -> None:
    folder.add("podpipe.yaml", "web: web", indent=2)
    folder.write("web/Containerfile", containerfile)
    assert [problem in each for each in folder.problems] == [True], folder.problems


def test_images_built_on_each_other_are_found(folder: ProjectFolder) -> None:
    folder.write("a/Containerfile", "FROM localhost/b\n")
    folder.write("b/Containerfile", "FROM localhost/a\n")
    folder.write("c/Containerfile", "FROM localhost/b\n")
    folder.add("podpipe.yaml", "a: a\nb: b\nc: c", indent=2)
    assert [problem.split(":")[1] for problem in folder.problems] == ["4", "5"]


def test_a_from_line_may_name_a_registry(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "web: web", indent=2)
    folder.write("web/Containerfile", "FROM docker.io/library/debian:bookworm\n")
    assert folder.definition.images[1] == BuiltImage("web", folder.root / "web", folder.root / "web/Containerfile")


def test_content_from_a_folder_stands_for_the_claim(folder: ProjectFolder) -> None:
    folder.add("podpipe.yaml", "content: site")
    assert folder.definition.content == FolderContent(folder.root / "site")
    assert {claim.name: claim.folder for claim in folder.definition.claims} == {
        "content": folder.root / "site",
        "data": None,
    }


GIT = [
    "https://example.org/me/site.git",
    "http://box.lan/site",
    "git://example.org/site",
    "file:///srv/site.git",
    "/srv/site.git",
]


@pytest.mark.parametrize("url", GIT)
def test_content_from_git(folder: ProjectFolder, url: str) -> None:
    folder.add("podpipe.yaml", f"content: {{git: '{url}', branch: a/b-1.x}}")
    assert folder.definition.content == GitContent(url, "a/b-1.x")
    folder.write("podpipe.yaml", HEAD + f"content: {{git: '{url}'}}\nimages: {{base: {{debian: bookworm}}}}\n")
    assert folder.definition.content == GitContent(url)


CONTENT = [
    ("nowhere", "4:10 content: there is no folder `nowhere` in the project"),
    ("{folder: ../x}", "leads out of the project"),
    ("{folder: site, branch: main}", "`folder` stands beside `git` or `branch`"),
    ("{branch: main}", "4:10 content: the key `git` is missing"),
    ("{git: --upload-pack=x}", "`--upload-pack=x` is not the address of a git repository"),
    ("{git: 'ext::sh -c x'}", "`ext::sh -c x` is not the address of a git repository"),
    ("{git: 'ssh://-oProxyCommand=x/y'}", "is not the address of a git repository"),
    ("{git: 'ssh://git@example.org:2222/me/site'}", "the builder has no SSH key to reach this"),
    ("{git: 'git@example.org:me/site.git'}", "the builder has no SSH key"),
    ("{git: 'git@-x:y'}", "is not the address of a git repository"),
    ("{git: 'https://me:secret@example.org/x'}", "the address carries credentials | hint: leave them out"),
    ("{git: 'https://token@example.org/x'}", "the address carries credentials"),
    ("{git: relative/path}", "is not the address of a git repository"),
    ('{git: "/a\\nb"}', "is not the address of a git repository"),
    *((f"{{git: /x, branch: '{branch}'}}", "is not a branch's name") for branch in
      ("-x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "/a", "a/", "a//b", "a.lock", ".a", "a/.b", "a.", "@",
       "a@{b", "HEAD", "a\\b")),
    ("{git: /x, branch: 1.0}", 'a string is wanted, and this is a number | hint: quote it: "1.0"'),
]  # fmt: skip


@pytest.mark.parametrize(("content", "problem"), CONTENT)
def test_content_that_is_refused(folder: ProjectFolder, content: str, problem: str) -> None:
    folder.add("podpipe.yaml", f"content: {content}")
    assert [problem in each for each in folder.problems] == [True], folder.problems


KEYS = [
    ("nam: x", "4:1 nam: unknown key `nam` | hint: did you mean `name`?"),
    ("pods: []", "unknown key `pods` | hint: podpipe.yaml knows name, images, infra, content, volumes, data"),
    ("infra: bas", "4:8 infra: no image `bas` stands in `images` | hint: did you mean `base`?"),
    ("volumes: {dta: {folder: site}}", "4:11 volumes.dta: no PersistentVolumeClaim `dta` is defined, so nothing sees"),
    ("volumes: {data: site}", "4:17 volumes.data: a mapping is wanted, and this is `site`"),
    ("volumes: {data: {folder: /srv}}", "`/srv` is not a path inside the project"),
    ("volumes: {data: {}}", "4:17 volumes.data: the key `folder` is missing"),
    ("content: site\nvolumes: {content: {folder: site}}", "`volumes` names a folder for the claim `content` too"),
    ("images2: {}", "unknown key `images2` | hint: did you mean `images`?"),
    ("---\nname: other", "5:1: a second document stands here | hint: manifests belong into pods/"),
]


@pytest.mark.parametrize(("snippet", "problem"), KEYS)
def test_keys_that_are_refused(folder: ProjectFolder, snippet: str, problem: str) -> None:
    folder.add("podpipe.yaml", snippet)
    assert [problem in each for each in folder.problems] == [True], folder.problems


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_is_a_problem(project: ProjectFolder, text: str) -> None:
    project.write("podpipe.yaml", text)
    assert project.problems == ["podpipe.yaml:1:1: the file is empty | hint: begin with `name: NAME`"]


def test_a_symbolic_link_may_not_lead_out(folder: ProjectFolder, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (folder.root / "link").symlink_to(outside)
    (folder.root / "circle").symlink_to("circle")
    folder.add("podpipe.yaml", "a: link\nb: circle", indent=2)
    first, second = folder.problems
    assert f"4:6 images.a: `link` leads out of the project, to {outside}" in first
    assert "5:6 images.b: " in second


def test_a_containerfile_may_not_lead_out(folder: ProjectFolder, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "Containerfile"
    outside.write_text("FROM localhost/base\n")
    (folder.root / "empty/Containerfile").symlink_to(outside)
    images = "a: empty\nb: {context: empty}\nc: {context: web, containerfile: empty/Containerfile}"
    folder.add("podpipe.yaml", images, indent=2)
    assert ["leads out of the project" in problem for problem in folder.problems] == [True, True, True]


def test_a_symbolic_link_inside_the_project_is_fine(folder: ProjectFolder) -> None:
    (folder.root / "link").symlink_to("web")
    folder.add("podpipe.yaml", "a: link", indent=2)
    image = folder.definition.images[1]
    assert isinstance(image, BuiltImage)
    assert image.context == folder.root / "web"


def test_paths_are_absolute_from_anywhere(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.add("podpipe.yaml", "content: site")
    expected = folder.definition
    monkeypatch.chdir(folder.root / "web")
    folder.root = Path("..")
    assert folder.definition == expected


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        ("{}", Limits()),
        ("{processes: 256}", Limits(processes=256)),
        ("{processes: 16, files: 4096}", Limits(16, 4096)),
    ],
)
def test_limits(folder: ProjectFolder, said: str, limits: Limits) -> None:
    folder.write("podpipe.yaml", HEAD + f"limits: {said}\nimages: {{base: {{debian: bookworm}}}}\n")
    assert folder.definition.limits == limits


@pytest.mark.parametrize("said", ["{processes: 1}", "{files: 10}", "{files: many}", "{pids: 5}"])
def test_limits_that_cannot_be_meant(folder: ProjectFolder, said: str) -> None:
    folder.write("podpipe.yaml", HEAD + f"limits: {said}\nimages: {{base: {{debian: bookworm}}}}\n")
    (problem,) = folder.problems
    assert problem.startswith("podpipe.yaml:2:")
