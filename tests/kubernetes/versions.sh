# Versions, addresses and places shared by the scripts of this folder. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # the scripts that source this file use the names

KUBERNETES_VERSION=v1.37.2
# What kubeadm $KUBERNETES_VERSION expects: `kubeadm config images list`.
ETCD_IMAGE_VERSION=3.7.0-0
COREDNS_VERSION=v1.14.6
PAUSE_VERSION=3.10.2

CRICTL_VERSION=v1.36.0
KIND_VERSION=v0.33.0
HELM_VERSION=v4.3.1
METRICS_SERVER_VERSION=v0.9.0
LOCAL_PATH_VERSION=v0.0.30
# Definitions of kinds that a cluster may lack.
GATEWAY_API_VERSION=v1.6.3
ENVOY_GATEWAY_VERSION=v1.9.1
CONTOUR_VERSION=v1.33.8
PROMETHEUS_OPERATOR_VERSION=v0.85.0

# Debian 12: its systemd (252) is the last that still accepts a cgroup v1 host.
DEBIAN_SUITE=bookworm

# Addresses of a Docker engine that we start: builds on the first, kind's nodes on the second.
DOCKER_BRIDGE_ADDRESS=10.250.0.1/24
KIND_SUBNET=10.251.0.0/24
OTHER_NETWORKS=10.252.0.0/16
# What kubeadm gives to services and the node image to pods.
SERVICE_SUBNET=10.96.0.0/16
POD_SUBNET=10.244.0.0/16

FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${AEGIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegis}
RUN=${AEGIS_RUN:-/run/aegis}
NODE_IMAGE=aegis.local/node

# What dockerd writes outside its folders and takes no other place for.
MADE=(/etc/docker/key.json /etc/docker /opt/containerd/bin /opt/containerd/lib /opt/containerd /run/xtables.lock)

# Debian keeps iptables and dockerd where an ordinary PATH does not look.
export PATH=$CACHE/bin:$PATH:/usr/sbin:/sbin

# say WORDS: a line of progress, on stderr so that stdout stays for results.
say() { echo "${0##*/}: $*" >&2; }

# stop WHAT WHY CURE: the one shape of a failure.
stop() {
  printf '%s: %s\n  why: %s\n  do:  %s\n' "${0##*/}" "$1" "$2" "$3" >&2
  exit 1
}

# key FILE...: twelve digits that change with the files' content.
key() { cat "$@" | sha256sum | cut -c1-12; }

# The engine that `docker up` starts, and its pid while it runs.
SOCKET=unix://$RUN/docker.sock
daemon() {
  [[ -f $RUN/pid ]] && tr '\0' '\n' 2>/dev/null <"/proc/$(<"$RUN/pid")/cmdline" | grep -qxF "$SOCKET" && cat "$RUN/pid"
}

links() { ip -brief link | sed 's/[@ ].*//'; }

# runs PID: a process that has ended may stay in the table until its parent looks.
runs() { [[ -e /proc/$1/stat && $(sed -E 's/.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null) != [ZX] ]]; }

# end PID: asks, waits, insists after ten seconds.
end() {
  local tries=0
  kill "$1" 2>/dev/null || true
  while runs "$1"; do
    ((++tries != 200)) || kill -KILL "$1" 2>/dev/null || true
    sleep 0.05
  done
}
