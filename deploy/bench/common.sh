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

# each TICKS COUNT: CPU time for one of COUNT, in µs, of three digits.
each() { awk -v t="$1" -v n="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN {print sprintf("%.3g", t * 1000000 / hz / n) + 0}'; }
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
    nginx -p "$SCRATCH/nginx" -c "$SCRATCH/nginx.conf" 2>"$SCRATCH/nginx.log" ||
        fail "nginx did not start: $(tail -n 1 "$SCRATCH/nginx.log")"
    # It goes into the background, and is there before its file says which process it is.
    until process=$(cat "$SCRATCH/nginx/nginx.pid" 2>/dev/null) && [ -n "$process" ]; do sleep 0.05; done
    started+=("$process")
    # shellcheck disable=SC2034  # the scripts use it
    PROVIDER=http://127.0.0.1:$port
}

# config.json, with conversations not kept: as the floor keeps nothing, so does the service beside it.
without_state() {
    sed '/^ *"state": *{/,/}/s/"enabled": *true/"enabled": false/' config.json >"$SCRATCH/config.json"
    [ "$(diff config.json "$SCRATCH/config.json" | grep -c '^>')" = 1 ] ||
        fail "config.json is not as it was: where is state.enabled?"
}

# launch COMMAND …: runs the service and waits until it is ready; sets PID, and TOOK to the milliseconds until then.
launch() {
    rm -f "$SCRATCH/log"
    mkfifo "$SCRATCH/log"
    local begin=$EPOCHREALTIME line=
    "$@" 2>"$SCRATCH/log" &
    PID=$!
    started+=("$PID")
    exec 4<"$SCRATCH/log"
    : >"$SCRATCH/service.log"
    until [[ $line == *' info Ready '* ]]; do
        read -r line <&4 || fail "the service did not start: $(tail -n 1 "$SCRATCH/service.log")"
        printf '%s\n' "$line" >>"$SCRATCH/service.log"
    done
    # shellcheck disable=SC2034  # the scripts use it
    TOOK=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.0f", (b - a) * 1000}')
    cat <&4 >>"$SCRATCH/service.log" & # as long as it runs
}
