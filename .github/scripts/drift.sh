#!/usr/bin/env bash
# drift.sh: says in the step's output whether AWS differs from what the repository says; fails if that cannot be known.
set -euo pipefail

here="$(dirname "$0")"
summary=build/terraform/summary.tsv
mkdir -p build/terraform

# A state that lies in files is not here: everything would be planned again.
grep -qE "^state: *[\"']?s3\b" pipeline.yaml || {
  echo "drift: pipeline.yaml does not say state: s3; make bootstrap makes the bucket" >&2
  exit 1
}

# Make exits with 2 whatever a command of its exited with, and reports that in words: 3 is drift, all else is an error.
status=0
LC_ALL=C make drift > build/terraform/drift.log 2> build/terraform/drift.err || status=$?
cat build/terraform/drift.log
cat build/terraform/drift.err >&2

if ((status == 0)); then
  echo "drift=false" >> "$GITHUB_OUTPUT"
elif grep -qE '^make: \*\*\* \[[^]]*\bdrift\] Error 3$' build/terraform/drift.err; then
  grep -E $'^(platform|resize|watermark|store)\tchanges$' build/terraform/drift.log > "$summary" || {
    echo "drift: make drift named no root" >&2
    exit 1
  }
  echo "drift=true" >> "$GITHUB_OUTPUT"
  python3 "$here/plan_text.py" build/terraform >> "$GITHUB_STEP_SUMMARY"
else
  exit "$status"
fi
