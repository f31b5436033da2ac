#!/usr/bin/env bash
# Runs a command with DATABASE_URL set to a new PostgreSQL server, which is removed afterwards.
# Usage: postgres.sh COMMAND…
# Installs Debian's package if the server is missing and this is root. Exits with 77 if there is none.
set -euo pipefail

server_programs() {
    local bin
    for bin in /usr/lib/postgresql/*/bin; do
        [[ -x $bin/initdb ]] && printf '%s\n' "$bin" && return
    done
    return 1
}

if ! bin=$(server_programs); then
    if [[ $(id -u) == 0 ]] && { apt-get update -qq && apt-get install -y -qq postgresql; } >&2; then
        bin=$(server_programs)
    else
        printf 'no PostgreSQL server is installed\n' >&2
        exit 77
    fi
fi

directory=$(mktemp -d)
# The server refuses to run as root.
as_server=()
if [[ $(id -u) == 0 ]]; then
    chown postgres "$directory"
    as_server=(runuser -u postgres --)
fi
stop() {
    "${as_server[@]}" "$bin/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$directory"
}
trap stop EXIT

cd "$directory"
"${as_server[@]}" "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 >log 2>&1 ||
    { cat log >&2; exit 1; }
# It listens on a socket in the directory and on no port. The settings are the defaults: commits are synced to the disk.
"${as_server[@]}" "$bin/pg_ctl" -D data -w -l "$directory/data/log" \
    -o "-k $directory -c listen_addresses=''" start >/dev/null ||
    { cat data/log >&2; exit 1; }
cd "$OLDPWD"
DATABASE_URL="postgres://postgres@localhost/postgres?host=$directory" "$@"
