#!/bin/sh
# Prints the path of a Python 3.12 or newer: from PATH, pyenv or uv. Says what to install when there is none.
set -u
good() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }
absolute() { "$1" -c 'import sys; print(sys.executable)'; }
for name in "${PYTHON:-}" python3.14 python3.13 python3.12 python3 python; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && good "$name" && { absolute "$name"; exit 0; }
done
root=${PYENV_ROOT:-$HOME/.pyenv}
for version in 3.14 3.13 3.12; do
  for candidate in "$root"/versions/"$version"*/bin/python3; do
    [ -x "$candidate" ] && good "$candidate" && { absolute "$candidate"; exit 0; }
  done
done
if command -v uv >/dev/null 2>&1; then
  candidate=$(uv python find '>=3.12' 2>/dev/null) && good "$candidate" && { absolute "$candidate"; exit 0; }
fi
echo "Groundwire needs Python 3.12 or newer with venv. Install it (Debian/Ubuntu: apt install python3.12-venv; macOS: brew install python@3.12; any system: uv python install 3.12) and run this again." >&2
exit 1
