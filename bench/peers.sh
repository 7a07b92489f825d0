# Starts and stops what the gateway is measured beside; sourced by run.sh, which sets `work` and YARDSTICK. Each has one core and the
# gateway's own certificate, so that a handshake costs all of them the same signature.
#
#   floor    the yardstick's C program that does nothing but SSL_write
#   floord   the same, which frees OpenSSL's object after the handshake and seals records itself
#   seed     the yardstick's plain Go server
#   goseed   a plain Go server of our own, peers/seed, which is built here
#   nchan    Debian's nginx with libnginx-mod-nchan

peer_pids=

# has_peer NAME: whether it can be started here; says why not.
has_peer() {
    case $1 in
    floor | floord) [ -x "$YARDSTICK/floor" ] || { echo "bench: no floor: $YARDSTICK/floor is missing" >&2; return 1; } ;;
    seed) [ -x "$YARDSTICK/seedsrv" ] || { echo "bench: no seed: $YARDSTICK/seedsrv is missing (make seedsrv; Go 1.22)" >&2; return 1; } ;;
    goseed) [ -x "$work/seed" ] || GOTOOLCHAIN=local go build -C bench/peers/seed -buildvcs=false -o "$work/seed" . 2>"$work/go.log" || {
        echo 'bench: no Go seed: it needs Go 1.22 or later, see https://go.dev/dl' >&2
        return 1
    } ;;
    nchan) [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || {
        echo 'bench: no nchan: apt-get install nginx libnginx-mod-nchan' >&2
        return 1
    } ;;
    esac
}

wait_port() {
    for _ in $(seq 100); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.1
    done
    echo "bench: port $1 does not open" >&2
    exit 1
}

# spawn COMMAND…: on the server's core.
spawn() {
    taskset -c 0 "$@" >"$work/peer.log" 2>&1 </dev/null &
    peer_pids=$!
}

start_peer() {
    local certificate=$PWD/certs/dev/server.pem key=$PWD/certs/dev/server.key
    case $1 in
    floor) spawn "$YARDSTICK/floor" --cert "$certificate" --key "$key" ;;
    floord) spawn "$YARDSTICK/floor" --cert "$certificate" --key "$key" --detach ;;
    seed) GOMAXPROCS=1 spawn "$YARDSTICK/seedsrv" -cert "$certificate" -key "$key" ;;
    goseed) GOMAXPROCS=1 spawn "$work/seed" -certificate "$certificate" -key "$key" ;;
    nchan)
        sed "s|@WORK@|$work|; s|@CERTS@|$PWD/certs/dev|; s|@FILES@|$(ulimit -n)|" bench/peers/nchan.conf >"$work/nchan.conf"
        spawn nginx -c "$work/nchan.conf" -g 'daemon off;'
        # The port opens before the worker is there, and it is the worker whose time counts.
        until worker=$(cat "/proc/$peer_pids/task/$peer_pids/children") && [ -n "$worker" ]; do sleep 0.05; done
        peer_pids="$peer_pids,${worker% }" ;;
    esac
    case $1 in floor*) wait_port 7080 ;; seed) wait_port 7081 ;; goseed) wait_port 7446 ;; nchan) wait_port 7445 ;; esac
}

stop_peer() {
    [ -n "$peer_pids" ] || return 0
    kill -TERM "${peer_pids%%,*}" 2>/dev/null || true
    wait "${peer_pids%%,*}" 2>/dev/null || true
    peer_pids=
}
