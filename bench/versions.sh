#!/bin/bash
# Measures two versions of the gateway in turn, so that what the machine does beside them falls on both, and says which
# difference is more than noise (versions.py). The load is this tree's.
#
#   FROM=v0.1.0 make bench-versions        this tree beside that git ref, whose program is built in .build/versions
#   OLD=… NEW=… make bench-versions        two programs
#   SCENARIOS="fan1 target8"               loads of scenarios.sh, those with a yardstick's need YARDSTICK
#   ROUNDS=5                               pairs of runs
#   SECS=4                                 of load in each run with a rate
set -euo pipefail
cd "$(dirname "$0")/.."

secs=${SECS:-4}
export SECS=$secs
scenarios=${SCENARIOS:-fan target batch}
[ -z "${YARDSTICK:-}" ] || scenarios=${SCENARIOS:-fan1 h2 target8 batch hold}
YARDSTICK=${YARDSTICK:-}
if [ -z "${OLD:-}" ]; then
    from=$(git rev-parse --verify --quiet "${FROM:-}^{commit}") || {
        echo 'bench: say FROM=a git ref to compare with; or OLD= and NEW=, two programs' >&2
        exit 64
    }
    tree=.build/versions/$from
    [ -d "$tree" ] || git worktree add --quiet --detach "$tree" "$from"
    swift build -c release --product sluice --package-path "$tree"
    OLD=$tree/.build/release/sluice
fi
# shellcheck source=bench/prepare.sh
. bench/prepare.sh
NEW=${NEW:-$sluice}
results=$work/results
mkdir "$results"

measure() { # VERSION PROGRAM SCENARIO
    program=$2
    echo "bench: $3, $1, round $round of ${ROUNDS:-5}" >&2
    target sluice "$3"
    load sluice "$3" >"$work/line" || true
    close_door
    stop_gateway
    # As one of the gateway's, so that what it loses counts.
    python3 bench/record.py "$3" "sluice-$1" "$work/line" "$results/$3.jsonl"
}

for round in $(seq "${ROUNDS:-5}"); do
    for scenario in $scenarios; do
        if [ $((round % 2)) = 1 ]; then
            measure old "$OLD" "$scenario"
            measure new "$NEW" "$scenario"
        else
            measure new "$NEW" "$scenario"
            measure old "$OLD" "$scenario"
        fi
    done
done
python3 bench/versions.py "$results"
