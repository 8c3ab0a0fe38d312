"""pipeline.yaml, and the environment that each function gets from it."""

import itertools
import json
import re
from dataclasses import replace

import botocore.session
import pytest
import yaml

from ops import settings
from ops.names import SERVICES, Names
from ops.schema.functions import MAX_TIMEOUT_SECONDS
from services.resize.settings import DEFAULT_RENDITIONS, Moderation
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import Output
from services.store.settings import Settings as StoreSettings
from services.watermark.settings import Settings as WatermarkSettings
from shared.errors import BadSetting

NAMES = Names(name="pics", account="123456789012", region="eu-west-1")
PLAIN = {
    "renditions": [{"name": "x"}],
    "limits": {},
    "formats": [],
    "metadata": "none",
    "overrides": [],
    "profiles": [],
    "watermark": {},
    "output": {},
    "buckets": {},
    "moderation": {},
}
URLS = {queue: f"http://sqs/{queue}" for service in SERVICES for queue in (NAMES.queue(service), NAMES.dlq(service))}


def test_only_the_name_must_be_given():
    parsed = settings.parse({"name": "pics"})
    assert parsed.services["resize"].max_receive_count == 10
    assert (parsed.encryption, parsed.permissions_boundary, parsed.state) == ("aws", None, "local")
    assert ResizeSettings.from_env(parsed.environment("resize", NAMES, URLS)).renditions == DEFAULT_RENDITIONS


def test_the_file_of_the_repository_writes_out_the_defaults():
    written, default = settings.load(), settings.parse({"name": "image-pipeline"})
    assert written.services == default.services
    assert written.retention == default.retention
    assert (written.encryption, written.state) == (default.encryption, default.state)
    assert written.permissions_boundary == default.permissions_boundary
    env = {service: written.environment(service, NAMES, URLS) for service in SERVICES}
    assert replace(ResizeSettings.from_env(env["resize"]), work_bucket="w") == ResizeSettings(work_bucket="w")
    assert replace(WatermarkSettings.from_env(env["watermark"]), work_bucket="w") == WatermarkSettings(work_bucket="w")
    assert StoreSettings.from_env(env["store"]).output == Output()


def test_each_function_gets_its_own_sections_and_no_others():
    parsed = settings.parse({"name": "pics"} | PLAIN)
    sections = {section.upper() for section in PLAIN}
    got = {service: sections & parsed.environment(service, NAMES, URLS).keys() for service in SERVICES}
    assert got == {
        "resize": {"RENDITIONS", "LIMITS", "FORMATS", "METADATA", "OVERRIDES", "PROFILES", "MODERATION", "BUCKETS"},
        "watermark": {"LIMITS", "WATERMARK", "OVERRIDES", "PROFILES"},
        "store": {"OUTPUT", "BUCKETS"},
    }


def test_each_function_gets_what_it_reads_of_a_profile_and_every_prefix():
    profiles = [
        {"prefix": "a/", "metadata": "copyright", "watermark": {"opacity": 1}, "renditions": [{"name": "x"}]},
        {"prefix": "b/", "watermark": {"tile": True}},
        {"prefix": "c/", "metadata": "none"},
    ]
    parsed = settings.parse({"name": "pics", "profiles": profiles})
    got = {
        service: json.loads(parsed.environment(service, NAMES, URLS).get("PROFILES", "null")) for service in SERVICES
    }
    assert got == {
        "resize": [
            {"prefix": "a/", "renditions": [{"name": "x"}], "metadata": "copyright"},
            {"prefix": "b/"},
            {"prefix": "c/", "metadata": "none"},
        ],
        "watermark": [
            {"prefix": "a/", "watermark": {"opacity": 1}},
            {"prefix": "b/", "watermark": {"tile": True}},
            {"prefix": "c/"},
        ],
        "store": None,
    }


def test_the_example_of_a_profile_in_the_repository_s_file_is_right():
    lines = (settings.ROOT / "pipeline.yaml").read_text(encoding="utf-8").splitlines()
    first = lines.index("# profiles:")
    example = itertools.takewhile(lambda line: line.startswith("#"), lines[first:])
    values = yaml.safe_load("\n".join(line.removeprefix("# ") for line in example))
    parsed = settings.parse({"name": "pics"} | values)
    assert [profile["prefix"] for profile in parsed.sections["profiles"]] == ["avatars/", "press/"]


def profiles_of(count):
    renditions = [{"name": name, "width": 128, "height": 128, "fit": "cover"} for name in ("avatar", "badge")]
    return [{"prefix": f"folder-{index:02}/", "renditions": renditions} for index in range(count)]


def test_an_environment_that_lambda_would_refuse_is_refused_here():
    settings.parse({"name": "pics", "profiles": profiles_of(15)})
    with pytest.raises(BadSetting) as refused:
        settings.parse({"name": "pics", "profiles": profiles_of(20)})
    assert re.fullmatch(
        r"renditions, sets, extras, metadata, hdr, trim, pages, overrides, profiles, limits, formats, moderation,"
        r" buckets make an environment of \d,\d{3} bytes for the function resize; Lambda allows 4,096:"
        r" leave out profiles, or what in them is the default",
        str(refused.value),
    )


def test_what_is_measured_is_at_least_what_any_account_and_region_makes_of_it():
    parsed = settings.load()
    domains = {"cn-northwest-1": "amazonaws.com.cn", "cn-north-1": "amazonaws.com.cn", "eusc-de-east-1": "amazonaws.eu"}
    regions = ("us-east-1", "eu-west-1", "us-gov-west-1", "us-gov-east-1", "ap-southeast-7", "ap-northeast-1", *domains)
    for region in regions:
        names = Names(name="image-pipeline", account="123456789012", region=region)
        queues = [queue for service in SERVICES for queue in (names.queue(service), names.dlq(service))]
        domain = domains.get(region, "amazonaws.com")
        urls = {queue: f"https://sqs.{region}.{domain}/{names.account}/{queue}" for queue in queues}
        for service in SERVICES:
            real = json.dumps(parsed.environment(service, names, urls))
            assert len(real) <= len(json.dumps(settings.placeholders(parsed, service)))


def test_services_are_joined_by_queues():
    parsed = settings.load()
    assert parsed.environment("resize", NAMES, URLS)["NEXT_QUEUE_URL"] == "http://sqs/pics-watermark"
    assert parsed.environment("watermark", NAMES, URLS)["NEXT_QUEUE_URL"] == "http://sqs/pics-store"
    assert "NEXT_QUEUE_URL" not in parsed.environment("store", NAMES, URLS)
    assert parsed.environment("store", NAMES, URLS)["OUTPUT_BUCKET"] == "pics-output-123456789012-eu-west-1"
    assert parsed.environment("store", NAMES, URLS)["BATCH_TIMEOUT_MINUTES"] == "60"


def test_messages_stay_hidden_six_times_as_long_as_a_function_may_run():
    parsed = settings.parse(
        {"name": "pics", "services": {"resize": {"timeout_seconds": 100, "batching_window_seconds": 5}}}
    )
    assert parsed.services["resize"].visibility_timeout_seconds == 605


def test_every_period_that_cloudwatch_knows_may_be_asked_for():
    for days in settings.SCHEMA["properties"]["retention"]["properties"]["logs_days"]["enum"]:
        assert settings.parse({"name": "pics", "retention": {"logs_days": days}}).retention.logs_days == days


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "name is not given; allowed: 2 to 24 characters of a-z"),
        ({"name": "Pics"}, "name is 'Pics'; allowed: 2 to 24 characters of a-z"),
        (
            {"name": "pics", "services": {"upload": {}}},
            "services.upload is not a setting; allowed: resize, store, watermark",
        ),
        ({"name": "pics", "retention": {"work_days": 14}}, "retention.work_days is 14; allowed: more than dlq_days"),
        (
            {"name": "pics", "retention": {"dlq_days": 1}, "services": {"store": {"max_receive_count": 480}}},
            "services.store.max_receive_count is 480; allowed: at most 479, or more retention.dlq_days (1)",
        ),
        ({"name": "xn--pics"}, "name is 'xn--pics'; allowed: a name that begins with none of amzn-s3-demo-, sthree-"),
        ({"name": "pics", "output": {"key": "x"}}, "output.key is 'x'"),
        ({"name": "pics", "colour": 1}, "colour is not a setting"),
        ({"name": "pics", "pages": "all"}, "allowed: an output.key with {page}"),
        ({"name": "pics", "formats": ["svg"]}, "formats[0] is 'svg'; allowed: one of jpeg, png"),
        ({"name": "pics", "overrides": ["size"]}, "overrides[0] is 'size'; allowed: one of renditions"),
        ({"name": "pics", "profiles": [{"prefix": "a/"}, {"prefix": "a/"}]}, "profiles[1].prefix is 'a/'"),
        (
            {"name": "pics", "profiles": [{"prefix": "a/", "renditions": [{"name": "x"}, {"name": "y", "width": 0}]}]},
            "profiles[0].renditions[1].width is 0",
        ),
        (
            {"name": "pics", "profiles": [{"prefix": "a/", "watermark": {"position": "left"}}]},
            "profiles[0].watermark.position is 'left'",
        ),
        (
            {"name": "pics", "limits": {"seconds": 56}},
            "limits.seconds is 56; allowed: at least 5 less than services.resize.timeout_seconds, which is 60",
        ),
        (
            {"name": "pics", "services": {"resize": {"timeout_seconds": 24}}},
            "limits.seconds is 20; allowed: at least 5 less than services.resize.timeout_seconds, which is 24",
        ),
        (
            {"name": "pics", "retention": {"logs_days": 31}},
            "retention.logs_days is 31; allowed: one of 1, 3, 5, 7",
        ),
        (
            {"name": "pics", "permissions_boundary": "policy/x"},
            "permissions_boundary is 'policy/x'; allowed: the name of a policy of the account",
        ),
        (
            {"name": "pics", "moderation": {"labels": {"Nudity": 60}}},
            "moderation.labels.Nudity is not a setting; did you mean Implied Nudity? allowed:",
        ),
        ({"name": "pics", "profiles": [{"prefix": "a/", "moderation": {}}]}, "profiles[0].moderation is not a setting"),
        ("pics", "must be a mapping"),
    ],
)
def test_a_wrong_setting_is_named(values, message):
    with pytest.raises(BadSetting) as refused:
        settings.parse(values)
    assert message in str(refused.value)


def test_all_that_is_wrong_is_named_at_once_on_one_line():
    with pytest.raises(BadSetting) as refused:
        settings.parse({"name": "pics", "limits": {"frames": 0}, "state": "git"})
    assert str(refused.value) == (
        "state is 'git'; allowed: one of local, s3 | limits.frames is 0; allowed: a whole number from 1 to 10,000"
    )


def test_an_image_may_take_all_but_what_the_function_keeps_for_itself():
    services = {"resize": {"timeout_seconds": 845}, "watermark": {"timeout_seconds": 845}}
    values = {"name": "pics", "limits": {"seconds": 840}, "services": services}
    assert settings.parse(values).sections["limits"] == {"seconds": 840}


def test_an_image_must_fail_in_watermark_too_before_the_function_s_time_is_over():
    values = {"name": "pics", "limits": {"seconds": 840}, "services": {"resize": {"timeout_seconds": 845}}}
    with pytest.raises(BadSetting, match=r"services\.watermark\.timeout_seconds, which is 60"):
        settings.parse(values)


def test_moderation_is_on_where_it_is_said_and_may_be_taken_out():
    assert not settings.parse({"name": "pics"}).moderates
    assert not settings.load().moderates
    on = settings.parse({"name": "pics", "moderation": {"enabled": True}, "limits": {"frames": 9}})
    assert on.moderates
    off = on.without_moderation()
    assert (off.moderates, off.sections) == (False, {"limits": {"frames": 9}})
    assert "MODERATION" not in off.environment("resize", NAMES, URLS)


def test_the_moderation_that_the_repository_s_file_writes_out_is_the_default():
    written = ResizeSettings.from_env({"WORK_BUCKET": "w", "MODERATION": json.dumps(enabled(settings.load()))})
    assert written.moderation == Moderation()


def enabled(parsed):
    return parsed.sections["moderation"] | {"enabled": True}


def test_a_file_that_is_not_yaml_is_named(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text("name: [")
    with pytest.raises(BadSetting, match=r"pipeline.yaml, line 1, column 8, is not YAML"):
        settings.load(path)
    path.write_bytes(b"name: \xff")
    with pytest.raises(BadSetting, match=r"pipeline.yaml is not UTF-8"):
        settings.load(path)


def test_a_value_that_yaml_readers_disagree_about_is_named(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text("name: pics\nservices: {store: {memory_mb: 0256}}\n")
    with pytest.raises(
        BadSetting, match=r"^pipeline.yaml, line 2: services.store.memory_mb is 0256, which .* write 256"
    ):
        settings.load(path)


def test_settings_reach_the_function_as_they_were_written(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump({"name": "pics", "watermark": {"text": "© Ñandú"}}, allow_unicode=True))
    env = settings.load(path).environment("watermark", NAMES, URLS)
    assert json.loads(env["WATERMARK"]) == {"text": "© Ñandú"}


def test_s3_reports_deletions_where_outputs_follow_them():
    assert settings.parse({"name": "pics"}).events == ["s3:ObjectCreated:*"]
    on = settings.parse({"name": "pics", "output": {"follow_deletes": True}})
    assert on.events == ["s3:ObjectCreated:*", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:ObjectRemoved:*"]


def test_pollers_have_the_defaults_of_lambda():
    parsed = settings.parse({"name": "pics", "services": {"resize": {"pollers": {}}, "store": {"pollers": None}}})
    assert parsed.services["resize"].pollers == settings.Pollers(minimum=2, maximum=200)
    assert parsed.services["store"].pollers is parsed.services["watermark"].pollers is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"pollers": 3}, "services.store.pollers is 3; it must be a mapping of settings"),
        ({"pollers": {"least": 3}}, "services.store.pollers.least is not a setting"),
        ({"pollers": {"minimum": 1}}, "services.store.pollers.minimum is 1; allowed: a whole number from 2 to 200"),
        ({"pollers": {"maximum": 2001}}, "services.store.pollers.maximum is 2001; allowed: a whole number from 2 to"),
        (
            {"pollers": {"minimum": 9, "maximum": 8}},
            "services.store.pollers.minimum is 9; allowed: at most pollers.max",
        ),
        (
            {"pollers": {}, "maximum_concurrency": 10},
            "services.store has pollers and maximum_concurrency; allowed: one of them",
        ),
    ],
)
def test_pollers_that_lambda_refuses_are_refused_by_name(given, problem):
    with pytest.raises(BadSetting, match=re.escape(problem)):
        settings.parse({"name": "pics", "services": {"store": given}})


def test_the_longest_timeout_is_what_aws_s_model_says_of_an_ordinary_function():
    """The model's greatest value is for managed instances; the words beside it have the others'."""
    service = botocore.session.get_session().get_service_model("lambda")
    words = service.shape_for("CreateFunctionRequest").members["Timeout"].documentation
    assert f"the maximum allowed value is {MAX_TIMEOUT_SECONDS} seconds" in words
    bounds = settings.SCHEMA["properties"]["services"]["properties"]
    assert {bounds[service]["properties"]["timeout_seconds"]["maximum"] for service in SERVICES} == {
        MAX_TIMEOUT_SECONDS
    }


def test_a_budget_is_off_unless_it_has_a_limit_and_somebody_to_notify():
    settings.parse({"name": "pics", "budget": {"emails": ["ops@example.com"]}})
    settings.parse({"name": "pics", "budget": {"monthly_dollars": 50, "emails": ["ops@example.com"]}})
    with pytest.raises(BadSetting, match=r"budget.emails is \[\]; allowed: 1 to 10 addresses"):
        settings.parse({"name": "pics", "budget": {"monthly_dollars": 50}})
    with pytest.raises(BadSetting, match=r"budget.emails\[0\] is 'ops'; allowed: an e-mail address"):
        settings.parse({"name": "pics", "budget": {"monthly_dollars": 50, "emails": ["ops"]}})


FACES = {"name": "a", "fit": "cover", "gravity": "faces"}


@pytest.mark.parametrize(
    ("given", "detects"),
    [
        ({}, False),
        ({"moderation": {"faces": "blur"}}, False),
        ({"moderation": {"enabled": True}}, False),
        ({"moderation": {"enabled": True, "faces": "pixelate"}}, True),
        ({"renditions": [FACES]}, True),
        ({"renditions": None, "profiles": [{"prefix": "a/"}, {"prefix": "b/", "renditions": [FACES]}]}, True),
    ],
)
def test_faces_are_looked_for_where_they_are_hidden_or_cropped_around(given, detects):
    parsed = settings.parse({"name": "pics", **given})
    assert parsed.detects_faces == detects
    without = parsed.without_moderation()
    assert (without.moderates, without.detects_faces) == (False, False)
    if given.get("renditions"):
        assert without.sections["renditions"][0]["gravity"] == "attention"
