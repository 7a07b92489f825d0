# Starts and stops the gateway under test; sourced by the benchmarks, which set `work`, a folder of their own, and build first.
# The server has one core and the load generator the other: unpinned, the scheduler often puts both on one.

port=${PORT:-18443}
admin_port=${ADMIN_PORT:-18444}
sluice=$PWD/.build/release/sluice
# What serves: another one only where versions are compared (versions.sh). `sluice` is the load.
program=$sluice
gateway=

stop_gateway() {
    [ -n "$gateway" ] || return 0
    kill -TERM "$gateway" 2>/dev/null || true
    wait "$gateway" 2>/dev/null || true
    gateway=
}

# start_gateway FLAG…
start_gateway() {
    taskset -c "${SERVER_CORES:-0}" "$program" serve --listen-address 127.0.0.1 --listen-port "$port" \
        --admin-port "$admin_port" --listen-event-loops "${EVENT_LOOPS:-1}" --tls-certificate certs/dev/server.pem \
        --tls-key certs/dev/server.key --auth-keys certs/dev/keys.json --limits-streams-per-user 100000 "$@" \
        >"$work/gateway.log" 2>&1 &
    gateway=$!
    for _ in $(seq 200); do
        curl -sf "http://127.0.0.1:$admin_port/readyz" >/dev/null && return 0
        kill -0 "$gateway" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/gateway.log" >&2
    echo 'bench: the gateway does not start' >&2
    exit 1
}
