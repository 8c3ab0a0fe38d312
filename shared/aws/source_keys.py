"""The records of source keys in the ledger's table: which version of a key comes last, and where its outputs are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from shared import sequence as sequences
from shared.aws.refusals import translated
from shared.errors import PreconditionFailed
from shared.key_states import KeyState
from shared.messages import Source

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Rows of images begin with a bucket's name, which holds no "#".
PARTITION: Final = "key#"
_ITEM: Final = "key"

# Sequences are kept so that text comparison gives their order, and times are of one form.
_NOT_LATER: Final = "(attribute_not_exists(#sequence) OR #sequence <= :sequence)"
_NOT_REMOVED: Final = "(attribute_not_exists(#removed_at) OR #removed_at < :uploaded_at)"
_UPLOADED_BEFORE: Final = (
    "(attribute_not_exists(#uploaded_at) OR #uploaded_at <= :removed_at)"
    " AND (attribute_not_exists(#removed_at) OR #removed_at <= :removed_at)"
)
_OF_VERSION: Final = "#version_id = :version_id"
_STANDS: Final = f"{_OF_VERSION} AND attribute_exists(#made_of)"
_IS_LAST: Final = "#sequence = :sequence AND #made_of = :made_of"


class DynamoSourceKeys:
    """One item a source key, which conditional writes alone change.

    Args:
        client: of DynamoDB.
        table: the ledger.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, source: Source, made_of: str, keys: Sequence[str]) -> KeyState | None:
        """Make a version the last one of its key; see shared.key_states.SourceKeys."""
        values = {
            **_version(source, made_of),
            "uploaded_at": {"S": source.uploaded_at},
            "version_id": {"S": source.version_id or ""},
            "keys": {"SS": list(keys)},
        }
        expression = f"SET {_assignments(values)} ADD #outputs :outputs"
        values["outputs"] = values["keys"]
        return _state(self._update(source, expression, values, f"{_NOT_LATER} AND {_NOT_REMOVED}", "removed_at"))

    def remove(self, source: Source, version_id: str | None) -> KeyState:
        """Record that a source was removed; see shared.key_states.SourceKeys."""
        values: dict[str, Any] = {}
        if version_id is not None:
            condition = _OF_VERSION
            values["version_id"] = {"S": version_id}
        elif source.sequencer is None:
            condition = _UPLOADED_BEFORE
            values["removed_at"] = {"S": source.uploaded_at}
        else:
            condition = _NOT_LATER
            values["sequence"] = {"S": sequences.sortable(source.sequencer)}
        expression = f"SET {_assignments(values)} REMOVE #made_of, #keys"
        old = self._update(source, expression, values, condition, "made_of", "keys", "uploaded_at")
        state = _state({**old, **values})
        return replace(state, made_of=None, keys=frozenset()) if state is not None else KeyState(sequence="")

    def state(self, source: Source) -> KeyState | None:
        """What is known of a key; see shared.key_states.SourceKeys."""
        with translated(f"looking up the last version of {source.key} in {self._table}"):
            answer = self._client.get_item(TableName=self._table, Key=_key(source), ConsistentRead=True)
        return _state(answer.get("Item", {}))

    def keep(self, deletion: Source, version_id: str) -> bool:
        """Give the version whose outputs stand a later place; see shared.key_states.SourceKeys."""
        sequence = sequences.sortable(sequences.of(deletion))
        values: dict[str, Any] = {"sequence": {"S": sequence}, "version_id": {"S": version_id}}
        try:
            self._update(deletion, "SET #sequence = :sequence", values, f"{_STANDS} AND {_NOT_LATER}", "made_of")
        except PreconditionFailed:
            return False
        return True

    def forget(self, source: Source, made_of: str, keys: Sequence[str]) -> None:
        """Forget keys of outputs that are gone; see shared.key_states.SourceKeys."""
        values = {**_version(source, made_of), "outputs": {"SS": list(keys)}}
        self._update(source, "DELETE #outputs :outputs", values, _IS_LAST)

    def _update(
        self, source: Source, expression: str, values: Mapping[str, Any], condition: str, *names: str
    ) -> Mapping[str, Any]:
        """Write a key's item on a condition; the item as it was before.

        Args:
            source: any version of the key.
            expression: that changes it.
            values: by the attributes' names.
            condition: that must hold.
            names: of attributes that expression and condition name and that have no value in them.
        """
        both = f"{expression} {condition}"
        with translated(f"recording the last version of {source.key} in {self._table}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(source),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in (*values, *names) if f"#{name}" in both},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                ReturnValues="ALL_OLD",
            )
        return answer.get("Attributes", {})


def _assignments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"#{name} = :{name}" for name in values)


def item_key(bucket: str, key: str) -> dict[str, Any]:
    """The key of the item of a source key, in DynamoDB's form."""
    return {"source": {"S": f"{PARTITION}{bucket}/{key}"}, "image_id": {"S": _ITEM}}


def _key(source: Source) -> dict[str, Any]:
    return item_key(source.bucket, source.key)


def _version(source: Source, made_of: str) -> dict[str, Any]:
    return {"sequence": {"S": sequences.sortable(sequences.of(source))}, "made_of": {"S": made_of}}


def _state(item: Mapping[str, Any]) -> KeyState | None:
    if not item:
        return None
    return KeyState(
        sequence=item.get("sequence", {}).get("S", ""),
        made_of=item.get("made_of", {}).get("S"),
        version_id=item.get("version_id", {}).get("S") or None,
        uploaded_at=item.get("uploaded_at", {}).get("S"),
        removed_at=item.get("removed_at", {}).get("S"),
        keys=frozenset(item.get("keys", {}).get("SS", ())),
        outputs=frozenset(item.get("outputs", {}).get("SS", ())),
    )
