"""Takes down a source key: its versions, outputs and intermediate objects, and what the ledger says of the picture."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ops.aws.buckets import keys, versions_of
from ops.aws.ledger import Row
from ops.aws.objects import delete, head
from ops.errors import CommandError, Exit
from ops.stack import Stack
from services.store import naming
from services.store.outputs import Outputs
from shared.aws.objects import S3Objects
from shared.aws.source_keys import DynamoSourceKeys
from shared.dlq_messages import iso
from shared.errors import PreconditionFailed
from shared.messages import Source


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """All that there is of a source key.

    Args:
        versions: (version id, key) of each version and delete marker; the id is None in a bucket without versions.
        outputs: keys of objects in the output bucket that may be outputs of it.
        intermediate: keys in the work bucket.
        rows: of the ledger.
    """

    versions: tuple[str | None, ...]
    outputs: tuple[str, ...]
    intermediate: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def nothing(self) -> bool:
        """Whether nobody knows of such a key."""
        return not (self.versions or self.outputs or self.rows)


@dataclass(frozen=True, kw_only=True)
class Remover:
    """Removes source keys of a pipeline.

    Args:
        stack: whose.
    """

    stack: Stack

    def belongings(self, key: str) -> Belongings:
        """What there is of a key."""
        names = self.stack.names
        rows = tuple(self.stack.ledger.of_key(names.input_bucket, key))
        state = self._source_keys.state(self._deletion(key, rows))
        recorded = state.outputs if state is not None else frozenset()
        # The record keeps the keys of outputs that were removed.
        known = sorted(recorded.union(*(row.outputs for row in rows)))
        return Belongings(
            versions=tuple(versions_of(self.stack.s3, names.input_bucket, key)),
            outputs=tuple(each for each in known if head(self.stack.s3, names.output_bucket, each) is not None),
            intermediate=tuple(
                each for row in rows for each in keys(self.stack.s3, names.work_bucket, f"{row.image_id}/")
            ),
            rows=rows,
        )

    def remove(self, key: str, found: Belongings) -> None:
        """Take all of it down. What is removed half way is removed by the same call again.

        Raises:
            CommandError: the key was uploaded again meanwhile.
        """
        names = self.stack.names
        deletion = self._deletion(key, found.rows)
        try:
            # First, so that nothing that is on its way is stored afterwards.
            state = self._source_keys.remove(deletion, None)
        except PreconditionFailed as error:
            raise CommandError(
                f"{key} was uploaded again meanwhile; pass it to pipeline rm again", Exit.FAILURE
            ) from error
        for version_id in found.versions:
            delete(self.stack.s3, names.input_bucket, key, version_id)
        objects = S3Objects(self.stack.s3)
        outputs = Outputs(objects=objects, bucket=names.output_bucket, owner=naming.owner(deletion, ""))
        outputs.remove({*found.outputs, *state.outputs}, deletion, deletion.uploaded_at)
        objects.delete(names.work_bucket, found.intermediate)
        for row in found.rows:
            self.stack.ledger.redact(row)

    @property
    def _source_keys(self) -> DynamoSourceKeys:
        return DynamoSourceKeys(self.stack.dynamodb, self.stack.names.ledger)

    def _deletion(self, key: str, rows: tuple[Row, ...]) -> Source:
        """A deletion of all that was uploaded by now, and of all rows, whatever this machine's clock says."""
        at = max([iso(datetime.now(UTC)), *(row.uploaded_at for row in rows)])
        return Source(bucket=self.stack.names.input_bucket, key=key, size_bytes=0, uploaded_at=at)
