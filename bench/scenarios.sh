# What is measured; sourced by run.sh. A scenario is a load and the servers that it is put on, one after the other.
#
#   fan1 fan8       an event to each of 1000 streams 20 times a second, and of 8000 streams twice
#   h2              fan1 over HTTP/2, beside the floor over HTTP/1.1
#   burst           to 1000 streams as fast as they are taken
#   loops           the same with one event loop and with two
#   target8 batch   to one of 2000 users, 8 publishers: event by event, and in batches of 100
#   hold hold2      what 8000 idle streams hold, and what their handshakes cost: HTTP/1.1 and HTTP/2
#   share           the same over HTTP/2, ten streams on each connection
#   resumed         what resumed handshakes cost, two seconds after all have closed
#   idle            10,000 idle streams through two heartbeats
#   storm           100 live streams while 5000 others reconnect at once
#   fan target      as fan1 and target8, by the load of `sluice bench`: needs no yardstick
#   streams-N rate-N payload-N topics-N    the curves: N streams, events a second, bytes, topics of each stream
#   loops-N publishes-N                    the same number of deliveries and publishes a second, with N event loops on one core

table_scenarios="fan1 fan8 h2 burst loops target8 batch hold hold2 share resumed idle storm"
loop_scenarios="loops-1 loops-2 loops-4 loops-8 publishes-1 publishes-2 publishes-4 publishes-8"
curve_scenarios="streams-100 streams-1000 streams-4000 streams-8000 streams-16000
    rate-1 rate-5 rate-10 rate-20 rate-40 payload-50 payload-500 payload-1500 payload-5000 payload-15000
    topics-0 topics-1 topics-4 topics-16 topics-32 $loop_scenarios"

secs=${SECS:-8}
if [ "$(nproc)" -ge 4 ]; then both=0,1 rest=2-$(($(nproc) - 1)); else both=0,1 rest=1; fi

# peers SCENARIO: whom it is put on.
peers() {
    case $1 in
    fan1 | fan8 | burst | hold) echo floor floord nchan seed sluice ;;
    resumed | target8) echo floor nchan seed sluice ;;
    h2) echo floor nchan sluice ;;
    fan | target) echo nchan goseed sluice ;;
    hold2) echo nchan sluice ;;
    streams-* | payload-*) echo floor sluice ;;
    loops) echo sluice sluice2 ;;
    *) echo sluice ;;
    esac
}

# target PEER SCENARIO: starts it, and sets `server`, `everyone` and `user`: how the yardstick's load reaches it, and `own_server`,
# `own_everyone` and `own_user`: how the gateway's own does.
target() {
    everyone=(--path /sse/%d --pub-path /publish) user=(--path /sse/%d --pub-path /publish/%d)
    server=() own_everyone=() own_user=()
    case $1 in
    sluice*)
        case $1/$2 in
        sluice2/*) EVENT_LOOPS=2 SERVER_CORES=$both start_gateway ;;
        */loops-* | */publishes-*) EVENT_LOOPS=${2#*-} start_gateway ;;
        *) start_gateway ;;
        esac
        local door=(--pub-port "$port" --pub-tls)
        [ "$2" != h2 ] || door=(--pub-port "$(open_door)")
        server=(--port "$port" "${door[@]}" --pids "$gateway" --header-file "$work/readers" --pub-path /v1/publish
            --pub-header "Authorization: Bearer $backend" --pub-header 'Content-Type: application/json')
        own_server=(--url "https://localhost:$port" --keys certs/dev/keys.json --pid "$gateway")
        everyone=(--path /v1/stream --pub-body '{"to":{"everyone":true},"data":"%t %p"}')
        user=(--path /v1/stream --pub-body '{"to":{"user":"%d"},"data":"%t %p"}') ;;
    nchan)
        start_peer nchan
        server=(--port 7445 --pub-port 7082 --pids "$peer_pids")
        everyone=(--path /sse/all --pub-path /publish/all)
        own_server=(--url https://localhost:7445 --pid "${peer_pids#*,}")
        own_everyone=(--stream-path /sse/all --publish-url http://127.0.0.1:7082/publish/all)
        own_user=(--stream-path /sse/%d --publish-url http://127.0.0.1:7082/publish/%d) ;;
    goseed)
        start_peer goseed
        own_server=(--url https://localhost:7446 --pid "$peer_pids")
        own_everyone=(--stream-path /sse/%d --publish-url http://127.0.0.1:7083/publish)
        own_user=(--stream-path /sse/%d --publish-url http://127.0.0.1:7083/publish/%d) ;;
    seed) start_peer seed && server=(--port 7444 --pub-port 7081 --pids "$peer_pids") ;;
    *) start_peer "$1" && server=(--port 7443 --pub-port 7080 --pids "$peer_pids") ;;
    esac
}

# load PEER SCENARIO: one JSON line on standard output.
load() {
    local n=${2#*-} messages=300
    # So that a burst lasts for some seconds: the gateway sends what has gathered for a stream in one record.
    [[ $1 != sluice* ]] || messages=3000
    local yard=(timeout 180 taskset -c "$rest" "$YARDSTICK/sseload" --label "$1" --payload 150 "${server[@]}")
    case $2 in
    fan1) "${yard[@]}" --mode fanout --streams 1000 --rate 20 --secs "$secs" "${everyone[@]}" ;;
    fan8) "${yard[@]}" --mode fanout --streams 8000 --rate 2 --secs "$secs" "${everyone[@]}" ;;
    h2)
        [ "$1" = floor ] || yard+=(--alpn h2)
        "${yard[@]}" --mode fanout --streams 1000 --rate 20 --secs "$secs" "${everyone[@]}" ;;
    burst) "${yard[@]}" --mode burst --streams 1000 --messages "$messages" --pub-conns 4 --pipeline 4 "${everyone[@]}" ;;
    loops)
        [ "$1" = sluice ] || [ "$rest" != 1 ] || yard[4]=$both
        "${yard[@]}" --mode burst --streams 1000 --messages "$messages" --pub-conns 4 --pipeline 4 "${everyone[@]}" ;;
    target8) "${yard[@]}" --mode targeted --streams 2000 --secs 5 --pub-conns 8 "${user[@]}" ;;
    fan) own "${own_everyone[@]}" --to everyone --streams 1000 --rate 20 --duration "${secs}s" --connect-rate 1000 ;;
    target) own "${own_user[@]}" --streams 2000 --publishers 8 --closed --duration 5s --connect-rate 1000 ;;
    batch) own --streams 2000 --users 2000 --publishers 8 --closed --batch 100 --duration 6s --connect-rate 1000 ;;
    hold) "${yard[@]}" --mode hold --streams "$hold_streams" --idle 2 "${everyone[@]}" ;;
    hold2) "${yard[@]}" --mode hold --streams "$hold_streams" --idle 2 --alpn h2 "${everyone[@]}" ;;
    share)
        own --http2 --streams-per-connection 10 --streams "$hold_streams" --users 2000 --rate 10 --duration 1s --connect-rate 8000 ;;
    resumed) "${yard[@]}" --mode storm --streams 4000 --resume --gap 2 "${everyone[@]}" ;;
    idle) "${yard[@]}" --mode hold --streams 10000 --idle 30 "${everyone[@]}" ;;
    storm)
        own --streams 5000 --users 5000 --rate 50 --duration 3s --connect-rate 1000 --resume 1 --steady 100 ;;
    # The same number of deliveries a second, on ever more streams.
    streams-*) "${yard[@]}" --mode fanout --streams "$n" --rate "$((16000 / n))" --secs "$secs" "${everyone[@]}" ;;
    rate-*) "${yard[@]}" --mode fanout --streams 1000 --rate "$n" --secs "$secs" "${everyone[@]}" ;;
    payload-*) "${yard[@]}" --mode fanout --streams 1000 --rate 10 --secs "$secs" --payload "$n" "${everyone[@]}" ;;
    loops-*) "${yard[@]}" --mode fanout --streams 1000 --rate 20 --secs "$secs" "${everyone[@]}" ;;
    publishes-*) "${yard[@]}" --mode targeted --streams 2000 --rate 10000 --secs "$secs" --pub-conns 8 "${user[@]}" ;;
    topics-*)
        local query= to='{"everyone":true}'
        for number in $(seq "$n"); do query+="&topic=bench/$number" to='{"topic":"bench/1"}'; done
        "${yard[@]}" --mode fanout --streams 4000 --rate 4 --secs "$secs" --path "/v1/stream${query/&/?}" \
            --pub-body '{"to":'"$to"',"data":"%t %p"}' ;;
    *) echo "bench: unknown scenario $2" >&2; exit 64 ;;
    esac
}

# own OPTION…: the gateway's own load, which knows batches and reconnects, and other servers by their paths.
own() {
    timeout 180 taskset -c "$rest" "$sluice" bench "${own_server[@]}" --ca certs/dev/ca.pem --json --payload 150 "$@" 2>"$work/bench.log"
}

# open_door: a port that takes publishes in the clear, for as long as the gateway runs.
open_door() {
    python3 bench/plain.py "$((port + 2))" "$port" certs/dev/ca.pem >/dev/null 2>"$work/door.log" &
    echo $! >"$work/door.pid"
    wait_port "$((port + 2))"
    echo "$((port + 2))"
}

close_door() {
    [ -e "$work/door.pid" ] || return 0
    kill "$(cat "$work/door.pid")" 2>/dev/null || true
    rm "$work/door.pid"
}
