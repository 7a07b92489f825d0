#!/bin/sh
# Writes the module for pages as an npm package into a folder: ES module, CommonJS, types. Takes no tools but sed and cat.
set -eu

here=$(dirname "$0")
module=$here/../../Sources/BrowserClient/Module
target=$1

mkdir -p "$target"
cp "$here/package.json" "$here/README.md" "$here/../../LICENSE" "$target"
cp "$module/sluice.d.ts" "$target/sluice.d.ts"
cp "$module/sluice.d.ts" "$target/sluice.d.cts"
# As the gateway serves it.
cat "$module/trunk.js" "$module/links.js" "$module/page.js" > "$target/sluice.js"
# CommonJS has neither `export` nor `import.meta`.
sed -e 's/^export function connect/function connect/' -e 's/import\.meta\.url/undefined/' "$target/sluice.js" \
    > "$target/sluice.cjs"
printf '\nexports.connect = connect;\n' >> "$target/sluice.cjs"
