"""A service goes back to the version before, or to the one that is named, and to none that is not there."""

from dataclasses import dataclass, field

import pytest

from ops.deploy.rollback import rollback
from ops.errors import CommandError, Exit
from ops.names import Names


@dataclass
class FakeLambda:
    """A function whose published versions are these, of which the last is live."""

    published: tuple[int, ...]
    live: list[int] = field(default_factory=list)

    def get_alias(self, **_):
        return {"FunctionVersion": str(self.published[-1]), "RevisionId": "r"}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return [{"Versions": [{"Version": "$LATEST"}, *({"Version": str(each)} for each in self.published)]}]

    def update_alias(self, *, FunctionVersion, RevisionId, **_):  # noqa: N803 - as boto3 has them
        assert RevisionId == "r"
        self.live.append(int(FunctionVersion))


class FakeStack:
    names = Names(name="photos", account="123456789012", region="eu-west-1")

    def __init__(self, *published):
        self.functions = FakeLambda(published)

    def client(self, _):
        return self.functions


# Version 4 was live, and was rolled back to 3 before 5 was deployed.
@pytest.mark.parametrize(("to", "now"), [(None, 4), (3, 3)])
def test_a_service_goes_back_to_the_version_before_or_the_one_that_is_named(to, now):
    stack = FakeStack(3, 4, 5)
    assert rollback(stack, "resize", to) == (5, now)
    assert stack.functions.live == [now]


def test_a_version_that_is_not_there_is_refused():
    stack = FakeStack(3, 4, 5)
    with pytest.raises(CommandError, match="photos-resize has no version 7; there are 3, 4, 5") as refused:
        rollback(stack, "resize", 7)
    assert refused.value.code == Exit.NOT_FOUND
    assert stack.functions.live == []


def test_a_first_version_has_none_before_it():
    with pytest.raises(CommandError, match="version 1 is live, and there is none before it"):
        rollback(FakeStack(1), "resize")
