#!/bin/sh
# Writes the module for pages as an npm package into a folder: ES module, CommonJS, types. Takes no tools but sed and cat.
set -eu

here=$(dirname "$0")
module=$here/../../Sources/BrowserClient/Module
target=$1

mkdir -p "$target"
cp "$here/README.md" "$here/../../LICENSE" "$target"
# The program's version is the one place that says which this is.
version=$(sed -n 's/^ *version: "\(.*\)",$/\1/p' "$here/../../Sources/sluice/Sluice.swift")
sed "s/\"version\": \"0.0.0\"/\"version\": \"$version\"/" "$here/package.json" > "$target/package.json"
cp "$module/sluice.d.ts" "$target/sluice.d.ts"
cp "$module/sluice.d.ts" "$target/sluice.d.cts"
# As the gateway serves it.
cat "$module/trunk.js" "$module/links.js" "$module/page.js" > "$target/sluice.js"
# CommonJS has neither `export` nor `import.meta`.
sed -e 's/^export function connect/function connect/' -e 's/import\.meta\.url/undefined/' "$target/sluice.js" \
    > "$target/sluice.cjs"
printf '\nexports.connect = connect;\n' >> "$target/sluice.cjs"
