#!/bin/bash
# Measures the release build under load. With YARDSTICK naming the folder of a built yardstick (programs `sseload` and
# `floor`, and `run-peer.sh`), beside a C server that does nothing but write: only figures of one run can be compared.
#
#   make bench
#   YARDSTICK=../yardstick make bench              all scenarios
#   YARDSTICK=../yardstick SCENARIOS=fanout make bench
#   REPEAT=3                                       runs per scenario; the table shows the median
set -euo pipefail
cd "$(dirname "$0")/.."

scenarios=${SCENARIOS:-"fanout targeted1 targeted8 hold"}
repeat=${REPEAT:-1}
streams=${HOLD_STREAMS:-8000}
work=$(mktemp -d)
# shellcheck source=bench/gateway.sh
. bench/gateway.sh

finish() {
    stop_gateway
    [ -z "${YARDSTICK:-}" ] || "$YARDSTICK/run-peer.sh" floor stop || true
    rm -rf "$work"
}
trap finish EXIT

echo 'bench: building a release'
swift build -c release --product sluice
if [ -z "${YARDSTICK:-}" ]; then
    echo 'bench: no load was measured: set YARDSTICK to the folder of a built yardstick (sseload, floor, run-peer.sh)'
    exit 0
fi
for program in sseload floor run-peer.sh; do
    [ -x "$YARDSTICK/$program" ] || { echo "bench: $YARDSTICK/$program is missing; build the yardstick first" >&2; exit 1; }
done
ulimit -n "$(ulimit -Hn)"

echo 'bench: issuing tokens for 2000 users'
for user in $(seq 0 1999); do
    printf 'Authorization: Bearer %s\n' "$("$sluice" token --keys certs/dev/keys.json --sub "$user" --ttl 6h)"
done >"$work/readers"
backend=$("$sluice" token --keys certs/dev/keys.json --sub backend --ttl 6h --publish 'user:*' --publish everyone)

# measure PEER SCENARIO: one JSON line on standard output.
measure() {
    local load=(taskset -c 1 "$YARDSTICK/sseload" --label "$1" --payload 150)
    local everyone user
    if [ "$1" = floor ]; then
        "$YARDSTICK/run-peer.sh" floor start >/dev/null
        taskset -acp 0 "$(cat "$YARDSTICK/run/floor.pids")" >/dev/null
        load+=(--port 7443 --pub-port 7080 --pid-file "$YARDSTICK/run/floor.pids" --path /sse/%d)
        everyone=(--pub-path /publish)
        user=(--pub-path /publish/%d)
    else
        start_gateway
        load+=(--port "$port" --pub-port "$port" --pub-tls --pids "$gateway" --path /v1/stream
            --header-file "$work/readers" --pub-path /v1/publish --pub-header "Authorization: Bearer $backend"
            --pub-header 'Content-Type: application/json')
        everyone=(--pub-body '{"to":{"everyone":true},"data":"%t %p"}')
        user=(--pub-body '{"to":{"user":"%d"},"data":"%t %p"}')
    fi
    case $2 in
    fanout) "${load[@]}" --mode fanout --streams 1000 --rate 20 --secs 5 "${everyone[@]}" ;;
    targeted1) "${load[@]}" --mode targeted --streams 2000 --secs 4 --pub-conns 1 "${user[@]}" ;;
    targeted8) "${load[@]}" --mode targeted --streams 2000 --secs 4 --pub-conns 8 "${user[@]}" ;;
    hold) "${load[@]}" --mode hold --streams "$streams" --idle 3 ;;
    *) echo "bench: unknown scenario $2" >&2; exit 2 ;;
    esac
    if [ "$1" = floor ]; then "$YARDSTICK/run-peer.sh" floor stop; else stop_gateway; fi
}

for round in $(seq "$repeat"); do
    for scenario in $scenarios; do
        for peer in floor sluice; do
            echo "bench: $scenario, $peer, run $round of $repeat" >&2
            measure "$peer" "$scenario" | tail -n 1 | sed "s/^{/{\"scenario\":\"$scenario\",/" | tee -a "$work/results"
        done
    done
done
echo
python3 bench/table.py "$work/results"
