# shellcheck shell=bash
# What the other scripts have in common; source it. Nothing here touches the project folder, which may
# be read-only, and a second run of anything finds its work done.

project=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# The manual of a script is the comment at its top.
manual() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }
misuse() { say "${0##*/}: $*"; manual >&2; exit 2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 install "$@"
}

# install_packages PACKAGE...: those that are not installed yet; asks for root only if there are any.
install_packages() {
  local package missing=()
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing with apt: ${missing[*]}"
  # The first try fails where apt's lists are missing or stale.
  apt_install "${missing[@]}" >/dev/null 2>&1 && return
  as_root apt-get -qq update >&2 || say "Not all of apt's sources answer; going on with those that do"
  apt_install "${missing[@]}" >&2 || die "apt cannot install ${missing[*]}"
}
