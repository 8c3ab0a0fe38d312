"""What the ledger knows of the images that messages are about: their rows and upload batches."""

from collections.abc import Sequence
from dataclasses import replace

from ops.aws.ledger import LedgerTable, Row
from ops.aws.objects import MAX_KEY_BYTES
from ops.dlq.received_messages import ReceivedMessage
from shared.messages import Source


def askable(source: Source) -> bool:
    """Whether AWS takes a question about it at all: a body made by hand may name what can be no object."""
    try:
        return bool(source.bucket) and 0 < len(source.key.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def rows_of(ledger: LedgerTable, entries: Sequence[ReceivedMessage]) -> dict[str, Row]:
    """The rows of every image that messages are about, by image id; of what no service has written there is none."""
    images = {
        (source.bucket, source.key, source.image_id) for entry in entries for source in entry.sources if askable(source)
    }
    return ledger.of_images(sorted(images)) if images else {}


def with_batches(ledger: LedgerTable, entries: Sequence[ReceivedMessage]) -> list[ReceivedMessage]:
    """The same messages, each with the batch that its image was uploaded in.

    A service names none where it refused the image before it had read the image's own metadata, as it does with an
    empty file; nor does SQS, of what it moved itself.
    """
    rows = rows_of(ledger, [entry for entry in entries if entry.batch is None])
    batches = {image_id: row.batch for image_id, row in rows.items() if row.batch is not None}
    return [
        replace(entry, batch=entry.batch or next((batches[each] for each in entry.images if each in batches), None))
        for entry in entries
    ]
