"""What a row of the ledger says of the message that notifies subscribers, where several of one image might."""

from typing import Final

# The SQS message that notifies, by its id.
NOTIFIER: Final = "notifier"
# Of what: the id of the notice. Another outcome, service or replay has another.
NOTICE: Final = "notice"
# Since when, ISO 8601 in UTC.
NOTIFYING_AT: Final = "notifying_at"

# How long other messages of the image leave it to that one. A queue hides a message for less at a time.
NOTIFYING_MINUTES: Final = 15
