"""Quadlet files as people write them: what the fuzzer begins with."""

from __future__ import annotations

SEEDS = {
    "blog.container": """\
# A blog behind the reverse proxy
[Unit]
Description=Blog (%p)
After=blog-db.container
Requires=blog-db.container
StartLimitIntervalSec=120

[Container]
Image=docker.io/library/ghost:5-alpine
ContainerName=blog
Pod=site.pod
EnvironmentFile=%h/.config/blog/env
Environment=url=https://blog.example.org "mail__from='The Blog' <blog@example.org>" NODE_ENV=production
Secret=blog-password,type=env,target=database__connection__password
Volume=blog.volume:/var/lib/ghost/content:Z
Volume=./theme:/var/lib/ghost/content/themes/own:ro
Tmpfs=/tmp:size=64m,mode=1777
Label=traefik.enable=true
Label="traefik.http.routers.blog.rule=Host(`blog.example.org`) && PathPrefix(`/`)"
HealthCmd=wget -q -O - http://127.0.0.1:2368/ || exit 1
HealthInterval=30s
HealthOnFailure=kill
Notify=healthy
AutoUpdate=registry
ReadOnly=yes
DropCapability=all
AddCapability=CAP_CHOWN CAP_SETUID
NoNewPrivileges=true
PodmanArgs=--memory-swap 512m --cpus 1.5
Exec=node current/index.js \\
  # how much it says
  --log-level "info,warn" \\
  --title 'It''s $HOME, 100%% "mine"'

[Service]
Restart=always
TimeoutStartSec=900
ExecStartPre=/bin/sh -c 'test -d %h/blog || mkdir "%h/blog"'

[Install]
WantedBy=default.target multi-user.target
""",
    "blog-db.container": """\
[Container]
Image=db.build
Network=inner.network:ip=10.89.5.10
User=999
Group=999
UserNS=keep-id:uid=999,gid=999
Mount=type=volume,source=blog.volume,destination=/var/lib/mysql,"label=a,b"
Mount=type=tmpfs,destination=/run/mysqld,tmpfs-size=16m
Ulimit=nofile=65536:65536
ShmSize=256m
StopTimeout=70
Entrypoint=["/entry.sh", "mariadbd"]
LogDriver=journald
ReloadSignal=HUP
""",
    "site.pod": """\
[Unit]
Description=Site — öffentlich
[Pod]
PodName=site
PublishPort=127.0.0.1:8080:2368
PublishPort=[::1]:8080:2368/tcp
Network=inner.network
DNS=9.9.9.9
Label=io.example.note="semi;colon"
Volume=%t/site:/run/site
UserNS=auto:size=4096
[Quadlet]
DefaultDependencies=false
[Service]
Restart=on-failure
[Install]
WantedBy=default.target
""",
    "inner.network": """\
[Network]
Subnet=10.89.5.0/24
Gateway=10.89.5.1
IPRange=10.89.5.128/25
Internal=true
Options=isolate=true mtu=1400
Label=a=1 b=2
""",
    "blog.volume": """\
[Volume]
VolumeName=blog-content
Label=backup=daily
User=1000
Group=1000
""",
    "db.build": """\
[Build]
ImageTag=localhost/db:latest
ImageTag=localhost/db:%i
SetWorkingDirectory=unit
File=./Containerfile
BuildArg="WHO=me and you" VERSION=11
Secret=id=token,src=%h/.token
Pull=newer
""",
    "busybox.image": "[Image]\nImage=docker.io/library/busybox:musl\nTLSVerify=false\nArch=arm\nRetry=3\n",
    "stack.kube": """\
[Kube]
Yaml=stack.yaml other.yaml
ConfigMap=config.yaml
Network=inner.network
PublishPort=8443:443
AutoUpdate=web/registry local
LogOpt=tag=stack
UserNS=keep-id
KubeDownForce=yes
ExitCodePropagation=any
""",
    "worker@.container": """\
[Unit]
Description=Worker %i of %j
PartOf=site.pod
[Container]
Image=localhost/worker:%i
ContainerName=worker-%i
Environment=QUEUE=%I
AddDevice=-/dev/dri/renderD128
AddHost=db:10.89.5.10
Sysctl=net.ipv4.ip_unprivileged_port_start=80 net.core.somaxconn=1024
SecurityLabelDisable=true
Timezone=local
[Install]
DefaultInstance=1
WantedBy=site-pod.service
Alias=work@1.service
""",
    "model.artifact": "[Artifact]\nArtifact=quay.io/example/model:1\nQuiet=yes\n",
}
