"""Every conditional call of store is refused, in every case: nothing ends wrongly, and the next attempt ends it right.

S3 answers 412 where a condition does not hold and 409 where another request for the key is under way, and DynamoDB
refuses alike; the adapters make PreconditionFailed of each. A request that was done can be refused, too: its answer was
lost, and the SDK sent it again.
"""

from dataclasses import replace

import pytest
from unit.store.test_sequence import JPEG, LATER, PNG, Bucket, deletion

from shared.errors import PreconditionFailed, TransientError

CONDITIONAL = ("claim", "forget", "put_if", "delete_if", "remove")
# Another version with the place of the first one, as a backfill may give it; and the same version with other settings.
REMADE = replace(PNG, intermediate_key="photo-v1-remade.zip")
LOWER = replace(JPEG, source=replace(JPEG.source, sequencer="00"))
UPLOADED_LATER = replace(LATER, source=replace(LATER.source, uploaded_at="2026-01-01T00:00:02.000Z"))

# What was done before, and what is done while it is refused.
CASES = {
    "a first version": ((), PNG),
    "a newer version": ((PNG,), JPEG),
    "a newer one of the same keys": ((PNG,), replace(JPEG, renditions=PNG.renditions)),
    "an older version": ((JPEG,), PNG),
    "the same again": ((PNG,), PNG),
    "the same with other settings": ((PNG,), REMADE),
    "the last one with a lower place": ((JPEG,), LOWER),
    "a deleted version": ((deletion("03"),), PNG),
    "a version after a deletion": ((PNG, deletion("03")), LATER),
    "a version after a deletion by hand": ((PNG, deletion(None)), UPLOADED_LATER),
    "a version before a deletion by hand": ((deletion(None),), PNG),
    "a deletion": ((PNG,), deletion("03")),
    "a deletion again": ((PNG, deletion("03")), deletion("03")),
    "a deletion before all": ((), deletion("03")),
    "a late deletion": ((LATER,), deletion("03")),
    "a deletion by hand": ((PNG,), deletion(None)),
    "a late deletion by hand": ((UPLOADED_LATER,), deletion(None)),
    "a deletion of the version": ((PNG,), deletion("03", "v1")),
    "a deletion of another version": ((JPEG,), deletion("03", "v1")),
}


class Refusing(Bucket):
    """Ports that refuse conditional calls.

    Args:
        refused: the numbers of the calls that are refused.
        done: whether they are done all the same.
    """

    def __init__(self, refused, *, done):
        super().__init__()
        self.refused, self.done, self.conditional = refused, done, 0

    def __getattr__(self, name):
        call = super().__getattr__(name)
        if name not in CONDITIONAL:
            return call

        def judged(*args, **options):
            self.conditional += 1
            if self.conditional not in self.refused:
                return call(*args, **options)
            if self.done:
                call(*args, **options)
            raise PreconditionFailed("409")

        return judged


def prepared(case, refused=(), *, done=False):
    """The ports as they are before the case, and its message."""
    before, message = CASES[case]
    bucket = Refusing((), done=done).fed(*before, message)
    for each in before:
        bucket.store(each)
    bucket.conditional, bucket.refused = 0, refused
    return bucket, message


def undisturbed(case):
    bucket, message = prepared(case)
    outcome = bucket.store(message).outcome
    return outcome, bucket.standing(), bucket.conditional


def points():
    """Each conditional call of each case, refused once or from then on, before or after it is done."""
    for case in CASES:
        for number in range(1, undisturbed(case)[2] + 1):
            for refused in ((number,), range(number, 99)):
                for done in (False, True):
                    words = (
                        f"{case}, call {number}{' on' if len(refused) > 1 else ''}, {'done' if done else 'not done'}"
                    )
                    yield pytest.param(case, refused, done, id=words)


@pytest.mark.parametrize(("case", "refused", "done"), list(points()))
def test_a_refusal_ends_nothing_wrongly(case, refused, done):
    outcome, standing, _ = undisturbed(case)
    bucket, message = prepared(case, refused, done=done)
    try:
        first = bucket.store(message).outcome
    except TransientError:
        bucket.refused = ()
        first = bucket.store(message).outcome
    assert first == outcome
    assert bucket.standing() == standing


def test_there_is_something_to_refuse_in_each_case():
    assert {case for case in CASES if undisturbed(case)[2] == 0} == set()
    assert len(list(points())) > 150
