#!/usr/bin/env bash
# issue.sh [FILE]: the one open issue about drift says what FILE says; without FILE there is no drift, and it is closed.
set -euo pipefail

file="${1-}"
label=drift
title="AWS differs from main"

number="$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[0].number // empty')"

if [[ -z $file ]]; then
  if [[ -n $number ]]; then
    gh issue close "$number" --comment "AWS is what main says again: ${RUN-}"
  fi
elif [[ -n $number ]]; then
  gh issue edit "$number" --title "$title" --body-file "$file"
else
  gh label create "$label" --force --color D93F0B --description "What stands on AWS is not what main says"
  gh issue create --label "$label" --title "$title" --body-file "$file"
fi
