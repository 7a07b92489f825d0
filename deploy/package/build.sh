#!/usr/bin/env bash
# Makes dist/: the program for machines without Swift, and what belongs to it. `make dist` calls it.
#
#   sluice            the program, stripped: Swift's libraries are in it, OpenSSL, nghttp2 and SQLite are the system's
#   sluice.debug      its debug symbols: gdb --symbols=sluice.debug, or by build id in /usr/lib/debug/.build-id
#   man/              man pages, from the program's own help
#   completions/      for bash, zsh and fish
#   sluice.cdx.json   what is in it (CycloneDX 1.5)
#   Package.resolved  the exact versions that it was built from: another build with this file gives the same bytes
#   SHA256SUMS
#
# The result depends on the sources, on Package.resolved, and on the versions of Swift and of the system's headers, and
# not on the time, the user or the folder, but for the length of the folder's path: compare.sh builds twice and compares.
# (Where withoutActuallyEscaping is checked, as GRDB does once, Swift 6.3 writes the length of the file's name down
# before it maps it.) The debug symbols do have names in them that Swift makes of the folder, those of its module cache,
# so the program has no check sum of its symbols in it, as a debug link would.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
swift=${SWIFT:-swift}
scratch=${SCRATCH:-.build/dist}
dist=${DIST:-dist}
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v "$swift")")")")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC

# No path of this machine in the program: neither in debug information nor in what `#file` says.
flags=(-c release --product sluice --static-swift-stdlib --scratch-path "$scratch")
for map in "$root=." "$toolchain=/swift"; do
    flags+=(-Xswiftc -file-prefix-map -Xswiftc "$map" -Xcc "-ffile-prefix-map=$map")
done
# All symbols are bound before the program begins, and their table is read-only then.
# The build's id is that of what goes in, because the linker's own is taken before the next step but one.
id=$({ git ls-files --stage && git diff HEAD; cat Package.resolved; "$swift" --version; } 2>/dev/null | sha1sum | cut -d' ' -f1)
for word in "--build-id=0x$id" -z relro -z now; do flags+=(-Xlinker "$word"); done

"$swift" build "${flags[@]}"
built=$("$swift" build "${flags[@]}" --show-bin-path)/sluice

rm -rf "$dist/man" "$dist/completions"
mkdir -p "$dist/man" "$dist/completions"
# SwiftPM has the program look for libraries beside itself, where it has none and where somebody could put one.
cp "$built" "$dist/sluice.debug"
chrpath --delete "$dist/sluice.debug" >/dev/null
# Swift's hashes of each module's build, which have the folder in them, are for its linker's cache.
size=$((16#$(objdump --section-headers --section=.swift_modhash "$dist/sluice.debug" | awk '$2 == ".swift_modhash" { print $3 }')))
head -c "$size" /dev/zero >"$dist/zeros"
objcopy --update-section .swift_modhash="$dist/zeros" "$dist/sluice.debug"
rm "$dist/zeros"
objcopy --strip-all --remove-section=.comment "$dist/sluice.debug" "$dist/sluice"
objcopy --only-keep-debug --compress-debug-sections=zlib "$dist/sluice.debug"
chmod 755 "$dist/sluice"
chmod 644 "$dist/sluice.debug"

"$dist/sluice" --experimental-dump-help >"$dist/help.json"
"$dist/sluice" serve --print-configuration-table >"$dist/settings.md"
python3 deploy/package/man.py "$dist/help.json" "$dist/settings.md" "$dist/man"
for shell in bash zsh fish; do
    "$dist/sluice" --generate-completion-script "$shell" >"$dist/completions/sluice.$shell"
done
rm "$dist/help.json" "$dist/settings.md"
cp Package.resolved "$dist/"
python3 deploy/package/sbom.py --program "$dist/sluice" --resolved Package.resolved --checkouts "$scratch/checkouts" \
    --swift "$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -1)" \
    >"$dist/sluice.cdx.json"
(cd "$dist" && find sluice sluice.debug sluice.cdx.json Package.resolved man completions -type f | sort |
    xargs sha256sum >SHA256SUMS)
du -h "$dist/sluice" "$dist/sluice.debug"
