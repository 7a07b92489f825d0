#!/usr/bin/env bash
# Installs the package in a plain Debian 12 that systemd runs in, and has it do there what an operator does: install, edit
# two lines, start, upgrade, remove, purge. `make dist-check` calls it. It takes a minute or two, and needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

dist=${DIST:-dist}
work=$(realpath "${WORK:-.build}")/check
base=$work/debian-12
tree=$work/tree
package=$(ls "$dist"/sluice_*_"$(dpkg --print-architecture)".deb)
inside=$tree/opt/check

# The debug symbols are this program's, and say of an address where in the sources it is. They have no interpreter, of
# which readelf complains.
built() { readelf --notes "$1" 2>"$work.readelf" | awk '/Build ID/ { print $3 }'; }
[ -n "$(built "$dist/sluice")" ] && [ "$(built "$dist/sluice")" = "$(built "$dist/sluice.debug")" ] ||
    { echo 'check: the debug symbols are of another build' >&2; exit 1; }
nm --defined-only "$dist/sluice.debug" | awk '$2 == "t" && $3 ~ /^[$]s13GatewayServer.*F$/ && ++count <= 200 { print "0x" $1 }' |
    addr2line --exe="$dist/sluice.debug" >"$work.places"
grep -q 'Sources/GatewayServer/.*[.]swift:[1-9]' "$work.places" ||
    { echo 'check: the debug symbols say nothing of the program' >&2; exit 1; }

deploy/package/debian-tree.sh "$base" systemd systemd-sysv dbus man-db bash-completion
rm -rf "$tree"
cp --archive --reflink=auto "$base" "$tree"
mkdir -p "$inside/dist"
cp "$package" "$inside/dist/"

# What the package needs is the distribution's, and comes from where an operator has it from. It is fetched here and
# installed inside, with the package.
cp --dereference /etc/resolv.conf "$tree/etc/resolv.conf"
chroot "$tree" sh -c 'apt-get update -qq && apt-get install -y -qq --download-only /opt/check/dist/*.deb' >"$work/apt.log" 2>&1 ||
    { tail "$work/apt.log" >&2; exit 1; }

# The next version, which comes with another configuration.
next=$work/next
rm -rf "$next"
dpkg-deb --raw-extract "$package" "$next"
sed -i 's/^Version: .*/&+next/' "$next/DEBIAN/control"
echo '# Something new.' >>"$next/etc/sluice/sluice.yaml"
dpkg-deb --root-owner-group -Znone --build "$next" "$inside/next.deb" >/dev/null

certs/make-certs.sh --dir "$work/certs" >/dev/null
cp "$work/certs/ca.pem" "$work/certs/server.pem" "$work/certs/server.key" "$inside/"
cp deploy/package/check-inside.sh "$inside/"
cat >"$tree/etc/systemd/system/check.service" <<END
[Unit]
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/bash /opt/check/check-inside.sh
TimeoutStartSec=200
StandardOutput=append:/opt/check/log
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block --quiet poweroff
[Install]
WantedBy=multi-user.target
END
ln -s /etc/systemd/system/check.service "$tree/etc/systemd/system/multi-user.target.wants/"
# A network of its own: the ports are nobody else's, and nothing is fetched.
timeout 300 systemd-nspawn --quiet --directory="$tree" --register=no --keep-unit --private-network --boot \
    >"$work/boot.log" 2>&1 || true
cat "$inside/log"
grep -q '^check: all is as it should be$' "$inside/log"
