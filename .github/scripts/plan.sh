#!/usr/bin/env bash
# plan.sh [ROOT]: plans one root or all, says in the step's output whether any changes, and shows the plans in its summary.
set -euo pipefail

here="$(dirname "$0")"
summary=build/terraform/summary.tsv
mkdir -p build/terraform

# A state that lies in files is not here: everything would be planned again.
grep -qE "^state: *[\"']?s3\b" pipeline.yaml || {
  echo "plan: pipeline.yaml does not say state: s3; make bootstrap makes the bucket" >&2
  exit 1
}

make plan ${1:+SERVICE="$1"} | tee build/terraform/plan.log
grep -E $'^(platform|resize|watermark|store)\t(changes|unchanged)$' build/terraform/plan.log > "$summary" || {
  echo "plan: make plan named no root" >&2
  exit 1
}
echo "changes=$(grep -q $'\tchanges$' "$summary" && echo true || echo false)" >> "$GITHUB_OUTPUT"
python3 "$here/plan_text.py" build/terraform >> "$GITHUB_STEP_SUMMARY"
