#!/usr/bin/env bash
# Makes a plain Debian 12 without Swift in a folder, from which checks begin. Arguments: the folder, and packages beside
# the least that Debian is. One that is there is kept: it takes a minute to make.
set -euo pipefail

tree=$1
shift
[ -e "$tree.made" ] && exit 0
rm -rf "$tree"
mkdir -p "$(dirname "$tree")"
debootstrap --variant=minbase ${1:+--include="$(IFS=, && echo "$*")"} bookworm "$tree" >"$tree.log" ||
    { tail "$tree.log" >&2; exit 1; }
# What the installer of Debian writes.
printf "127.0.0.1 localhost\n::1 localhost\n" >"$tree/etc/hosts"
chroot "$tree" apt-get clean
touch "$tree.made"
