#!/bin/sh
# Writes both lock files anew from pyproject.toml. Needs uv.
set -eu
cd "$(dirname "$0")/.."
flags="--universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet"
# shellcheck disable=SC2086
uv pip compile pyproject.toml $flags --output-file requirements.lock "$@"
# shellcheck disable=SC2086
uv pip compile pyproject.toml --group dev $flags --output-file requirements-dev.lock "$@"
