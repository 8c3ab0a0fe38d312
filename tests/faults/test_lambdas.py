"""What stands in for Lambda takes an answer as Lambda does."""

import pytest
from faults.lambdas import come_back

IDS = ("a", "b", "c")


def failures(*ids):
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        (failures(), set()),
        (failures("b"), {"b"}),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        (None, set()),
        (failures("b", ""), set(IDS)),
        (failures(None), set(IDS)),
        (failures("x"), set(IDS)),
        ({"batchItemFailures": [{"id": "b"}]}, set(IDS)),
        ({"batchItemFailures": ["b"]}, set(IDS)),
        ({"errorMessage": "KeyError"}, set(IDS)),
        ("done", set(IDS)),
    ],
)
def test_an_answer_that_cannot_be_read_brings_all_of_the_batch_back(answer, back):
    assert come_back(answer, IDS) == back
