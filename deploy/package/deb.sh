#!/usr/bin/env bash
# Makes dist/sluice_VERSION_amd64.deb of what build.sh has made, and has lintian look at it. `make deb` calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."

dist=${DIST:-dist}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
# VERSION is for a package of the next version, such as the test's of an upgrade.
version=${VERSION:-$("$dist/sluice" --version)}
architecture=$(dpkg --print-architecture)
debian=deploy/package/debian
# Who gives the package to others answers for it.
maintainer=${MAINTAINER:-Sluice <packages@sluice.invalid>}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

put() { # MODE FILE PLACE
    install -D -m "$1" "$2" "$tree$3"
}
put_gzip() { # FILE PLACE
    mkdir -p "$(dirname "$tree$2")"
    gzip -9n <"$1" >"$tree$2"
}

put 755 "$dist/sluice" /usr/bin/sluice
put 644 deploy/sluice.yaml /etc/sluice/sluice.yaml
# The unit of deploy/, for a program in /usr/bin. What its head says is done by the package.
sed -e '1,/^$/d' -e 's|/usr/local/bin/|/usr/bin/|' deploy/sluice.service >"$work/sluice.service"
for unit in sluice.socket sluice-admin.socket; do
    sed -e '1,/^$/d' "deploy/$unit" >"$work/$unit"
    put 644 "$work/$unit" "/lib/systemd/system/$unit"
done
put 644 "$work/sluice.service" /lib/systemd/system/sluice.service
for page in "$dist"/man/*; do
    put_gzip "$page" "/usr/share/man/man${page##*.}/$(basename "$page").gz"
done
sed 1d "$dist/completions/sluice.bash" >"$work/completion" # its interpreter is whose it is
put 644 "$work/completion" /usr/share/bash-completion/completions/sluice
put 644 "$dist/completions/sluice.zsh" /usr/share/zsh/vendor-completions/_sluice
put 644 "$dist/completions/sluice.fish" /usr/share/fish/vendor_completions.d/sluice.fish
put 644 "$dist/sluice.cdx.json" /usr/share/doc/sluice/sluice.cdx.json
put 644 "$debian/copyright" /usr/share/doc/sluice/copyright
put 644 "$debian/overrides" /usr/share/lintian/overrides/sluice
for file in deploy/haproxy*.cfg deploy/nginx*.conf deploy/prometheus/*.yml deploy/grafana/*.json; do
    put 644 "$file" "/usr/share/doc/sluice/examples/$(basename "$file")"
done
{
    printf 'sluice (%s) stable; urgency=medium\n\n  * Version %s: see /usr/share/doc/sluice/NEWS.md.gz.\n\n' \
        "$version" "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")"
} >"$work/changelog"
put_gzip "$work/changelog" /usr/share/doc/sluice/changelog.gz
put_gzip RUNBOOK.md /usr/share/doc/sluice/RUNBOOK.md.gz
put_gzip CHANGELOG.md /usr/share/doc/sluice/NEWS.md.gz

# Which packages, and of which version at least, the program's libraries are in.
mkdir -p "$work/debian"
touch "$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$tree/usr/bin/sluice" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ -n "$libraries" ]

mkdir -m 755 "$tree/DEBIAN"
size=$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@LIBRARIES@/$libraries/" \
    -e "s/@SIZE@/$size/" -e "s/@MAINTAINER@/$maintainer/" "$debian/control" >"$tree/DEBIAN/control"
echo /etc/sluice/sluice.yaml >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "$debian/$script" "$tree/DEBIAN/$script"
done
(cd "$tree" && find . -path ./DEBIAN -prune -o -type f ! -path './etc/*' -printf '%P\n' | sort |
    xargs -d '\n' md5sum >DEBIAN/md5sums)
find "$tree" -type d -exec chmod 755 {} +
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$dist/sluice_${version}_${architecture}.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
lintian --fail-on error,warning --tag-display-limit 0 --allow-root "$package"
(cd "$dist" && sha256sum "$(basename "$package")" >"$(basename "$package").sha256")
du -h "$package"
