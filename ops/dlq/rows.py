"""What the ledger knows of the images that letters are about: their rows, and the batches that they were dropped in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ops.dlq.letters import Letter
from ops.ledger import LedgerTable, Row
from shared.messages import Source

_LONGEST_KEY_BYTES: Final = 1024


def askable(source: Source) -> bool:
    """Whether AWS takes a question about it at all: a body made by hand may name what can be no object."""
    try:
        return bool(source.bucket) and 0 < len(source.key.encode()) <= _LONGEST_KEY_BYTES
    except UnicodeEncodeError:
        return False


def rows_of(ledger: LedgerTable, letters: Sequence[Letter]) -> dict[str, Row]:
    """The rows of every image that letters are about, by image id; of what no service has written there is none.

    Args:
        ledger: of the pipeline.
        letters: of any dead-letter queue.
    """
    asked = {
        (source.bucket, source.key, source.image_id)
        for letter in letters
        for source in letter.sources
        if askable(source)
    }
    return ledger.of_images(sorted(asked)) if asked else {}


def with_batches(ledger: LedgerTable, letters: Sequence[Letter]) -> list[Letter]:
    """The same letters, each with the batch that its image was dropped in.

    A service names none where it refused the image before it had read the image's own metadata, as it does with an
    empty file; nor does SQS, of what it moved itself.

    Args:
        ledger: of the pipeline.
        letters: of any dead-letter queue.
    """
    rows = rows_of(ledger, [letter for letter in letters if letter.batch is None])
    batches = {image_id: row.batch for image_id, row in rows.items() if row.batch is not None}
    return [
        replace(letter, batch=letter.batch or next((batches[each] for each in letter.images if each in batches), None))
        for letter in letters
    ]
