#!/usr/bin/env bash
# Drives the page of the example in headless Chromium, against a sandbox: browser.sh [SCREENSHOT]
#
# Needs Node.js with npm. Chromium is installed from Debian's archive if it is missing, and the driver (playwright-core)
# in a temporary folder. Prints SKIPPED if that is not possible.
set -euo pipefail
PLAYWRIGHT=1.65.1 # the version of the driver
project=$(realpath "$(dirname "$0")/../../..")
screenshot=$(realpath -m "${1:-$project/docs/images/axum-page.png}")
cd "$project"

skip() {
    printf 'browser: SKIPPED, %s\n' "$1"
    exit 0
}

command -v npm >/dev/null || skip 'npm is missing'
if ! command -v chromium >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
        >/dev/null 2>&1 || skip 'chromium cannot be installed'
fi

folder=$(mktemp -d)
service=
cleanup() {
    [ -z "$service" ] || kill "$service" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" "playwright-core@$PLAYWRIGHT" >/dev/null 2>&1 ||
    skip 'playwright-core cannot be installed'

cargo build -q --locked --manifest-path crates/examples/Cargo.toml -p axum-example
crates/examples/target/debug/axum-example --sandbox --listen 127.0.0.1:0 >"$folder/log" &
service=$!
for _ in $(seq 100); do
    address=$(sed -n 's/.*listening on \(http:[^,]*\),.*/\1/p' "$folder/log")
    [ -z "$address" ] || break
    sleep 0.1
done
[ -n "$address" ] || { cat "$folder/log"; exit 1; }

cp crates/examples/axum/browser.mjs "$folder/"
mkdir -p "$(dirname "$screenshot")"
node "$folder/browser.mjs" "$address" "$(command -v chromium)" "$screenshot"
