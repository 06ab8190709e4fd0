# shellcheck shell=bash
# What the other scripts have in common; source it. Nothing here writes to the project's folder, which may
# be read-only, and a second run of anything finds its work done.

project=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
export project

# The versions in which everything is installed from PyPI; `scripts/lock` renews them.
locked=$project/requirements.lock

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# The manual of a script is the comment at its top.
manual() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }
misuse() { say "${0##*/}: $*"; manual >&2; exit 2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this needs root, and there is no sudo: $*"
  sudo "$@"
}

# -- Packages ---------------------------------------------------------------------------------------------

# podman_packages SUITE: what rootless Podman and podpipe need on a Debian host of that suite.
podman_packages() {
  echo podman buildah skopeo crun slirp4netns fuse-overlayfs uidmap catatonit iptables dbus-user-session \
    mmdebstrap debian-archive-keyring git ca-certificates python3 python3-venv
  case $1 in
    bullseye) ;;
    bookworm) echo netavark aardvark-dns ;;
    *) echo netavark aardvark-dns nftables passt ;;
  esac
}

this_suite() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 install "$@"
}

# install_packages PACKAGE...: those that are not installed yet; asks for root only if there are any.
install_packages() {
  local package missing=() log
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing with apt: ${missing[*]}"
  # The first try fails where apt's lists are missing or stale.
  apt_install "${missing[@]}" >/dev/null 2>&1 && return
  log=$(as_root apt-get -qq update 2>&1) || say "$log"
  log=$(apt_install "${missing[@]}" 2>&1) || die "apt cannot install ${missing[*]}"$'\n'"$log"
}

# -- Rootless Podman --------------------------------------------------------------------------------------

# Both are for root alone on some machines; slirp4netns and fuse-overlayfs need them.
open_devices() {
  [ -e /dev/fuse ] || mknod /dev/fuse c 10 229
  [ -e /dev/net/tun ] || { install -d /dev/net && mknod /dev/net/tun c 10 200; }
  chmod 666 /dev/fuse /dev/net/tun
}

# in_own_cgroups SCRIPT ARGUMENT...: runs the bash SCRIPT with a pure cgroup v2, in a session and a mount namespace of its
# own. crun and systemd refuse the mix of v1 and v2 that machines without systemd often have.
in_own_cgroups() {
  setsid unshare --mount --propagation private bash -c "
    umount -R /sys/fs/cgroup 2>/dev/null
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
    $1" "${0##*/}" "${@:2}"
}

# prefer_overlay: Bookworm's Podman takes vfs for a new store of an ordinary user, which copies every layer whole. A store
# that is there stays what it is.
prefer_overlay() {
  local config=$HOME/.config/containers/storage.conf
  [ "$(this_suite)" = bookworm ] || return 0
  [ ! -e "$config" ] && [ ! -e /etc/containers/storage.conf ] && [ ! -e "$HOME/.local/share/containers/storage" ] ||
    return 0
  mkdir -p "${config%/*}"
  printf '[storage]\ndriver = "overlay"\n' >"$config"
}

# give_subids USER: a range of subordinate ids after all that are given away, if the user has none.
give_subids() {
  grep -qs "^$1:" /etc/subuid && return
  local first
  first=$(awk -F: 'BEGIN { first = 100000 } $2 + $3 > first { first = $2 + $3 } END { print first }' /etc/sub[ug]id)
  as_root usermod --add-subuids "$first-$((first + 65535))" --add-subgids "$first-$((first + 65535))" "$1"
}

# -- The virtual environment ------------------------------------------------------------------------------

# make_venv FOLDER FINGERPRINT PIP-ARGUMENT...: installs there what the arguments name, unless it was done with
# the same fingerprint, arguments and Python. Debian's own python3, whatever else is on the PATH.
make_venv() {
  local venv=$1 stamp
  shift
  stamp="$(/usr/bin/python3 -V) $*"
  mkdir -p "${venv%/*}"
  exec {lock}>"$venv.lock"
  flock "$lock"
  if [ "$(cat "$venv/podpipe-stamp" 2>/dev/null)" != "$stamp" ]; then
    say "Installing podpipe into $venv"
    rm -f "$venv/podpipe-stamp"
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || /usr/bin/python3 -m venv --clear "$venv"
    pip_install "$venv" --upgrade pip
    pip_install "$venv" "${@:2}"
    printf '%s\n' "$stamp" >"$venv/podpipe-stamp"
  fi
  exec {lock}>&-
}

# Wheels before sources: no machine of ours has a compiler. What builds them is locked too.
pip_install() {
  local venv=$1
  shift
  PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=$locked PIP_BUILD_CONSTRAINT=$locked "$venv/bin/python" -m pip install --quiet --prefer-binary "$@" >&2 ||
    die "pip cannot install ${*: -1} into $venv"
}

# fingerprint PATH...: of the contents of these files and folders of the project.
fingerprint() {
  (cd "$project" && find "$@" -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16)
}
