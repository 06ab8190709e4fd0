"""The keys of a CronJob."""

from __future__ import annotations

from podpipe.definition.subset.section import CLUSTER, STATUS, Section

CRON_JOB = Section(
    "CronJob",
    "CronJob",
    {"apiVersion": "`batch/v1`", "kind": "`CronJob`", "metadata": "its name", "spec": "when and what"},
    STATUS,
)

CRON_JOB_SPEC = Section(
    "a CronJob's spec",
    "CronJob: spec",
    {
        "schedule": "cron's five fields, or `@daily` and its like",
        "timeZone": "a name such as `Europe/Berlin` (default: the machine's)",
        "suspend": "`true`: not now",
        "concurrencyPolicy": "`Allow` (default), `Forbid` or `Replace`",
        "startingDeadlineSeconds": "how late a missed run may still start",
        "successfulJobsHistoryLimit": "runs remembered (3)",
        "failedJobsHistoryLimit": "failed runs remembered (1)",
        "jobTemplate": "`spec: {template: {spec: ...}}` with the one container",
    },
)

JOB_TEMPLATE = Section(
    "jobTemplate",
    "CronJob: spec.jobTemplate",
    {"spec": "the job"},
    {"metadata": "remove it: the CronJob's own `metadata` names it"},
)

JOB_SPEC = Section(
    "a job's spec",
    "CronJob: spec.jobTemplate.spec",
    {"template": "the pod"},
    {
        "activeDeadlineSeconds": "use `timeout` in the container's command",
        "backoffLimit": "remove it: a run that failed waits for its next time",
        "backoffLimitPerIndex": "remove it: a run is one container",
        "completionMode": "remove it: a run is one container",
        "completions": "remove it: a run is one container",
        "manualSelector": CLUSTER,
        "maxFailedIndexes": "remove it: a run is one container",
        "parallelism": "remove it: a run is one container",
        "podFailurePolicy": "remove it: a run that failed waits for its next time",
        "podReplacementPolicy": CLUSTER,
        "selector": CLUSTER,
        "successPolicy": "remove it: a run is one container",
        "suspend": "set the CronJob's own `suspend`",
        "ttlSecondsAfterFinished": "set `successfulJobsHistoryLimit` and `failedJobsHistoryLimit`",
    },
)

JOB_POD = Section(
    "a job's template",
    "CronJob: spec.jobTemplate.spec.template",
    {"spec": "the container and its volumes"},
    {"metadata": "remove it: the CronJob's own `metadata` names it"},
)
