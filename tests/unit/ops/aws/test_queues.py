"""The depth of a queue."""

import pytest

from ops.aws.queues import QueueDepth, depth_of


class Sqs:
    def __init__(self, **attributes):
        self.answer = {"Attributes": attributes, "ResponseMetadata": {"HTTPHeaders": {"date": "now"}}}
        self.asked = []

    def get_queue_attributes(self, QueueUrl, AttributeNames):  # noqa: N803 - as boto3 names them
        self.asked.append((QueueUrl, set(AttributeNames)))
        return self.answer


def test_a_depth_has_all_three_counts_and_the_time_of_sqs():
    sqs = Sqs(
        ApproximateNumberOfMessages="3",
        ApproximateNumberOfMessagesNotVisible="2",
        ApproximateNumberOfMessagesDelayed="1",
    )
    depth = depth_of(sqs, "url")
    assert depth == QueueDepth(visible=3, in_flight=2, delayed=1, date="now")
    assert depth.messages == 6
    assert sqs.asked == [
        (
            "url",
            {
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            },
        )
    ]


@pytest.mark.parametrize("answer", [{}, {"Attributes": {}}], ids=["nothing", "no counts"])
def test_what_sqs_does_not_say_is_none(answer):
    sqs = Sqs()
    sqs.answer = answer
    assert depth_of(sqs, "url") == QueueDepth()
