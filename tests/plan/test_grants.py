"""What `plan` says that a stranger's files would get."""

from __future__ import annotations

from pathlib import Path

from podpipe.definition.load import load_definition
from podpipe.plan import Plan
from podpipe.plan.grants import plan_grants

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: server
      image: localhost/server:latest
      ports:
        - {containerPort: 80, hostPort: 8080}
        - {containerPort: 81, hostPort: 8081, hostIP: 127.0.0.1}
      securityContext: {capabilities: {add: [NET_ADMIN]}}
      volumeMounts:
        - {name: etc, mountPath: /x, readOnly: true}
        - {name: etc, mountPath: /y}
        - {name: notes, mountPath: /notes, readOnly: true}
        - {name: key, mountPath: /key, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        - {name: own, mountPath: /own}
    - name: other
      image: localhost/server:latest
  volumes:
    - {name: etc, hostPath: {path: /etc}}
    - {name: notes, persistentVolumeClaim: {claimName: notes}}
    - {name: own, persistentVolumeClaim: {claimName: own}}
    - {name: key, secret: {secretName: token}}
    - {name: tmp, emptyDir: {}}
"""
CLAIM = """\
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: {}}}
spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}
"""


def test_what_containers_get_of_the_machine_is_listed(tmp_path: Path) -> None:
    for folder in ("pods", "notes"):
        (tmp_path / folder).mkdir()
    (tmp_path / "podpipe.yaml").write_text(
        "name: strange\nimages:\n  server: {debian: bookworm}\nvolumes:\n  notes: {folder: notes}\n"
    )
    (tmp_path / "pods/web.yaml").write_text(MANIFEST + CLAIM.format("notes") + CLAIM.format("own"))
    definition = load_definition(tmp_path)
    grants = plan_grants(definition)
    assert [str(each) for each in grants] == [
        "allow    path      /etc to web/server, it can write there",
        f"allow    path      {tmp_path}/notes to web/server, it can read there",
        "allow    secret    token to web/server",
        "allow    capability NET_ADMIN to web/server",
        "allow    port      8080/tcp to web/server, from every address",
    ]
    assert grants[0].as_json()["written"] and not grants[1].as_json()["written"]
    assert not Plan(grants).changes
    assert plan_grants(definition, ["other"]) == ()
