"""Quadlet files of every kind, with the keys that Podman 5.4's own generator knows."""

from __future__ import annotations

QUADLETS = {
    "web.container": """\
# Most keys that take a word
[Unit]
Description=Web 100%% "quoted"
After=network-online.target
[Container]
Image=localhost/web:1
ContainerName=web-%l
AddCapability=CAP_CHOWN net_admin
AddDevice=-/dev/nowhere
AddDevice=/dev/null:/dev/nothing:r
AddHost=db:10.0.0.1
Annotation=a.b=1 "c d=e f"
AutoUpdate=registry
CgroupsMode=no-conmon
ContainersConfModule=/etc/containers/one.conf
DNS=9.9.9.9
DNSOption=ndots:1
DNSSearch=example.org
DropCapability=ALL
Entrypoint=/entry
Environment=A=1 "B=2 3" C
Environment=A=2
EnvironmentFile=./env
EnvironmentFile=%h/env
EnvironmentHost=yes
ExposeHostPort=8000-8010/udp
GlobalArgs=--log-level debug
GroupAdd=keep-groups
HealthCmd=curl -f http://127.0.0.1/ || exit 1
HealthInterval=30s
HealthLogDestination=/var/log
HealthMaxLogCount=3
HealthMaxLogSize=100
HealthOnFailure=kill
HealthRetries=3
HealthStartPeriod=1m
HealthStartupCmd=true
HealthStartupInterval=1s
HealthStartupRetries=2
HealthStartupSuccess=1
HealthStartupTimeout=3s
HealthTimeout=5s
HostName=web
IP=10.0.0.2
IP6=fd00::2
Label=x=1 "y=a \\"b\\""
LogDriver=journald
LogOpt=tag=web
Mask=/proc/a:/proc/b
Mount=type=tmpfs,destination=/m
Mount=type=bind,source=./here,destination=/here,ro
Mount=type=volume,source=data.volume,destination=/data
NetworkAlias=www
NoNewPrivileges=true
Notify=healthy
PidsLimit=100
PodmanArgs=--cpus 2 "--memory=1 g"
PublishPort=127.0.0.1:8080:80
Pull=never
ReadOnly=true
ReadOnlyTmpfs=no
Rootfs=
RunInit=yes
SeccompProfile=/etc/seccomp.json
Secret=key,type=env
SecurityLabelFileType=f
SecurityLabelLevel=s0
SecurityLabelNested=yes
SecurityLabelType=t
ShmSize=64m
StopSignal=INT
StopTimeout=20
SubGIDMap=web
SubUIDMap=web
Sysctl=net.core.somaxconn=1024 a.b=1
Timezone=local
Tmpfs=/tmp:size=10m
Ulimit=nofile=1:2
Unmask=ALL
User=1000
Group=100
Volume=./files:/files:Z
Volume=data.volume:/var/data
Volume=%t/run:/run/x
Volume=/anonymous
WorkingDir=/srv
Exec=serve --port 80 \\
  "two words" 'it is' \\x41 $HOME %n
[Service]
Restart=always
TimeoutStartSec=900
[Install]
WantedBy=default.target
Alias=www.service
""",
    "member.container": """\
[Container]
Image=app.build
Pod=site.pod
StartWithPod=yes
UserNS=keep-id
SecurityLabelDisable=true
[Service]
SyslogIdentifier=member
""",
    "once.container": """\
[Container]
Rootfs=/var/lib/rootfs
Pod=site.pod
StartWithPod=no
UIDMap=0:1000:1
GIDMap=0:1000:1
Network=host
[Service]
Type=oneshot
[Quadlet]
DefaultDependencies=false
""",
    "worker@.container": """\
[Container]
Image=base.image
Network=inner.network:ip=10.89.9.9
Environment=I=%i
[Install]
DefaultInstance=one
WantedBy=default.target
""",
    "worker@.container.d/10-more.conf": "[Container]\nLabel=dropin=yes\n",
    "plain.container": "[Container]\nImage=localhost/plain\nRemapUsers=auto\nRemapUidSize=1000\nVolatileTmp=yes\n",
    "site.pod": """\
[Pod]
PodName=the-site
AddHost=db:10.0.0.1
DNS=9.9.9.9
DNSOption=ndots:1
DNSSearch=example.org
GIDMap=0:1000:1
UIDMap=0:1000:1
Network=inner.network
NetworkAlias=www
IP=10.89.9.2
PodmanArgs=--cpus 2
PublishPort=8080:80
ShmSize=64m
Volume=data.volume:/data
[Service]
Restart=always
[Install]
WantedBy=default.target
""",
    "bare.pod": "[Pod]\n",
    "data.volume": """\
[Volume]
VolumeName=the-data
Device=/dev/disk
Type=bind
Options=rw,noatime
User=1000
Group=0x10
Copy=no
Label=a=1
PodmanArgs=--driver local
GlobalArgs=--log-level=debug
""",
    "base.volume": "[Volume]\nDriver=image\nImage=base.image\n",
    "inner.network": """\
[Network]
Subnet=10.89.9.0/24
Gateway=10.89.9.1
IPRange=10.89.9.128/25
DNS=9.9.9.9
DisableDNS=no
Driver=bridge
Internal=yes
IPv6=false
IPAMDriver=host-local
Options=mtu=1400 isolate=true
Label=a=1
""",
    "base.image": """\
[Image]
Image=quay.io/example/base:1
ImageTag=localhost/base:1
AllTags=no
Arch=arm
AuthFile=/etc/auth.json
CertDir=/etc/certs
Creds=me:secret
DecryptionKey=/etc/key
OS=linux
TLSVerify=false
Variant=v7
""",
    "app.build": """\
[Build]
ImageTag=localhost/app:1
ImageTag=localhost/app:latest
File=./Containerfile
SetWorkingDirectory=unit
Annotation=a=1
Arch=arm
AuthFile=/etc/auth.json
DNS=9.9.9.9
Environment=A=1
ForceRM=no
GroupAdd=users
Label=b=2
Network=host
Pull=never
Secret=id=x,src=/x
Target=final
TLSVerify=yes
Variant=v7
Volume=/var/cache:/cache
""",
    "stack.kube": """\
[Kube]
Yaml=./stack.yaml
AutoUpdate=registry web/local
ConfigMap=config.yaml
ExitCodePropagation=all
KubeDownForce=yes
LogDriver=journald
LogOpt=tag=stack
Network=inner.network
PodmanArgs=--quiet
PublishPort=8443:443
SetWorkingDirectory=yaml
UserNS=keep-id
[Install]
WantedBy=default.target
""",
}
