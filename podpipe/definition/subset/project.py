"""The keys of podpipe.yaml."""

from __future__ import annotations

from podpipe.definition.subset.section import Section

PROJECT = Section(
    "podpipe.yaml",
    "podpipe.yaml",
    {
        "name": "the project's name: lower-case letters, digits and `-`",
        "images": "name -> how `localhost/NAME:latest` comes to be",
        "infra": "the image of each pod's infra container (default: the first `debian` image)",
        "content": "the site's source: a folder, or `{git: URL, branch: NAME}`",
        "volumes": "claim -> `{folder: FOLDER}`, a project folder in the place of a Podman volume",
        "data": "name -> a table of the data pod",
        "sockets": "POD/CONTAINER, as `web/nginx`: systemd listens at its hostPorts, and hands the sockets to it",
        "watch": "claim -> a CronJob, run also when something in the claim's volume or folder changes",
        "branches": "branch or pattern (`main`, `feature/*`, `*`) -> what a push to it does (docs/pushes.md): `deploy`,"
        " `test`, `build`, `preview` or `ignore`",
        "releases": "how a rebuilt image goes live: how long it may take, how many are kept",
        "limits": "what each container may have at once besides memory and cpu, which stand in pods/",
        "repository": "where `podpipe rebuild` finds branches: a URL or an absolute path (default: this checkout's)",
        "timers": "CronJob -> what its timer does besides keeping the schedule",
    },
)

DEBIAN_IMAGE = Section(
    "a debian image",
    "podpipe.yaml: images.NAME, from Debian's archive",
    {
        "debian": "a suite (`bookworm`): made from Debian's archive by mmdebstrap",
        "packages": "more of Debian's packages in it",
    },
)

REGISTRY_IMAGE = Section(
    "a registry's image",
    "podpipe.yaml: images.NAME, from a registry",
    {"registry": "pulled as it is; host, path and tag or digest written out"},
)

BUILT_IMAGE = Section(
    "a built image",
    "podpipe.yaml: images.NAME, built here",
    {
        "context": "a folder with a Containerfile, built by buildah; a lone string means the same",
        "containerfile": "the Containerfile, from the project's root (default: Containerfile in the context)",
        "runtime": "`web` or `data`: podpipe's own code that the build sees as the folder podpipe/",
    },
)

CONTENT = Section(
    "content",
    "podpipe.yaml: content",
    {
        "folder": "a project folder, in the place of the claim `content`",
        "git": "a repository that the builder reaches without a key: https, http or git URL, or an absolute path",
        "branch": "its branch (main)",
    },
)

RELEASES = Section(
    "releases",
    "podpipe.yaml: releases",
    {
        "progressDeadlineSeconds": "how long a new container may take to be healthy (default: what its probe takes)",
        "minReadySeconds": "how long it must then stay healthy (5)",
        "revisionHistoryLimit": "how many earlier good releases of each image are kept for `podpipe rollback` (5)",
        "trial": "false: what stands in `sockets` is not tried beside the present container first (true)",
    },
)

TIMER = Section(
    "a timer",
    "podpipe.yaml: timers.CRONJOB",
    {"randomDelaySeconds": "so many seconds at most, always the same on one machine, it starts later than scheduled"},
)

VOLUME_FOLDER = Section("a volume", "podpipe.yaml: volumes.CLAIM", {"folder": "a folder of the project"})

DATA_SOURCE = Section(
    "a data source",
    "podpipe.yaml: data.NAME",
    {
        "csv": "a file in a `volumes` folder that the loading container mounts, or an http(s) URL",
        "json": "as `csv`",
        "key": "the column that is the table's primary key (default: none)",
        "table": "the table's name (default: NAME)",
        "title": "a title for people",
        "encoding": "the file's, where it is not UTF-8: windows-1252, latin-1 and so on",
        "separator": "`csv`: what stands between two cells (default: comma, semicolon, tab or bar, as the file has it)",
        "header": "`csv`: the line of the header (default: 1), or a list of the columns' names, if there is none",
        "rename": "`csv`: true gives columns without a name, or with another's, one (default: false, they are refused)",
        "numbers": "columns of numbers, however they are written: `2.50` (default: those that come back as they were)",
        "rows": "`json`: where the array of rows stands in an object, as `data.items`; `.`: the object is the one row",
    },
)

LIMITS = Section(
    "limits",
    "podpipe.yaml: limits",
    {
        "processes": "processes and threads (default: Podman's own limit)",
        "files": "open files and connections of one process (default: the machine's own limit)",
    },
)
