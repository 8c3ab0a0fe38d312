"""What a backfill notes in the row of an image that it sends, until a service has recorded something of it."""

from typing import Final

# When a run of a backfill was about to send it, ISO 8601 in UTC: other runs leave it alone for some minutes.
SENDING_AT: Final = "sending_at"
# When it was sent, ISO 8601 in UTC: its message waits from then on, for as long as the queue keeps messages.
SENT_AT: Final = "sent_at"
