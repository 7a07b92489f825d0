#!/bin/bash
# What check.sh runs in the Debian that it has made, where systemd is the first process.
set -Eeuo pipefail
cd /opt/check
export DEBIAN_FRONTEND=noninteractive

began=$(date +%s%N)
say() { printf '%6d ms  %s\n' "$((($(date +%s%N) - began) / 1000000))" "$*"; }
fail() {
    say "FAILED: $*"
    journalctl --no-pager --unit sluice | tail -30
    exit 1
}
trap 'fail "line $LINENO"' ERR
is() { # WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1 is '$3', and should be '$2'"
}
process() { systemctl show --property=MainPID --value sluice; }
streams() {
    exec 3<>/dev/tcp/127.0.0.1/8444
    printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    awk '/^sluice_streams / { print $2 + 0 }' <&3
    exec 3>&-
}
publish() { sluice publish --token-file backend --to-user alice --data "$1" --timeout 30s >/dev/null; }

for word in swift swiftc; do ! command -v $word >/dev/null || fail "there is $word"; done
[ -z "$(find / -xdev -name 'libswift*' -print -quit)" ] || fail 'there is a library of Swift'

# Install, edit two lines, start: what README.md says.
# What it needs comes with it, of which nothing was there; check.sh has fetched the packages, for there is no network.
[ -z "$(find / -xdev -name 'libnghttp2.so*' -print -quit)" ] || fail 'there is nghttp2 already'
apt install ./dist/sluice_*.deb --yes >/dev/null 2>&1
say 'installed'
grep -q 'libssl.so.3 => /lib/' <<<"$(ldd /usr/bin/sluice)" || fail 'OpenSSL is not the system'"'"'s'
is 'the folder' 'root:sluice 750' "$(stat -c '%U:%G %a' /etc/sluice)"
is 'the secret' 'root:sluice 640' "$(stat -c '%U:%G %a' /etc/sluice/keys.json)"
is 'the service' 'disabled inactive' "$(systemctl is-enabled sluice || true) $(systemctl is-active sluice || true)"
! systemctl start sluice 2>/dev/null || fail 'it started without a certificate'
is 'the status of a wrong configuration' 78 "$(systemctl show --property=ExecMainStatus --value sluice)"
systemctl reset-failed sluice
install -m 640 -g sluice server.pem server.key /etc/sluice/
sed -i -e 's|#kind: memory|kind: sqlite|' -e 's|#path: .*|path: /var/lib/sluice/events.db|' -e 's|#drain: 5s|drain: 200ms|' /etc/sluice/sluice.yaml
systemctl enable --now sluice 2>/dev/null
say 'started'

# The first event: what Installing.md says.
sluice check --config /etc/sluice/sluice.yaml >/dev/null || fail 'check finds something wrong'
export SLUICE_URL=https://localhost:8443 SLUICE_CA=ca.pem
sluice token --keys /etc/sluice/keys.json --sub alice >alice
sluice token --keys /etc/sluice/keys.json --sub backend --publish 'user:*' >backend
chmod 600 alice backend
sluice listen --token-file alice --count 1 >first 2>/dev/null &
listener=$!
for _ in $(seq 100); do
    [ "$(streams)" != 1 ] || break
    sleep 0.1
done
sluice publish --token-file backend --to-user alice --data hello >/dev/null
wait $listener
grep -q 'data: hello' first
say 'the first event was received'

# The sandbox holds.
pid=$(process)
is 'the user' sluice "$(ps -o user= -p "$pid" 2>/dev/null || stat -c %U "/proc/$pid")"
is 'no new privileges' 1 "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status")"
is 'the filter of system calls' 2 "$(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status")"
is 'the capabilities' 0000000000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")"
is 'the core limit' 0 "$(awk '/^Max core file size/ { print $5 }' "/proc/$pid/limits")"
is 'the memory limit' "$((4 << 30))" "$(systemctl show --property=MemoryMax --value sluice)"
is 'the log' 'sluice 600' "$(stat -c '%U %a' /var/lib/sluice/events.db)"
say "systemd-analyze: $(systemd-analyze security --no-pager sluice | tail -1 | sed 's/^[^ ]* *//')"

# A reload says whether it worked.
systemctl reload sluice
cp /etc/sluice/sluice.yaml kept
echo 'nonsense: true' >>/etc/sluice/sluice.yaml
! systemctl reload sluice 2>/dev/null || fail 'a wrong configuration was taken'
cp kept /etc/sluice/sluice.yaml
systemctl reload sluice
is 'the process' "$pid" "$(process)"
say 'reloaded, and refused what is wrong'

# A gateway that stands still is replaced.
mkdir -p /run/systemd/system/sluice.service.d
printf '[Service]\nWatchdogSec=2s\n' >/run/systemd/system/sluice.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart sluice
pid=$(process)
kill -STOP "$pid"
for _ in $(seq 100); do
    [ "$(process)" != "$pid" ] && [ "$(systemctl is-active sluice)" = active ] && break
    sleep 0.2
done
[ "$(process)" != "$pid" ] || fail 'the watchdog did nothing'
rm -r /run/systemd/system/sluice.service.d
systemctl daemon-reload
say 'the watchdog replaced a gateway that stood still'

# A stop takes what it needs: systemd kills nothing that drains, whatever its own patience is.
mkdir -p /run/systemd/system/sluice.service.d
printf '[Service]\nTimeoutStopSec=1s\nEnvironment=SLUICE_SHUTDOWN_DELAY=4s\n' >/run/systemd/system/sluice.service.d/stop.conf
systemctl daemon-reload
systemctl restart sluice
stop=$(date +%s%N)
systemctl stop sluice
stop=$((($(date +%s%N) - stop) / 1000000))
[ $stop -ge 4000 ] || fail "it stopped after $stop ms"
is 'the end' 'success 0' "$(systemctl show --property=Result --value sluice) $(systemctl show --property=ExecMainStatus --value sluice)"
rm -r /run/systemd/system/sluice.service.d
systemctl daemon-reload
systemctl start sluice
say "a stop took $stop ms where systemd waits for 1 s by itself, and was not cut short"

# The next version.
pid=$(process)
cp /etc/sluice/keys.json secret
dpkg --force-confdef --force-confold --install next.deb >/dev/null 2>&1
is 'the service' 'enabled active' "$(systemctl is-enabled sluice) $(systemctl is-active sluice)"
[ "$(process)" != "$pid" ] || fail 'the upgrade left the former program running'
cmp -s kept /etc/sluice/sluice.yaml || fail 'the configuration was not kept'
[ -e /etc/sluice/sluice.yaml.dpkg-dist ] || fail 'the new configuration is not there to look at'
cmp -s secret /etc/sluice/keys.json || fail 'the secret was not kept'
sluice listen --token-file alice --count 1 --last-event-id "$(sed -n 's/^id: //p' first)" >second 2>/dev/null &
publish again
wait $!
grep -q 'data: again' second
say 'upgraded; a stream went on behind its last event'

# Twenty restarts with systemd's socket: nobody is refused.
systemctl stop sluice
systemctl enable --now sluice.socket sluice-admin.socket 2>/dev/null
systemctl start sluice
ss=$(sluice check --config /etc/sluice/sluice.yaml) || fail "check: $ss"
mkdir results
for number in 1 2 3 4; do
    (
        count=0 longest=0
        until [ -e over ]; do
            start=$(date +%s%N)
            sluice publish --token-file backend --to-user alice --data "$number-$count" --timeout 30s \
                >/dev/null 2>"results/error-$number" || { cp "results/error-$number" "results/failed-$number"; break; }
            took=$((($(date +%s%N) - start) / 1000000))
            [ $took -le $longest ] || longest=$took
            count=$((count + 1))
        done
        echo "$count $longest" >"results/$number"
    ) &
done
sluice listen --token-file alice --last-event-id "$(sed -n 's/^id: //p' second)" >all 2>connections &
listener=$!
restarts=$(date +%s%N)
for _ in $(seq 20); do
    systemctl restart sluice
    sleep 0.1
done
restarts=$((($(date +%s%N) - restarts) / 1000000))
touch over
for job in $(jobs -p); do [ "$job" = "$listener" ] || wait "$job"; done
published=$(cat results/[1-4] | awk '{ sum += $1 } END { print sum }')
longest=$(cat results/[1-4] | awk '$2 > most { most = $2 } END { print most }')
for _ in $(seq 100); do
    [ "$(grep -c '^data: ' all)" -lt "$published" ] || break
    sleep 0.1
done
is 'the streams, by the admin port that systemd passes' 1 "$(streams)"
kill -INT $listener
wait $listener || true
is 'what failed' '' "$(cat results/failed-* 2>/dev/null || true)"
is 'the events' "$published" "$(grep -c '^data: ' all)"
is 'the different events' "$published" "$(grep '^data: ' all | sort -u | wc -l)"
is 'the gaps' 0 "$(grep -c sluice.gap all || true)"
say "20 restarts in $restarts ms: $published publishes by 4 publishers, none refused, lost or doubled; the longest took $longest ms"

# What else is in it.
man --warnings --encoding=UTF-8 sluice-serve sluice.yaml >page 2>warnings
is 'the warnings of man' '' "$(cat warnings)"
grep -q 'shutdown.delay' page
bash -c '. /usr/share/bash-completion/completions/sluice && complete -p sluice' >/dev/null

# Removed, it leaves what is the operator's. Purged, it leaves nothing.
dpkg --remove sluice >/dev/null 2>&1
is 'the service' inactive "$(systemctl is-active sluice || true)"
for file in /etc/sluice/sluice.yaml /etc/sluice/keys.json /var/lib/sluice/events.db; do
    [ -e $file ] || fail "$file went with the program"
done
[ ! -e /usr/bin/sluice ] || fail 'the program is still there'
dpkg --purge sluice >/dev/null
rm /etc/sluice/server.pem /etc/sluice/server.key /etc/sluice/sluice.yaml.dpkg-* 2>/dev/null || true
is 'what is left' '' "$(find /etc /lib/systemd /usr /var/lib -xdev -iname '*sluice*' ! -path '/var/lib/systemd/*' ! -path '/etc/sluice' -print | head -5)"
say 'removed and purged'
echo 'check: all is as it should be'
