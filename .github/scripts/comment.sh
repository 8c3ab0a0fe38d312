#!/usr/bin/env bash
# comment.sh PULL_REQUEST FILE: the pull request's one comment about the plan says what FILE says.
set -euo pipefail

number="$1"
file="$2"
mark="$(head -n 1 "$file")"
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"

# The workflow's own, by who wrote it and by the mark in its first line: anybody can write the mark.
found="$(MARK="$mark" gh api --paginate "$comments" \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARK))) | .id' | head -n 1)"

if [[ -n $found ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$found" --field body=@"$file"
else
  gh api --silent --method POST "$comments" --field body=@"$file"
fi
