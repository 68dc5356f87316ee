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
