# What the benchmarks share. Sourced after deploy/common.sh, from the repository's top.
# shellcheck shell=bash

# The processes to end.
started=()
finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$SCRATCH"
}
trap finish EXIT

free_port() {
    local port=$((20000 + RANDOM % 12000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    printf '%s' "$port"
}

# Of the process PID: its end, its CPU time in ticks, a line of its memory in MiB.
stop() { kill "$PID"; wait "$PID" 2>/dev/null || true; }
ticks() { awk '{print $14 + $15}' "/proc/$PID/stat"; }
memory() { awk -v key="$1:" '$1 == key {printf "%.1f", $2 / 1024}' "/proc/$PID/status"; }

# each TICKS COUNT UNITS: CPU time for one of COUNT, in UNITS to the second.
each() { awk -v t="$1" -v n="$2" -v u="$3" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.2g\n", t * u / hz / n}'; }
# The numbers of a field in JSON, and which of several counts.
field() { grep -o "\"$1\":[0-9.]*" | cut -d: -f2; }
median() { sort -n | sed -n 2p; }
least() { sort -n | head -n 1; }
most() { sort -n | tail -n 1; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

# Starts the provider that answers at once, and under /slow after 200 ms; sets PROVIDER to its address.
start_provider() {
    local port process
    port=$(free_port)
    mkdir "$SCRATCH/nginx"
    sed "s/127.0.0.1:18080/127.0.0.1:$port/" deploy/bench/provider-nginx.conf >"$SCRATCH/nginx.conf"
    nginx -p "$SCRATCH/nginx" -c "$SCRATCH/nginx.conf" 2>/dev/null || fail "nginx did not start: $(nginx -t -p "$SCRATCH/nginx" -c "$SCRATCH/nginx.conf" 2>&1)"
    # It goes into the background, and is there before its file says which process it is.
    until process=$(cat "$SCRATCH/nginx/nginx.pid" 2>/dev/null) && [ -n "$process" ]; do sleep 0.05; done
    started+=("$process")
    # shellcheck disable=SC2034  # the scripts use it
    PROVIDER=http://127.0.0.1:$port
}

# config.json, with conversations not kept: as the floor keeps nothing, so does the service beside it.
without_state() {
    sed '/^ *"state": *{/,/}/s/"enabled": *true/"enabled": false/' config.json >"$SCRATCH/config.json"
    [ "$(diff config.json "$SCRATCH/config.json" | grep -c '^>')" = 1 ] || fail "config.json is not as it was: where is state.enabled?"
}

# Reads the service's log until it says that it is ready.
await_ready() {
    local line last=
    while read -r line; do
        case $line in *' info Ready '*) return 0 ;; esac
        last=$line
    done
    fail "the service did not start; its last line: $last"
}
