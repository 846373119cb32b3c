# Installing what a machine lacks; sourced by tests/run and examples/run.
# shellcheck shell=bash

# Debian starts a service when its package is installed, unless this file says no.
policy=/usr/sbin/policy-rc.d

# Installs the packages of the programs that are missing. $1 has a line for each program: its name, the Debian package
# that brings it, what it is for. A program that is there already is used as it is, wherever it came from. In place of a
# program there may be the whole path of another file.
install_missing() {
    local packages
    readarray -t packages < <(missing_packages "$1")
    if ((${#packages[@]})); then
        install_packages "${packages[@]}"
    fi
}

missing_packages() {
    local program package
    while read -r program package _; do
        # `type -P` and not `command -v`: `time` is also a word of the shell.
        [[ -z $program || ($program == /* && -e $program) ]] || type -P "$program" >/dev/null || printf '%s\n' "$package"
    done <<<"$1" | sort -u
}

install_packages() (
    install=(apt-get install --no-remove --no-install-recommends -y "$@")
    if ((EUID != 0)); then
        printf 'Missing packages: %s\nRun as root: %s\n' "$*" "${install[*]}" >&2
        exit 1
    fi
    printf 'Installing from Debian, services not started: %s\n' "$*"
    if [[ ! -e $policy ]]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    # A package list that is missing or too old is the usual reason for a failure, so it is fetched only then.
    "${install[@]}" || { apt-get update && "${install[@]}"; }
)

require_cargo() {
    if ! type -P cargo >/dev/null; then
        echo 'cargo is missing: install Rust from https://rustup.rs' >&2
        exit 1
    fi
}
