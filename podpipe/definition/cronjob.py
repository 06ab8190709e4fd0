"""The manifest of a CronJob."""

from __future__ import annotations

from podpipe.definition.cron import parse_schedule
from podpipe.definition.pod import read_containers
from podpipe.definition.reader import Fields, Value
from podpipe.definition.scope import Scope
from podpipe.definition.specs import CronJob, Pod
from podpipe.definition.subset.cronjobs import CRON_JOB_SPEC, JOB_POD, JOB_SPEC, JOB_TEMPLATE
from podpipe.definition.subset.pods import JOB_POD_SPEC

LONGEST_NAME = 52  # Kubernetes adds eleven characters for each run


def read_cron_job(manifest: Fields, name: str, scope: Scope) -> CronJob | None:
    """A manifest of kind CronJob."""
    spec = manifest.fields("spec", CRON_JOB_SPEC, required=True)
    template = _read_template(spec, name, scope) if spec else None
    if spec is None or template is None:
        return None
    deadline = spec.get("startingDeadlineSeconds")
    return CronJob(
        name=name,
        schedule=_read_schedule(spec.get("schedule", required=True)),
        template=template,
        place=manifest.place,
        time_zone=_read_time_zone(spec.get("timeZone")),
        suspend=spec.boolean("suspend"),
        concurrency_policy=spec.choice("concurrencyPolicy", ["Allow", "Forbid", "Replace"], "Allow"),
        starting_deadline=deadline.integer() if deadline else None,
        successful_history=spec.integer("successfulJobsHistoryLimit", 3),
        failed_history=spec.integer("failedJobsHistoryLimit", 1),
    )


def _read_template(spec: Fields, name: str, scope: Scope) -> Pod | None:
    fields: Fields | None = spec
    for key, section in (
        ("jobTemplate", JOB_TEMPLATE),
        ("spec", JOB_SPEC),
        ("template", JOB_POD),
        ("spec", JOB_POD_SPEC),
    ):
        fields = fields.fields(key, section, required=True) if fields else None
    return _read_pod(fields, name, scope) if fields else None


def _read_pod(spec: Fields, name: str, scope: Scope) -> Pod:
    _check_restart_policy(spec.get("restartPolicy", required=True))
    containers, volumes = read_containers(spec, name, scope)
    value = spec.get("containers")
    if value and len(containers) > 1:
        value.refuse("a CronJob has one container here", "write a CronJob for each")
    for container in value.items() if value else []:
        for key, place in container.entries():
            if key.string() == "ports":
                place.refuse("a CronJob publishes no ports", "remove it")
    return Pod(name, containers, spec.place, volumes, "Never", spec.integer("terminationGracePeriodSeconds", 30))


def _check_restart_policy(value: Value | None) -> None:
    if value and value.is_word() and value.string() == "OnFailure":
        value.refuse("podpipe does not support OnFailure here", "write Never: a failed run waits for its next time")
    elif value:
        value.choice(["Never"])


def _read_schedule(value: Value | None) -> str:
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    try:
        return " ".join(parse_schedule(text))
    except ValueError as error:
        value.refuse(str(error), 'write minute, hour, day, month and day of the week: "15 6 * * *"')
        return ""


def _read_time_zone(value: Value | None) -> str:
    text = value.string() if value else None
    if value is None or text is None:
        return ""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        value.refuse(f"this machine knows no time zone `{text[:80]}`", "write one such as Europe/Berlin or Etc/UTC")
    return text
