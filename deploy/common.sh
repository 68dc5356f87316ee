# What the scripts share. Sourced, from the repository's top.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Everything temporary goes in here (SwiftPM, too, leaves things behind), and is gone when the script ends, however it
# ends.
SCRATCH=$(mktemp -d)
export TMPDIR=$SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# A Swift that can build the package, or a sentence that says how to get one.
require_swift() {
    command -v swift >/dev/null 2>&1 ||
        fail "Swift is not installed. Install Swift 6.2 or newer (https://www.swift.org/install/linux/debian/) and put its usr/bin on PATH."
    local version
    version=$(swift --version 2>/dev/null </dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || fail "'swift --version' does not say a version: is the installation whole?"
    [ "$(printf '6.2\n%s\n' "$version" | sort -V | head -n 1)" = 6.2 ] ||
        fail "Swift $version is too old: this package needs Swift 6.2 or newer (https://www.swift.org/install/linux/debian/)."
}

# Installs those of the named Debian packages that are missing.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        fail "these packages are missing, and there is no apt-get to install them: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "these packages are missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${missing[*]} …"
    local log=$SCRATCH/apt.log
    # No service of a package is to start, and take a port, just because it was installed; and what is typed into the
    # script is not for apt-get.
    if ! "${as_root[@]}" apt-get update -qq </dev/null >"$log" 2>&1 ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install: ${missing[*]}"
    fi
}

# What building needs, and what running and testing needs besides.
# shellcheck disable=SC2034  # the scripts use them
BUILD_PACKAGES=(libnats-dev libcurl4-openssl-dev libmicrohttpd-dev libedit-dev pkg-config)
# shellcheck disable=SC2034
RUN_PACKAGES=(nats-server)

# Not in Package.swift: a package with such flags could not be another one's dependency.
RELEASE_FLAGS=(--static-swift-stdlib -Xswiftc -cross-module-optimization)

# A release build, as it is installed: it needs no Swift where it runs, and is optimised across modules. Its output is shown
# only if it fails.
build_release() {
    say "Building (the first time takes a few minutes) …"
    local log=$SCRATCH/build.log
    swift build -c release --product rosey-llm "${RELEASE_FLAGS[@]}" </dev/null >"$log" 2>&1 && return
    grep -E 'error|warning' "$log" >&2 || tail -n 40 "$log" >&2
    fail "the build failed"
}

# Starts a private nats-server with JetStream on a free port of loopback, in the folder $1; sets NATS_PID and NATS_URL.
# In a session of its own: a Ctrl-C is for the script, which ends it in its turn.
start_nats() {
    local folder=$1 file
    mkdir -p "$folder/jetstream"
    setsid nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$folder" -js -sd "$folder/jetstream" \
        </dev/null >"$folder/nats.log" 2>&1 &
    NATS_PID=$!
    for _ in {1..200}; do
        file=$(find "$folder" -maxdepth 1 -name '*.ports' | head -n 1)
        if [ -n "$file" ]; then
            NATS_URL=$(grep -o 'nats://[0-9.:]*' "$file" | head -n 1) || true
            [ -z "$NATS_URL" ] || return 0
        fi
        kill -0 "$NATS_PID" 2>/dev/null || break
        sleep 0.05
    done
    tail -n 5 "$folder/nats.log" >&2
    fail "nats-server did not start"
}
