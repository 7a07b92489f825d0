#!/usr/bin/env bash
# Makes the image of the Dockerfile, starts it as an unprivileged user on a read-only root, and has it do what an
# orchestrator does with it. `make dist-check` calls it. With a container engine the engine makes it and runs it; where
# none runs, image.py carries out the same steps in a folder.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

dist=${DIST:-dist}
work=$(realpath "${WORK:-.build}")/check
dockerfile=deploy/container/Dockerfile
# Two ports that nobody has.
read -r port admin < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))')
fail() {
    echo "image: FAILED: $*" >&2
    tail -20 "$work/container.log" >&2 || true
    stop_all
    exit 1
}
stop_all() { [ -z "${child:-}" ] || kill -KILL "$child" 2>/dev/null || true; }
trap 'fail "line $LINENO"' ERR

mkdir -p "$work"
certs/make-certs.sh --dir "$work/certs" >/dev/null
rm -rf "$work/config" && mkdir -p "$work/config" "$work/volume"
cp "$work/certs/server.pem" "$work/certs/server.key" "$work/certs/keys.json" "$work/config/"
printf '%s\n' "listen: {address: 127.0.0.1, port: $port}" 'shutdown: {drain: 0s}' \
    'tls: {certificate: /etc/sluice/server.pem, key: /etc/sluice/server.key}' 'auth: {keys: /etc/sluice/keys.json}' \
    'log: {kind: sqlite, path: /var/lib/sluice/events.db}' >"$work/config/sluice.yaml"
chown -R 10001:10001 "$work/config" "$work/volume"
chmod 700 "$work/volume"
variables=(SLUICE_ADMIN_ADDRESS=127.0.0.1 "SLUICE_ADMIN_PORT=$admin")

if docker info >/dev/null 2>&1; then
    docker build --quiet --file "$dockerfile" --tag sluice:check . >/dev/null
    docker run --detach --rm --name sluice-check --network host --read-only --cap-drop ALL \
        --security-opt no-new-privileges ${variables[@]/#/--env } --volume "$work/config:/etc/sluice:ro" \
        --volume "$work/volume:/var/lib/sluice" sluice:check >/dev/null
    docker logs --follow sluice-check >"$work/container.log" 2>&1 &
    child=$(docker inspect --format '{{.State.Pid}}' sluice-check)
    size=$(docker image inspect --format '{{.Size}}' sluice:check | numfmt --to=iec)
    how='by docker'
else
    deploy/package/debian-tree.sh "$work/debian-12-least"
    deploy/container/image.py build "$dockerfile" "$work/debian-12-least" "$work/image" "$dist" 2>"$work/image.log" ||
        { tail "$work/image.log" >&2; fail 'a step of the Dockerfile'; }
    env "${variables[@]}" deploy/container/image.py run "$work/image" --mount "$work/config:/etc/sluice" \
        --mount "$work/volume:/var/lib/sluice" >"$work/container.log" 2>&1 &
    child=$!
    size=$(du -sh --apparent-size "$work/image" | cut -f1)
    how='in a folder'
fi
probe() { # STATUS
    local status
    for _ in $(seq 100); do
        status=0
        env "${variables[@]}" deploy/container/image.py health "$work/image" "$child" >/dev/null 2>&1 || status=$?
        [ "$status" != "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

probe 0 || fail 'the health check stays red'
echo "image: made $how, $size; healthy"
status=/proc/$child/status
[ "$(awk '/^Uid/ { print $2 }' "$status")" = 10001 ] || fail 'it runs as another user'
[ "$(awk '/^CapBnd/ { print $2 }' "$status")" = 0000000000000000 ] || fail 'it could have capabilities'
[ "$(awk '/^NoNewPrivs/ { print $2 }' "$status")" = 1 ] || fail 'it could have new privileges'
! nsenter --target="$child" --mount touch "/proc/$child/root/usr/bin/x" 2>/dev/null || fail 'its root can be written'
[ -z "$(find "/proc/$child/root/usr" -name 'libswift*' -print -quit)" ] || fail 'there is a library of Swift in it'
SLUICE_URL=https://localhost:$port SLUICE_CA=$work/certs/ca.pem
SLUICE_TOKEN=$("$dist/sluice" token --keys "$work/certs/keys.json" --sub backend --publish 'user:*')
export SLUICE_URL SLUICE_CA SLUICE_TOKEN
"$dist/sluice" publish --to-user alice --data hello >/dev/null || fail 'it takes no event'
kill -STOP "$child"
probe 1 || fail 'the health check is green while it stands still'
kill -CONT "$child"
probe 0 || fail 'the health check stays red'
kill -TERM "$child"
ended=0
wait "$child" || ended=$?
child=
[ "$ended" = 0 ] || fail "SIGTERM ended it with $ended"
[ -s "$work/volume/events.db" ] || fail 'there is no log in its volume'
echo 'image: unprivileged, on a read-only root; publishes; its health check turns red and green; SIGTERM ends it with 0'
