"""A project's folder -> its definition, or every mistake in it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from podpipe.definition.documents import read_files
from podpipe.definition.manifests import Manifests, read_manifests
from podpipe.definition.ports import validate_ports
from podpipe.definition.problems import DefinitionError, sort_problems
from podpipe.definition.projectfile import ProjectFile, read_project_file
from podpipe.definition.settings import (
    Reader,
    find_readers,
    render_content_settings,
    render_data_settings,
    validate_data,
)
from podpipe.definition.specs import Claim, CronJob, Definition, Problem
from podpipe.definition.subset.project import PROJECT
from podpipe.definition.supervision import validate_supervision
from podpipe.definition.validate import validate_folders, validate_names, validate_units


def load_definition(root: Path) -> Definition:
    """The project in the folder `root`. Errors: DefinitionError, with every problem of every file."""
    definition, problems = _load(Path(os.path.realpath(root)))
    if definition is None or problems:
        raise DefinitionError(problems)
    return definition


def check_definition(root: Path) -> tuple[Problem, ...]:
    """Every problem of every file, by file and line; none: the definition can be loaded."""
    return sort_problems(_load(Path(os.path.realpath(root)))[1])


def _load(root: Path) -> tuple[Definition | None, list[Problem]]:
    """The definition, as far as it can be read, and what is wrong with it."""
    files = read_files(root)
    problems = files.problems
    fields = files.project.fields(PROJECT) if files.project else None
    project = read_project_file(fields, root) if fields else None
    references = project.references if project else None
    manifests, scope = read_manifests(files.manifests, references, complete=files.complete)
    problems += validate_names(manifests)
    problems += validate_ports(scope.ports)
    if project is None:
        return None, problems
    problems += validate_units(project, manifests)
    folders = {name: each.folder for name, each in project.folders.items()}
    readers = find_readers([*manifests.pods, *(job.template for job in manifests.cron_jobs)], folders)
    if files.complete:
        problems += validate_folders(project.folders, manifests)
        problems += validate_data(project.data, readers)
        problems += validate_supervision(project.supervision, manifests.pods, manifests.cron_jobs, manifests.claims)
    return _assemble(root, project, manifests, readers), problems


def _assemble(root: Path, project: ProjectFile, manifests: Manifests, readers: list[Reader]) -> Definition:
    return Definition(
        name=project.name,
        root=root,
        images=project.images,
        pods=tuple(manifests.pods),
        cron_jobs=tuple(_with_timer(job, project) for job in manifests.cron_jobs),
        claims=tuple(_with_folder(claim, project) for claim in manifests.claims),
        config_maps=(
            *manifests.config_maps,
            render_content_settings(project.content),
            render_data_settings(project.data, readers),
        ),
        content=project.content,
        data=project.data,
        infra=project.infra,
        sockets=project.supervision.sockets,
        watches=project.supervision.watches,
        branches=project.branches,
        releases=project.releases,
        limits=project.limits,
        repository=project.repository,
    )


def _with_folder(claim: Claim, project: ProjectFile) -> Claim:
    found = project.folders.get(claim.name)
    return replace(claim, folder=found.folder) if found else claim


def _with_timer(job: CronJob, project: ProjectFile) -> CronJob:
    found = project.supervision.timers.get(job.name)
    return replace(job, random_delay=found.random_delay) if found else job
