#!/bin/sh
# Makes sure that a Chromium-family browser for the browser tests is there: one that is installed, else Debian's.
set -u
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable microsoft-edge brave-browser; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libnss3-tools >/dev/null && exit 0
fi
echo "No Chromium-family browser found: the browser tests will be skipped. Install one, or name it in CHROMIUM." >&2
