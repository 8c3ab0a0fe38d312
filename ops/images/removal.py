"""Takes down a source key: its versions, outputs and intermediate objects, and what the ledger says of the picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.aws.buckets import keys, time_of, versions_of
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
from shared.key_states import KeyState
from shared.messages import NULL_VERSION, Source
from shared.sequence import sortable

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """All that there is of a source key: what is uploaded after the look at it is not part of it.

    Args:
        deletion: a deletion of all that was uploaded before the look began, and of all versions and rows.
        versions: (version id, key) of each version and delete marker; the id is None in a bucket without versions.
        outputs: keys of objects in the output bucket that may be outputs of it.
        intermediate: keys in the work bucket.
        rows: of the ledger.
        sequence: of the last version that has outputs; empty where none has.
    """

    deletion: Source
    versions: tuple[str | None, ...]
    outputs: tuple[str, ...]
    intermediate: tuple[str, ...]
    rows: tuple[Row, ...]
    sequence: str

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
        # By S3's clock, and before anything is listed: what is uploaded from now on stays.
        began = iso(time_of(self.stack.s3, names.input_bucket, key))
        versions = tuple(versions_of(self.stack.s3, names.input_bucket, key))
        listed = {version_id or NULL_VERSION for version_id in versions}
        rows = tuple(
            row
            for row in self.stack.ledger.of_key(names.input_bucket, key)
            if row.uploaded_at <= began or (row.version_id or NULL_VERSION) in listed
        )
        at = max([began, *(row.uploaded_at for row in rows)])
        deletion = Source(bucket=names.input_bucket, key=key, size_bytes=0, uploaded_at=at)
        state = self._source_keys.state(deletion)
        recorded = state.outputs if state is not None else frozenset()
        # The record keeps the keys of outputs that were removed.
        known = sorted(recorded.union(*(row.outputs for row in rows)))
        outputs = {each: there for each in known if (there := head(self.stack.s3, names.output_bucket, each))}
        return Belongings(
            deletion=deletion,
            versions=versions,
            outputs=tuple(outputs),
            intermediate=tuple(
                each for row in rows for each in keys(self.stack.s3, names.work_bucket, f"{row.image_id}/")
            ),
            rows=rows,
            sequence=_last(deletion, state, outputs.values()),
        )

    def remove(self, key: str, found: Belongings) -> None:
        """Take all of it down, as it was found. What is removed half way is removed by the same call again.

        Raises:
            CommandError: the key was uploaded again since it was looked at.
        """
        names = self.stack.names
        try:
            # First, so that nothing that is on its way is stored afterwards.
            state = self._source_keys.remove(found.deletion, None)
        except PreconditionFailed as error:
            raise CommandError(
                f"{key} was uploaded again meanwhile; pass it to pipeline rm again", Exit.FAILURE
            ) from error
        for version_id in found.versions:
            delete(self.stack.s3, names.input_bucket, key, version_id)
        objects = S3Objects(self.stack.s3)
        outputs = Outputs(objects=objects, bucket=names.output_bucket, owner=naming.owner(found.deletion, ""))
        # A version that claims the key from now on has a later sequence, and may write the same output keys.
        last = max(state.sequence, found.sequence, key=sortable)
        outputs.remove({*found.outputs, *state.outputs}, found.deletion, last)
        objects.delete(names.work_bucket, found.intermediate)
        for row in found.rows:
            self.stack.ledger.redact(row)

    @property
    def _source_keys(self) -> DynamoSourceKeys:
        return DynamoSourceKeys(self.stack.dynamodb, self.stack.names.ledger)


def _last(source: Source, state: KeyState | None, outputs: Iterable["HeadObjectOutputTypeDef"]) -> str:
    """The sequence of the last version of a source, by its record and its outputs: the record may be lost."""
    owners = (naming.from_metadata(each["Metadata"]) for each in outputs)
    own = [each.sequence for each in owners if each is not None and naming.may_remove(each, source, each.sequence)]
    return max([state.sequence if state is not None else "", *own], key=sortable)
