#!/bin/bash
# Measures what "nothing lost" costs, with the gateway's own load generator: readers that stall beside readers that read, a
# thousand reconnects at once, and publishes that are safe on disk. Every event is accounted for: a run in which one was lost,
# doubled or out of order fails.
#
#   make bench-loss
#   SCENARIOS="durable" make bench-loss       of: durable stalled resume
#   LOG_FOLDER=/var/tmp make bench-loss       the disk that the log is on
#   SERVER_CORES=0,1 LOAD_CORES=0,1 EVENT_LOOPS=2 make bench-loss
#                                             the gateway on two cores, which it shares with the load; else one core each
set -euo pipefail
cd "$(dirname "$0")/.."

scenarios=${SCENARIOS:-"durable stalled resume"}
work=$(mktemp -d "${LOG_FOLDER:-${TMPDIR:-/tmp}}/sluice-bench.XXXXXX")
# shellcheck source=bench/gateway.sh
. bench/gateway.sh
trap 'stop_gateway; rm -rf "$work"' EXIT

echo 'bench: building a release'
swift build -c release --product sluice
ulimit -n "$(ulimit -Hn)"

# fresh_gateway FLAG…: on an empty log.
fresh_gateway() {
    stop_gateway
    rm -f "$work"/events.db*
    start_gateway --limits-request-body 16MiB "$@"
}

# load NAME OPTION…: one run, its report shown, its figures kept.
load() {
    local name=$1
    shift
    echo "bench: $name"
    taskset -c "${LOAD_CORES:-1}" "$sluice" bench --url "https://localhost:$port" --ca certs/dev/ca.pem --keys certs/dev/keys.json \
        --pid "$gateway" --json "$@" >"$work/report.json"
    python3 bench/row.py "$name" "$work/report.json" | tee -a "$work/rows"
}

for scenario in $scenarios; do
    case $scenario in
    durable)
        for batch in 1 100; do
            for log in memory normal full; do
                case $log in
                memory) fresh_gateway ;;
                *) fresh_gateway --log-kind sqlite --log-path "$work/events.db" --log-durability "$log" ;;
                esac
                load "durable: $log, 8 publishers, batches of $batch" --streams 8 --users 8 --publishers 8 --closed \
                    --batch "$batch" --duration 8s
            done
        done ;;
    stalled)
        fresh_gateway --log-retention-bytes 1GiB
        load 'stalled: none, 2000 readers' --streams 2000 --users 100 --events 20000 --rate 500 --payload 1000
        fresh_gateway --log-retention-bytes 1GiB
        load 'stalled: 200 beside 2000 readers' --streams 2000 --users 100 --events 20000 --rate 500 --payload 1000 \
            --stalled 200 ;;
    resume)
        # 200,000 events have to be held, and the last of 10,000 handshakes has to wait for the others.
        fresh_gateway --log-retention-bytes 1GiB --tls-handshake-timeout 60s
        load 'resume: 10000 streams, 20 events behind, 100 others' --streams 10000 --rate 50 --duration 5s \
            --resume 20 --steady 100 ;;
    *)
        echo "bench: no scenario $scenario" >&2
        exit 64 ;;
    esac
done
printf '\n| what | figures |\n|---|---|\n'
cat "$work/rows"
