#!/usr/bin/env bash
# live.sh SERVICE: the version that the service's alias live points to; none where the function or the alias is not there.
set -euo pipefail

name="$(sed -nE "s/^name: *[\"']?([a-z0-9-]+).*/\1/p" pipeline.yaml)"

said="$(mktemp)"
trap 'rm -f "$said"' EXIT

if version="$(aws lambda get-alias --function-name "$name-$1" --name live --query FunctionVersion --output text 2> "$said")"; then
  echo "$version"
elif grep -q ResourceNotFoundException "$said"; then
  echo none
else
  cat "$said" >&2
  exit 1
fi
