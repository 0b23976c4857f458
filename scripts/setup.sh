#!/bin/sh
# Prepares .venv from a lock file: setup.sh [requirements.lock]. Does nothing when it is already up to date.
set -eu
cd "$(dirname "$0")/.."
lock=${1:-requirements.lock}
python=$(scripts/find-python.sh)
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
  echo "Creating .venv with $("$python" -V)"
  rm -rf .venv
  "$python" -m venv .venv
fi
want=$(cat "$lock" pyproject.toml | cksum)
for stamp in .venv/installed-requirements-dev.lock ".venv/installed-$lock"; do
  other=${stamp#.venv/installed-}
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$other" pyproject.toml | cksum)" ]; then exit 0; fi
done
echo "Installing packages from $lock (about a minute the first time)"
if command -v uv >/dev/null 2>&1; then
  uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
  uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e . 2>/dev/null \
    || .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
else
  .venv/bin/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r "$lock" \
    | grep --line-buffered -E '^(Collecting|Installing|Successfully|ERROR)' || true
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
fi
.venv/bin/python -c 'import aiohttp, mitmproxy, onnxruntime' || { echo "The packages did not install; see the messages above." >&2; exit 1; }
echo "$want" > ".venv/installed-$lock"
