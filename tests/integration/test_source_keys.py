"""The records of source keys on DynamoDB: one version comes last, and only it may forget."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.ledger_rows import all_rows

from ops.aws.ledger import LedgerTable
from ops.preview.memory import MemorySourceKeys
from shared.aws.source_keys import DynamoSourceKeys
from shared.errors import AwsUnavailable, PreconditionFailed
from shared.key_states import KeyState
from shared.messages import Source

SOURCE = Source(bucket="in", key="a/photo", version_id="v1", sequencer="0A", size_bytes=1, uploaded_at="2026-01-01")


@pytest.fixture
def keys(aws):
    return DynamoSourceKeys(aws.dynamodb, aws.names.ledger)


def version(sequencer):
    return replace(SOURCE, version_id=f"v{sequencer}", sequencer=sequencer)


def test_the_first_version_claims_a_key_of_which_nothing_is_known(keys):
    assert keys.state(SOURCE) is None
    assert keys.claim(SOURCE, "one.zip", ("a.png", "b.png")) is None
    assert keys.state(SOURCE) == KeyState(
        sequence="0A",
        made_of="one.zip",
        version_id="v1",
        uploaded_at=SOURCE.uploaded_at,
        keys=frozenset({"a.png", "b.png"}),
        outputs=frozenset({"a.png", "b.png"}),
    )


def test_a_later_version_takes_the_key_and_knows_where_outputs_may_be(keys):
    keys.claim(version("0A"), "one.zip", ("a.png",))
    before = keys.claim(version("0B"), "two.zip", ("a.jpg",))
    assert (before.sequence, before.made_of) == ("0A", "one.zip")
    state = keys.state(SOURCE)
    assert (state.sequence, state.keys, state.outputs) == ("0B", frozenset({"a.jpg"}), frozenset({"a.jpg", "a.png"}))
    keys.forget(version("0B"), "two.zip", ("a.png",))
    assert keys.state(SOURCE).outputs == frozenset({"a.jpg"})


@pytest.mark.parametrize("later", ["0B", "0A1", "0A001"])
def test_an_older_version_can_neither_claim_nor_forget_the_key(keys, later):
    keys.claim(version(later), "two.zip", ("a.jpg",))
    state = keys.state(SOURCE)
    with pytest.raises(PreconditionFailed):
        keys.claim(version("0A"), "one.zip", ("a.png",))
    with pytest.raises(PreconditionFailed):
        keys.forget(version("0A"), "one.zip", ("a.jpg",))
    with pytest.raises(PreconditionFailed):
        keys.forget(version(later), "other settings.zip", ("a.jpg",))
    assert keys.state(SOURCE) == state


def test_the_stored_version_stays_where_an_older_one_was_deleted(keys):
    keys.claim(version("0A"), "one.zip", ("a.png",))
    deletion = replace(SOURCE, version_id=None, sequencer="0C")
    assert not keys.keep(deletion, "v0B")
    assert keys.keep(deletion, "v0A")
    with pytest.raises(PreconditionFailed):
        keys.remove(replace(deletion, sequencer="0B"), None)
    assert keys.state(SOURCE).made_of == "one.zip"
    keys.remove(replace(deletion, sequencer="0D"), None)
    assert not keys.keep(replace(deletion, sequencer="0E"), "v0A")


def test_keys_are_recorded_apart_from_each_other_and_from_images(aws, keys):
    keys.claim(SOURCE, "one.zip", ("a.png",))
    keys.claim(replace(SOURCE, key="a/photo.png"), "two.zip", ("b.png",))
    assert keys.state(SOURCE).keys == frozenset({"a.png"})
    table = LedgerTable(aws.dynamodb, aws.names.ledger)
    assert (all_rows(table), table.of_key("in", "a/photo")) == ([], [])


def test_a_table_that_cannot_answer_is_transient(aws):
    with pytest.raises(AwsUnavailable):
        DynamoSourceKeys(aws.dynamodb, "no-such-table").claim(SOURCE, "one.zip", ("a.png",))


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "forget", "remove", "keep"]),
        st.text("0A", min_size=1, max_size=3),
        st.sampled_from(["v1", "v2"]),
        st.booleans(),
        st.integers(1, 4),
        st.sampled_from(["one", "two"]),
        st.sets(st.sampled_from("abc"), min_size=1),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(CALLS)
def test_memory_and_dynamodb_agree(keys, calls):
    fresh = replace(SOURCE, key=f"{id(calls)}-{len(calls)}-{calls!r:.200}")
    memory = MemorySourceKeys()
    for name, sequencer, version_id, flag, day, made_of, outputs in calls:
        answers = []
        # Only a deletion may lack its place in the sequence.
        without = name == "remove" and flag
        source = replace(
            fresh,
            sequencer=None if without else sequencer,
            version_id=version_id,
            uploaded_at=f"2026-01-0{day}T00:00:00.000Z",
        )
        for each in (memory, keys):
            try:
                if name == "remove":
                    answers.append(each.remove(source, None if without or version_id == "v1" else version_id))
                elif name == "keep":
                    answers.append(each.keep(replace(source, version_id=None), version_id))
                else:
                    answers.append(getattr(each, name)(source, made_of, sorted(outputs)))
            except PreconditionFailed:
                answers.append("refused")
        states = [each.state(fresh) for each in (memory, keys)]
        for seen in (answers, states):
            one, other = (
                replace(each, sequence=each.sequence.rstrip("0")) if isinstance(each, KeyState) else each
                for each in seen
            )
            assert one == other
