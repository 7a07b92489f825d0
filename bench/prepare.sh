# What every load of run.sh and profile.sh needs: a release, a folder of its own in `work`, tokens, and an end without remains.
# Sourced from the project's folder.

hold_streams=${HOLD_STREAMS:-8000}
work=$(mktemp -d)
# shellcheck source=bench/gateway.sh
. bench/gateway.sh
# shellcheck source=bench/peers.sh
. bench/peers.sh
# shellcheck source=bench/scenarios.sh
. bench/scenarios.sh

finish() {
    close_door
    stop_gateway
    stop_peer
    rm -rf "$work"
}
trap finish EXIT

echo 'bench: building a release'
swift build -c release --product sluice
ulimit -n "$(ulimit -Hn)"
python3 bench/tokens.py certs/dev/keys.json 2000 >"$work/readers"
backend=$(python3 bench/tokens.py certs/dev/keys.json backend)
