#!/bin/bash
# Where the gateway's time goes, by samples of its process while a load of the yardstick's is on it:
#
#   YARDSTICK=../yardstick make bench-profile     deliveries over HTTP/1.1 and HTTP/2, publishes, handshakes
#
# What came of it is a file in RESULTS; `make bench-report` makes a table of it. Samples are the processor clock's, so that it works
# where a machine gives no counters.
set -euo pipefail
cd "$(dirname "$0")/.."

results=${RESULTS:-bench/results}
[ -x "${YARDSTICK:-}/sseload" ] || { echo 'bench: set YARDSTICK to the folder of a built yardstick' >&2; exit 1; }
# shellcheck source=bench/prepare.sh
. bench/prepare.sh

# profile SCENARIO: samples of the whole run, its streams' opening included where that is what is looked at.
profile() {
    echo "bench: profile of $1" >&2
    target sluice "$1"
    perf record --quiet --output "$work/$1.data" --freq 1999 --event cpu-clock --pid "$gateway" &
    local recorder=$!
    load sluice "$1" >/dev/null || true
    kill -INT "$recorder"
    wait "$recorder" || true
    close_door
    stop_gateway
    perf report --input "$work/$1.data" --no-children --sort dso,symbol --field-separator '|' --stdio 2>/dev/null >"$work/$1.txt"
}

secs=20
for scenario in fan1 h2 target8 hold; do profile "$scenario"; done
mkdir -p "$results"
python3 bench/sampling.py "$work" "$results/profile.json" fan1 h2 target8 hold
