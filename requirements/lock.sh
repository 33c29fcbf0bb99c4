#!/usr/bin/env bash
# Resolve every platform at once into hashed files that carry no download addresses.
# usage: lock.sh UV
set -euo pipefail
compile=("$1" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate)

"${compile[@]}" pyproject.toml --extra build --extra dev --extra cluster --extra postgres --extra redis --extra telemetry -o requirements/all.lock
"${compile[@]}" pyproject.toml --extra build --extra dev -c requirements/all.lock -o requirements/dev.lock
"${compile[@]}" pyproject.toml --extra build -c requirements/all.lock -o requirements/base.lock
for group in serving wheel; do
  "${compile[@]}" --group pyproject.toml:$group -c requirements/all.lock -o requirements/$group.lock
done
echo "uv" | "${compile[@]}" - -c requirements/uv.lock -o requirements/uv.lock
