#!/usr/bin/env bash
# rollback.sh SERVICE BEFORE: the service goes back to the version BEFORE, if another one is live by now.
set -euo pipefail

here="$(dirname "$0")"
service="$1"
before="$2"
live="$("$here/live.sh" "$service")"

if [[ $live == "$before" ]]; then
  echo "::notice title=nothing to go back from::$service is still at version $before."
elif [[ $before == none ]]; then
  echo "::warning title=nothing to go back to::Version $live of $service is the first."
else
  # By its number: the one before the live one may have been rolled back from.
  make rollback SERVICE="$service" TO="$before"
  live="$("$here/live.sh" "$service")"
  if [[ $live != "$before" ]]; then
    echo "::error title=another version is live::$service is at version $live; before the deploy it was at $before."
    exit 1
  fi
  echo "::warning title=rolled back::$service is at version $before again. Revert the change on main, too."
fi
