"""Settings of buckets that exist already, and of prefixes."""

import pytest

from ops import settings
from ops.names import SERVICES, Names
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import Settings as StoreSettings
from shared.errors import BadSetting

NAMES = Names(name="pics", account="123456789012", region="eu-west-1")
URLS = {queue: f"http://sqs/{queue}" for service in SERVICES for queue in (NAMES.queue(service), NAMES.dlq(service))}
ONE = {"input": {"name": "pics", "prefix": "uploads/"}, "output": {"name": "pics", "prefix": "made/"}}


def test_existing_buckets_have_their_own_names_and_the_functions_their_prefixes():
    parsed = settings.parse({"name": "pics", "buckets": ONE})
    names = parsed.names("123456789012", "eu-west-1")
    assert (names.input_bucket, names.output_bucket) == ("pics", "pics")
    assert names.own_buckets == (names.work_bucket,) == ("pics-work-123456789012-eu-west-1",)
    store = StoreSettings.from_env(parsed.environment("store", names, URLS))
    assert (store.output_bucket, store.buckets) == ("pics", parsed.buckets)
    assert ResizeSettings.from_env(parsed.environment("resize", names, URLS)).buckets == parsed.buckets


@pytest.mark.parametrize(
    ("given", "events"),
    [
        ({}, "notification"),
        ({"prefix": "a/"}, "notification"),
        ({"name": "pics"}, "eventbridge"),
        ({"name": "pics", "events": "notification"}, "notification"),
        ({"events": "eventbridge"}, "eventbridge"),
    ],
)
def test_an_existing_bucket_s_notifications_are_left_alone_unless_asked(given, events):
    assert settings.parse({"name": "photos", "buckets": {"input": given}}).buckets.events == events


def test_eventbridge_sends_the_uploads_of_one_prefix_and_deletions_where_outputs_follow_them():
    buckets = {"input": {"name": "pics", "prefix": "uploads/"}}
    parsed = settings.parse({"name": "photos", "buckets": buckets})
    assert parsed.event_pattern("pics") == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["pics"]}, "object": {"key": [{"prefix": "uploads/"}]}},
    }
    following = settings.parse({"name": "photos", "buckets": buckets, "output": {"follow_deletes": True}})
    assert following.event_pattern("pics")["detail-type"] == ["Object Created", "Object Deleted"]
    # A bucket that may have no versions has no markers when its objects expire.
    assert "s3:LifecycleExpiration:*" in following.events


@pytest.mark.parametrize(
    ("buckets", "more", "message"),
    [
        ({"output": {"name": "pics"}}, {}, "are s3://pics/ and s3://pics/; allowed: prefixes"),
        ({"output": {"name": "pics", "prefix": "made/"}}, {}, "are s3://pics/ and s3://pics/made/"),
        (
            {"input": {"name": "pics", "prefix": "a/"}, "output": {"name": "pics", "prefix": "a/b/"}},
            {},
            "are s3://pics/a/ and s3://pics/a/b/",
        ),
        ({"input": {"name": "pics", "prefix": "a"}}, {}, "buckets.input.prefix is 'a'; allowed: folders"),
        ({"input": {"name": "pics", "prefix": "a*/"}}, {}, "buckets.input.prefix is 'a*/'"),
        ({"input": {"name": "pics", "prefix": "/"}}, {}, "buckets.input.prefix is '/'"),
        ({"input": {"name": "Pics"}}, {}, "buckets.input.name is 'Pics'; allowed: 3 to 63"),
        (
            {"output": {"name": "photos-input-123456789012-eu-west-1"}},
            {},
            "buckets.output.name is 'photos-input-123456789012-eu-west-1'; allowed: a bucket that exists already",
        ),
        ({"input": {"name": "pics", "events": "sns"}}, {}, "buckets.input.events is 'sns'"),
        ({}, {"uploads": {"cors_origins": ["https://a.example"]}}, 'uploads.cors_origins is ["https://a.example"]'),
        (
            {"output": {"name": "made"}},
            {"outputs": {"cors_origins": ["https://a.example"]}},
            'outputs.cors_origins is ["https://a.example"]; allowed: [] where buckets.output.name is given',
        ),
    ],
)
def test_buckets_that_would_make_loops_or_are_not_the_pipeline_s_to_change_are_refused(buckets, more, message):
    with pytest.raises(BadSetting) as refused:
        settings.parse({"name": "photos", "buckets": {"input": {"name": "pics"}} | buckets, **more})
    assert message in str(refused.value)
