#!/usr/bin/env bash
# changed.sh BASE [WANTED]: which roots of Terraform are deployed, as outputs of a step.
# BASE is the commit that was deployed last; where it is empty or no ancestor of HEAD, all are deployed.
# WANTED names one root, or all, whatever has changed.
set -euo pipefail

base="${1-}"
wanted="${2-}"

# The reader of a message before its writer: a service reads what the release before sent, not what the next one sends.
order=(store watermark resize)
declare -A deployed=()

all() {
  for root in platform "${order[@]}"; do deployed[$root]=1; done
}

# A file that is not known to concern nothing, or one root, concerns all of them: a plan says what comes of it.
concern() {
  case "$1" in
    *.md | LICENSE | Makefile | mkdocs.yml | .gitignore | .pre-commit-config.yaml) ;;
    docs/* | examples/*) ;;
    .ci/* | .github/* | bench/* | requirements/* | tests/*) ;;
    terraform/github/* | terraform/tests/* | terraform/versions.tf) ;;
    # The version in pyproject.toml is in every zip.
    pyproject.toml | ops/packaging/*)
      for service in "${order[@]}"; do deployed[$service]=1; done
      ;;
    ops/*) ;;
    services/resize/* | services/watermark/* | services/store/*)
      local service="${1#services/}"
      deployed[${service%%/*}]=1
      ;;
    terraform/platform/*) deployed[platform]=1 ;;
    terraform/services/*) for service in "${order[@]}"; do deployed[$service]=1; done ;;
    *) all ;;
  esac
}

if [[ $wanted == all ]]; then
  all
elif [[ -n $wanted ]]; then
  deployed[$wanted]=1
elif [[ -z $base ]] || ! git merge-base --is-ancestor "$base" HEAD 2> /dev/null; then
  echo "no commit that was deployed before: everything is planned" >&2
  all
else
  # -z and --no-renames: names as they are, and a file that moved concerns where it was, too.
  while IFS= read -r -d '' path; do concern "$path"; done < <(git diff --name-only --no-renames -z "$base" HEAD)
fi

services=""
for service in "${order[@]}"; do
  if [[ -n ${deployed[$service]-} ]]; then services+="${services:+,}\"$service\""; fi
done
echo "platform=$([[ -n ${deployed[platform]-} ]] && echo true || echo false)"
echo "services=[$services]"
