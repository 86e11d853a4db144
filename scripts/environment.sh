# Sourced by the scripts here: where tools, engine and kubeconfig are, and how progress is told.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
AEGIS_CACHE=${AEGIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegis}
AEGIS_CLUSTER=${AEGIS_CLUSTER:-aegis}
AEGIS_PORT=${AEGIS_PORT:-8080}
AEGIS_PROFILE=${AEGIS_PROFILE:-dev}
case $AEGIS_PROFILE in dev) target=target/debug ;; *) target=target/$AEGIS_PROFILE ;; esac
export PATH=$PWD/$target:$AEGIS_CACHE/bin:$PATH
export KUBECACHEDIR=$AEGIS_CACHE/kube-cache
export KUBECONFIG=$AEGIS_CACHE/clusters/$AEGIS_CLUSTER/kubeconfig

# step TEXT: one line of progress with the seconds since the start.
step() { printf '\033[1m[%3ds]\033[0m %s\n' "$SECONDS" "$*" >&2; }

# fail TEXT: what went wrong and what to do, then the end.
fail() { printf '%s\n' "$*" >&2; exit 1; }

# registry_answers: whether kind's own node image could be pulled.
registry_answers() { [ "$(curl -sS -o /dev/null -w '%{http_code}' --max-time 3 https://registry-1.docker.io/v2/ 2>/dev/null)" = 401 ]; }
