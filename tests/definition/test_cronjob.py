"""The manifest of a CronJob."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition.folder import CRON_JOB, ProjectFolder


@pytest.fixture
def folder(project: ProjectFolder) -> ProjectFolder:
    project.write("pods/job.yaml", CRON_JOB)
    return project


def test_the_least_one(folder: ProjectFolder) -> None:
    (job,) = folder.definition.cron_jobs
    assert (job.name, job.schedule, job.concurrency_policy, job.suspend) == ("sync", "0 0 * * *", "Allow", False)
    assert (job.template.name, job.template.restart_policy) == ("sync", "Never")
    assert [container.name for container in job.template.containers] == ["sync"]


BECOMES = [
    ("suspend: true", "suspend", True),
    ("concurrencyPolicy: Forbid", "concurrency_policy", "Forbid"),
    ("startingDeadlineSeconds: 60", "starting_deadline", 60),
    ("successfulJobsHistoryLimit: 0", "successful_history", 0),
    ("failedJobsHistoryLimit: 7", "failed_history", 7),
]


@pytest.mark.parametrize(("snippet", "field", "value"), BECOMES)
def test_becomes(folder: ProjectFolder, snippet: str, field: str, value: Any) -> None:
    folder.add("pods/job.yaml", snippet, indent=2)
    assert getattr(folder.definition.cron_jobs[0], field) == value


def test_a_time_zone_is_checked(folder: ProjectFolder) -> None:
    folder.add("pods/job.yaml", "timeZone: ../../etc/passwd", indent=2)
    assert "12:13 spec.timeZone: this machine knows no time zone `../../etc/passwd`" in folder.problems[0]


CHANGES = [
    ('"@daily"', "1", '5:13 spec.schedule: a string is wanted, and this is a number | hint: quote it: "1"'),
    ('"@daily"', '"15 6 * *"', "5:13 spec.schedule: a schedule has five fields, and this has 4 | hint: write minute,"),
    ("restartPolicy: Never", "restartPolicy: OnFailure", "podpipe does not support OnFailure here | hint: write Never"),
    ("restartPolicy: Never", "restartPolicy: Always", "10:26 spec.jobTemplate.spec.template.spec.restartPolicy: `Alwa"),
    ("restartPolicy: Never", "hostname: a", "podpipe does not support `hostname` | hint: remove it: a job's host name"),
    ("localhost/base}", "localhost/base, ports: []}", "a CronJob publishes no ports | hint: remove it"),
    ("localhost/base}", "localhost/base}, {name: b, image: localhost/base}", "a CronJob has one container here"),
    ("name: sync}", "name: sync, labels: {}}", "podpipe does not support `labels`"),
    ("name: sync}\nspec", f"name: {'a' * 53}}}\nspec", "is not a name | hint: use lower-case letters, digits and `-`"),
    ("      template:", "      backoffLimit: 2\n      template:", "podpipe does not support `backoffLimit`"),
    ("batch/v1\n", "v1\n", "1:13 apiVersion: `v1` is not one of its values | hint: write one of: batch/v1"),
    ('  schedule: "@daily"\n', "", "5:3 spec: the key `schedule` is missing"),
]


@pytest.mark.parametrize(("before", "after", "problem"), CHANGES, ids=[after.strip()[:50] for _, after, _ in CHANGES])
def test_refused(folder: ProjectFolder, before: str, after: str, problem: str) -> None:
    assert before in CRON_JOB
    folder.write("pods/job.yaml", CRON_JOB.replace(before, after, 1))
    assert any(problem in each for each in folder.problems), folder.problems
