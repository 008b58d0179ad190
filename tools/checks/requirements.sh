#!/usr/bin/env bash
# Pins the newest dependencies with hashes, for every Python and system that we support: one file for everything that
# runs, one for the checks, one for each service alone, one for the commands of operators.
set -euo pipefail
cd "$(dirname "$0")/../.."
uv=.venv/bin/uv
own=$(for name in shared registry events search notifications reports website standalone engines; do printf -- '--no-emit-package aep-%s ' "$name"; done)
compile() {
  # shellcheck disable=SC2086
  $uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate $own "$@"
}
services=(services/*/pyproject.toml)
echo 'uv' | compile --output-file requirements/bootstrap.txt -
compile --output-file requirements/runtime.txt shared/pyproject.toml "${services[@]}" --extra embedded deploy/standalone/pyproject.toml requirements/build.in
compile --constraint requirements/runtime.txt --output-file requirements/dev.txt requirements/dev.in
for file in "${services[@]}"; do
  name=$(basename "$(dirname "$file")")
  compile --constraint requirements/runtime.txt --output-file "requirements/$name.txt" "$file" requirements/build.in
done
compile --constraint requirements/runtime.txt --output-file requirements/command.txt deploy/standalone/pyproject.toml requirements/build.in
compile --output-file requirements/clients.txt requirements/clients.in
