#!/bin/bash
# Starts nats-servers on this machine, runs the bench of the log on JetStream against them, and ends them.
# SERVERS is 1 or 3, SYNC is nats-server's sync_interval ("always", or nothing for its default of two minutes). With
# ONLY=publish nothing is replayed; IN_FLIGHT is how many publishes are under way at a time (256). With LEADER=far
# another server leads the streams than the one that is asked.
set -euo pipefail
cd "$(dirname "$0")/.."

servers=${SERVERS:-1}
sync=${SYNC:-}
program=${NATS_SERVER:-.venv/bin/nats-server}
bench=$(swift build -c release --show-bin-path)/JetStreamBench
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

urls= routes= processes=
for number in $(seq "$servers"); do
    urls+=${urls:+,}nats://127.0.0.1:$((21000 + number))
    routes+=${routes:+, }\"nats://127.0.0.1:$((22000 + number))\"
done
for number in $(seq "$servers"); do
    {
        echo "server_name: n$number"
        echo "listen: 127.0.0.1:$((21000 + number))"
        echo "jetstream { store_dir: \"$folder/$number\"${sync:+, sync_interval: $sync} }"
        [ "$servers" = 1 ] || echo "cluster { name: c, listen: 127.0.0.1:$((22000 + number)), routes: [$routes] }"
    } > "$folder/$number.conf"
    "$program" --config "$folder/$number.conf" > "$folder/$number.log" 2>&1 &
    processes+=${processes:+,}$!
done
for number in $(seq "$servers"); do
    until grep -q 'Server is ready' "$folder/$number.log"; do sleep 0.1; done
done
# Until one of them leads, nobody makes streams.
[ "$servers" = 1 ] || until grep -q 'metadata leader' "$folder"/*.log; do sleep 0.1; done
"$program" --version
"$bench" "$urls" "$processes" "$servers" ${ONLY:+"$ONLY"}
