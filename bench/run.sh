#!/bin/bash
# Measures the release build beside its peers, on one machine in one run: only such figures can be compared. What came of each
# run is a JSON line in RESULTS; table.py makes a table of them. A run in which the gateway lost an event, doubled one or put
# one out of order fails.
#
#   make bench                                   the loads of `sluice bench`, two of them on nchan and a Go server too
#   YARDSTICK=../yardstick make bench             the folder of a built yardstick (sseload, floor, seedsrv)
#   YARDSTICK=… make bench-curves                 cost by streams, events, payload, topics and event loops
#   SCENARIOS="fan1 h2"                           some of them, see scenarios.sh
#   PEERS="floor sluice"                          beside these only
#   REPEAT=3                                      runs of each; the table shows medians, and ranges of ratios
#   SECS=8                                        of load in each run with a rate
#   RESULTS=bench/results                         where the lines go; a scenario's earlier ones are replaced
#   KEEP=1                                        or kept: the new ones are further runs of the same table
set -euo pipefail
cd "$(dirname "$0")/.."

repeat=${REPEAT:-1}
results=${RESULTS:-bench/results}
if [ -z "${YARDSTICK:-}" ]; then
    echo 'bench: without YARDSTICK, the folder of a built yardstick (sseload, floor, seedsrv), only the loads of `sluice bench` are run'
    YARDSTICK= SCENARIOS=${SCENARIOS:-fan target batch share storm}
elif [ ! -x "$YARDSTICK/sseload" ]; then
    echo "bench: $YARDSTICK/sseload is missing; build the yardstick first" >&2
    exit 1
fi
# shellcheck source=bench/prepare.sh
. bench/prepare.sh

mkdir -p "$results"
python3 bench/machine.py >"$results/machine.json"
scenarios=${SCENARIOS:-$table_scenarios}
[ "$scenarios" != curves ] || scenarios=$curve_scenarios
[ "$scenarios" != loops ] || scenarios=$loop_scenarios
[ -n "${KEEP:-}" ] || for scenario in $scenarios; do : >"$results/$scenario.jsonl"; done

# measure PEER SCENARIO: a fresh server, a load, a line.
measure() {
    target "$1" "$2"
    # The loads' own exit codes say what the line says too.
    load "$1" "$2" >"$work/line" || true
    close_door
    stop_gateway
    stop_peer
    python3 bench/record.py "$2" "$1" "$work/line" "$results/$2.jsonl" || failed+=" $2/$1"
}

failed=
for round in $(seq "$repeat"); do
    for scenario in $scenarios; do
        for peer in $(peers "$scenario"); do
            [[ " ${PEERS:-$peer} " == *" $peer "* ]] && has_peer "$peer" || continue
            echo "bench: $scenario, $peer, run $round of $repeat" >&2
            measure "$peer" "$scenario"
        done
    done
done
python3 bench/table.py "$results"
[ -z "$failed" ] || { echo "bench: not everything arrived as it should:$failed" >&2; exit 1; }
