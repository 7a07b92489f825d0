#!/usr/bin/env bash
# Builds dist/ twice, from two clean clones in two folders, and says what differs. `make dist-compare` calls it. The
# folders' paths have one length, for a reason that build.sh tells.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=${WORK:-.build/compare}
rm -rf "$work"
for name in one two; do
    git clone --quiet --no-hardlinks . "$work/$name"
    # Which commits the packages' versions are is asked once: else the answer could differ.
    cp Package.resolved "$work/$name/"
    (cd "$work/$name" && SCRATCH=.build/dist DIST=dist deploy/package/build.sh >build.log 2>&1) || {
        tail -20 "$work/$name/build.log"
        exit 1
    }
done
if (cd "$work/one/dist" && sha256sum --quiet --check SHA256SUMS) &&
    diff <(grep -v ' sluice.debug$' "$work/one/dist/SHA256SUMS") <(grep -v ' sluice.debug$' "$work/two/dist/SHA256SUMS"); then
    echo "compare: both builds are the same, byte for byte, but for the debug symbols (build.sh tells why)"
else
    cmp "$work/one/dist/sluice" "$work/two/dist/sluice" || true
    echo "compare: the builds differ" >&2
    exit 1
fi
