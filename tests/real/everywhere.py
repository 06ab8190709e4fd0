"""Quadlet files of every kind that each Podman from 3.0.1 on can do, and whose units can be started as they are.

Their images are made of `tiny_image` alone. What stands between braces is for `texts`.
"""

from __future__ import annotations

from pathlib import Path

MARK = "test-everywhere"  # in all names
# Where Podman makes no infra image itself (before 4.0), it takes this one and runs its /pause.
PAUSE = "k8s.gcr.io/pause:3.2"
WAIT = """sh -c 'trap "exit 0" TERM; sleep 1000 & wait'"""

FILES = {
    "plain.container": """\
[Container]
Image={image}
Exec={wait}
[Service]
Restart=always
""",
    "healthy.container": """\
[Container]
Image={image}
Exec=sh -c 'trap "exit 0" TERM; sleep 3; touch /tmp/ok; sleep 1000 & wait'
HealthCmd=ls /tmp/ok
HealthInterval=1s
Notify=healthy
""",
    "sick.container": """\
[Container]
Image={image}
Exec=sh -c 'sleep 3'
HealthCmd=ls /nowhere
HealthInterval=1s
Notify=healthy
""",
    "failing.container": """\
[Container]
Image={image}
Exec={wait}
HealthCmd=[ ! -e /tmp/sick ]
HealthInterval=1s
HealthRetries=2
HealthOnFailure=kill
[Service]
Restart=always
""",
    "once.container": """\
[Container]
Image={image}
Exec=echo it ran
[Service]
Type=oneshot
""",
    "built.container": """\
[Container]
Image={mark}-made.build
Exec={wait}
Pull=never
""",
    "door.container": """\
[Container]
Image={image}
Network=none
Volume=/usr:/usr:ro
Volume=/lib:/lib:ro
Volume={loader}:{loader}:ro
Volume={folder}/door.py:/door.py:ro
Exec=/usr/bin/python3 /door.py
StopSignal=SIGKILL
[Service]
Sockets={mark}-door.socket
SuccessExitStatus=SIGKILL 137
""",
    "duo.pod": """\
[Pod]
PodName={mark}
PublishPort=127.0.0.1:{port}:8080
StopTimeout=1
PodmanArgs=--infra-image={image} --infra-command "sleep 100000"
[Service]
SuccessExitStatus=15 137 143
""",
    "server.container": """\
[Container]
Image={image}
Pod={mark}-duo.pod
Exec=httpd -f -p 8080 -h /data
StopTimeout=1
User=1000
Volume={mark}-owned.volume:/data
[Service]
Restart=always
RestartSec=1
SuccessExitStatus=15 137 143
""",
    "writer.container": """\
[Container]
Image={image}
Pod={mark}-duo.pod
Exec=sh -c 'echo hello > /data/index.html; trap "exit 0" TERM; sleep 1000 & wait'
User=1000
Volume={mark}-owned.volume:/data
""",
    "owned.volume": "[Volume]\nVolumeName={mark}\nUser=1000\nGroup=1000\nLabel=a=b\n",
    "made.build": """\
[Build]
ImageTag=localhost/{mark}:1
SetWorkingDirectory=unit
File={folder}/Containerfile
Pull=never
""",
    "there.image": "[Image]\nImage={image}\nPolicy=missing\n",
    "pause.build": "[Build]\nImageTag={pause}\nSetWorkingDirectory=unit\nFile={folder}/Containerfile\n",
    "played.kube": """\
[Unit]
Requires={mark}-pause.build
After={mark}-pause.build
[Kube]
Yaml={folder}/pod.yaml
[Service]
TimeoutStopSec=60
""",
}
BESIDE = {
    "Containerfile": 'FROM {image}\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n',
    "pause": "#!/bin/sh\ntrap 'exit 0' TERM\nsleep 100000 &\nwait\n",
    "pod.yaml": """\
apiVersion: v1
kind: Pod
metadata:
  labels:
    name: another
  name: {mark}-played
spec:
  terminationGracePeriodSeconds: 1
  hostNetwork: true
  containers:
    - name: main
      image: {image}
      command: ["sh", "-c", 'trap "exit 0" TERM; sleep 1000 & wait']
""",
    "door.py": """\
import os, socket

assert os.environ["LISTEN_PID"] == str(os.getpid()) and os.environ["LISTEN_FDS"] == "1"
listening = socket.socket(fileno=3)
while True:
    visitor, _ = listening.accept()
    visitor.recv(1000)
    visitor.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\ncome in\\n")
    visitor.close()
""",
}
SOCKET = "[Socket]\nListenStream=127.0.0.1:{port}\n"


def texts(folder: Path, image: str = "localhost/tiny:1", port: int = 8080) -> dict[str, str]:
    """The files by their paths in a folder. Their units do not wait for the network, which a box may never see."""
    whole = {name: f"{text}[Quadlet]\nDefaultDependencies=false\n" for name, text in FILES.items()}
    return {f"{folder}/{MARK}-{name}": fill(text, folder, image, port) for name, text in whole.items()}


def write_beside(folder: Path, image: str) -> None:
    """What the files name, into the same folder."""
    for name, text in BESIDE.items():
        (folder / name).write_text(fill(text, folder, image))
    (folder / "pause").chmod(0o755)


def fill(text: str, folder: Path, image: str, port: int = 0) -> str:
    values = {"mark": MARK, "pause": PAUSE, "image": image, "folder": folder, "port": port, "wait": WAIT}
    values["loader"] = "/lib64" if Path("/lib64").exists() else "/lib/ld-linux-armhf.so.3"
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
