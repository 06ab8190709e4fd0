"""The keys of a Pod."""

from __future__ import annotations

from podpipe.definition.subset.section import CLUSTER, STATUS, Section

POD = Section(
    "Pod",
    "Pod",
    {"apiVersion": "`v1`", "kind": "`Pod`", "metadata": "name and labels", "spec": "the containers and volumes"},
    STATUS,
)

_POD_SPEC_REFUSED = {
    "activeDeadlineSeconds": "remove it; `timeout` inside the container's command can end it",
    "affinity": CLUSTER,
    "automountServiceAccountToken": CLUSTER,
    "dnsConfig": "remove it: containers use the machine's own resolver",
    "dnsPolicy": "remove it: containers use the machine's own resolver",
    "enableServiceLinks": CLUSTER,
    "ephemeralContainers": "remove it: `podman exec` looks into a running container",
    "hostIPC": "remove it: a pod keeps its own IPC namespace",
    "hostNetwork": "publish single ports with `ports: [{containerPort: ..., hostPort: ...}]`",
    "hostPID": "remove it: a pod keeps its own processes",
    "hostUsers": "remove it: rootless Podman always maps users",
    "imagePullSecrets": "remove it: `podman login` keeps a registry's credentials",
    "initContainers": "do it in the image, or in the container's own command before its server starts",
    "nodeName": CLUSTER,
    "nodeSelector": CLUSTER,
    "os": "remove it: everything here is Linux",
    "overhead": CLUSTER,
    "preemptionPolicy": CLUSTER,
    "priority": CLUSTER,
    "priorityClassName": CLUSTER,
    "readinessGates": CLUSTER,
    "resourceClaims": CLUSTER,
    "resources": "set `resources.limits` at each container",
    "runtimeClassName": "remove it: containers.conf chooses Podman's runtime",
    "schedulerName": CLUSTER,
    "schedulingGates": CLUSTER,
    "serviceAccount": CLUSTER,
    "serviceAccountName": CLUSTER,
    "setHostnameAsFQDN": "write the name wanted as `hostname`",
    "shareProcessNamespace": "remove it: each container keeps its own processes",
    "subdomain": "remove it: there is no cluster DNS; `hostAliases` names other hosts",
    "tolerations": CLUSTER,
    "topologySpreadConstraints": CLUSTER,
}

POD_SPEC = Section(
    "a Pod's spec",
    "Pod: spec",
    {
        "containers": "the pod's containers, at least one",
        "volumes": "what its containers mount",
        "restartPolicy": "`Always` (default), `OnFailure` or `Never`: Podman's restart policy of each container",
        "terminationGracePeriodSeconds": "seconds between the stop signal and SIGKILL (30)",
        "hostname": "the pod's host name (default: its name)",
        "hostAliases": "lines of the containers' /etc/hosts",
        "securityContext": "defaults for each container's own",
    },
    _POD_SPEC_REFUSED,
)

JOB_POD_SPEC = Section(
    "a CronJob's pod spec",
    "CronJob: spec.jobTemplate.spec.template.spec",
    {
        "containers": "exactly one container, without `ports`",
        "volumes": "as a Pod's",
        "restartPolicy": "`Never`: a run that failed waits for its next time",
        "terminationGracePeriodSeconds": "as a Pod's",
        "securityContext": "as a Pod's",
    },
    {
        **_POD_SPEC_REFUSED,
        "hostAliases": "remove it: a job runs outside any pod",
        "hostname": "remove it: a job's host name is the CronJob's name",
    },
)

HOST_ALIAS = Section(
    "a host alias",
    "Pod: spec.hostAliases[]",
    {"ip": "an IPv4 or IPv6 address", "hostnames": "the names that stand for it"},
)
