#!/usr/bin/env bash
# terraform-checks.sh: fmt, validate and test of everything in terraform/, which must not be left out here.
set -euo pipefail

terraform fmt -check -diff -recursive terraform
make .venv/.ready
mkdir -p build
.venv/bin/python -m pytest -q tests/terraform | tee build/terraform-checks.log
if grep -q 'NOT RUN' build/terraform-checks.log; then
  echo "terraform-checks: a check was left out, see above" >&2
  exit 1
fi
