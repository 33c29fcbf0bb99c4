#!/usr/bin/env bash
# Make a virtual environment from a hashed lock file: with uv where it works, with pip where it does not.
# usage: install.sh PYTHON VENV LOCK
set -euo pipefail
python=$1 venv=$2 lock=$3

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "regua: installing $lock into $venv"
if "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/uv.lock 2>/dev/null \
  && "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock"; then
  :
else
  echo "regua: uv could not reach the packages; pip goes on (about ten times slower)"
  "$venv/bin/python" -m pip install --quiet --require-hashes -r "$lock"
fi
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
