"""What a person means by an address, and what a filter lets through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.aws.subscriptions import endpoint_of, in_words, policy_of
from ops.errors import CommandError
from ops.names import Names

NAMES = Names(name="pics", account="123456789012", region="eu-west-1")
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:archive"


@pytest.mark.parametrize(
    ("text", "protocol", "people"),
    [
        ("you@example.com", "email", True),
        ("first.last+tag@sub.example.co.uk", "email", True),
        (QUEUE, "sqs", False),
        ("arn:aws-cn:sqs:cn-north-1:123456789012:archive", "sqs", False),
        ("https://hooks.example.com/notices?x=1", "https", False),
        ("http://localhost:3000/hook", "http", False),
        ("http://127.0.0.1/", "http", False),
    ],
)
def test_an_address_is_known_by_its_form(text, protocol, people):
    found = endpoint_of(text, NAMES)
    assert (found.protocol, found.address, found.people) == (protocol, text, people)


@pytest.mark.parametrize("text", ["mailbox", "arn:aws:sqs:eu-west-1:123456789012:pics-mailbox"])
def test_the_mailbox_is_a_person_s(text):
    found = endpoint_of(text, NAMES)
    assert (found.protocol, found.address, found.people) == ("sqs", NAMES.queue_arn("pics-mailbox"), True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("you", "no e-mail address"),
        ("you@localhost", "no e-mail address"),
        ("a b@example.com", "no e-mail address"),
        ("you@example.com\n", "no e-mail address"),
        ("ü@example.com", "no e-mail address"),
        ("arn:aws:sns:eu-west-1:123456789012:topic", "no ARN of an SQS queue"),
        ("arn:aws:sqs:eu-west-1:12:archive", "no ARN of an SQS queue"),
        (QUEUE + ".fifo", "FIFO"),
        ("http://example.com/", "must begin with https://"),
        ("http://localhost.example.com/", "must begin with https://"),
        ("ftp://localhost/", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://example.com/a b", "must begin with https://"),
        ("https://[", "must begin with https://"),
    ],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(text, why):
    with pytest.raises(CommandError, match=why):
        endpoint_of(text, NAMES)


def test_people_are_spared_the_single_images_of_batches():
    assert policy_of(people=True) == {"audience": ["people"]}
    assert policy_of(people=False) == {}


def test_a_filter_names_what_notices_carry():
    assert policy_of(people=True, only="failures", prefix="holiday/") == {
        "audience": ["people"],
        "outcome": ["failed"],
        "prefix": [{"prefix": "holiday/"}],
    }
    assert policy_of(people=False, only="completions") == {"outcome": ["stored"]}


@pytest.mark.parametrize("prefix", ["holiday", "", "x" * 200 + "/"])
def test_a_prefix_that_is_no_folder_is_refused(prefix):
    with pytest.raises(CommandError, match="must end with /"):
        policy_of(people=True, prefix=prefix)


@given(st.booleans(), st.none() | st.sampled_from(["failures", "completions"]), st.none() | st.just("holiday/"))
def test_a_filter_of_ours_is_said_in_words_and_no_two_alike(people, only, prefix):
    words = in_words(policy_of(people=people, only=only, prefix=prefix))
    assert words == (
        f"{only or 'everything'}{' under holiday/' if prefix else ''}, "
        + ("one digest a batch" if people else "each image and each digest")
    )


@pytest.mark.parametrize("policy", [{"store": ["a"]}, {"audience": ["machines"]}, {"prefix": ["holiday/"]}])
def test_a_filter_that_somebody_made_elsewhere_is_shown_as_it_is(policy):
    assert in_words(policy) == json.dumps(policy)
