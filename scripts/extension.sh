#!/bin/sh
# Builds the extension into extension/.output when its sources are newer. Without Node it says so and goes on.
set -u
cd "$(dirname "$0")/../extension"
if [ -d .output/chrome-mv3 ] && [ -z "$(find . -newer .output/chrome-mv3/manifest.json -type f -not -path './node_modules/*' -not -path './.output/*' -not -path './.wxt/*' -not -name build.log | head -1)" ]; then
  exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "Node.js (npm) was not found: the browser extension is not built. Everything else works; install Node.js 20 or newer to build it."
  exit 0
fi
echo "Building the browser extension"
{ npm ci --no-audit --no-fund --loglevel=error && WXT_TELEMETRY=0 npm run --silent build; } > build.log 2>&1 \
  || { tail -5 build.log; echo "The browser extension could not be built (extension/build.log). Everything else works." >&2; exit 0; }
echo "Extension built: extension/.output/chrome-mv3 and extension/.output/firefox-mv3"
