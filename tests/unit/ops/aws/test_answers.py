"""The time that AWS's answers give."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.aws.answers import answered_time, corrected, date_of

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DATE = "Thu, 01 Jan 2026 12:00:00 GMT"
END_OF_SECOND = NOW + timedelta(milliseconds=999)


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_without_a_date_it_is_this_machine_s_time(date):
    before = datetime.now(UTC)
    assert before <= answered_time(date) <= datetime.now(UTC)
    assert corrected(before, date) == before


def test_a_date_is_aws_s_own_time():
    assert NOW <= answered_time(DATE) < NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("here", "time"),
    [
        pytest.param(
            NOW + timedelta(milliseconds=250), NOW + timedelta(milliseconds=250), id="right to the millisecond"
        ),
        pytest.param(NOW - timedelta(hours=1), NOW, id="behind"),
        pytest.param(NOW + timedelta(hours=1), END_OF_SECOND, id="ahead"),
    ],
)
def test_a_clock_that_is_wrong_is_corrected_to_the_second_that_aws_says(here, time):
    assert corrected(here, DATE) == time


def test_the_date_of_an_answer_is_its_header():
    assert date_of({"ResponseMetadata": {"HTTPHeaders": {"date": DATE}}}) == DATE
    assert date_of({}) is None
