from __future__ import annotations

import pytest

from podpipe.errors import UsageError
from podpipe.render import with_bases
from tests.samples import definition, desired, job, pod, site_definition


def test_images_come_bases_first() -> None:
    assert [image.name for image in desired().images] == ["base", "nginx"]
    assert [image.name for image in with_bases(definition(), ["nginx"])] == ["base", "nginx"]


def test_only_what_the_chosen_pods_need() -> None:
    chosen = desired(chosen=("sync",))
    assert [workload.name for workload in chosen.workloads] == ["sync"]
    assert chosen.volumes == ()
    assert not chosen.whole


def test_names_that_nobody_has() -> None:
    with pytest.raises(UsageError, match="no pod or CronJob is called wbe"):
        desired(chosen=("wbe",))
    with pytest.raises(UsageError, match="no image is called ngnix"):
        with_bases(definition(), ["ngnix"])


def test_a_suspended_job_is_left_out() -> None:
    names = [workload.name for workload in desired(definition(pod(), cron_jobs=(job(suspend=True),))).workloads]
    assert names == ["web"]


def test_same_definition_same_requests() -> None:
    assert desired(site_definition()) == desired(site_definition())
