"""pipeline.yaml, and the environment that each function gets from it."""

import json

import pytest
import yaml

from ops import settings
from ops.names import STAGES, Names
from services.resize.settings import DEFAULT_RENDITIONS, Limits
from services.resize.settings import Settings as ResizeSettings
from services.store.settings import Output
from services.store.settings import Settings as StoreSettings
from services.watermark.settings import Settings as WatermarkSettings
from services.watermark.settings import Watermark
from shared.errors import BadSetting

NAMES = Names(name="pics", account="123456789012", region="eu-west-1")
URLS = {queue: f"http://sqs/{queue}" for stage in STAGES for queue in (NAMES.queue(stage), NAMES.dlq(stage))}


def test_only_the_name_must_be_given():
    parsed = settings.parse({"name": "pics"})
    assert parsed.stages["resize"].max_receive_count == 6
    assert ResizeSettings.from_env(parsed.environment("resize", NAMES, URLS)).renditions == DEFAULT_RENDITIONS


def test_the_file_of_the_repository_writes_out_the_defaults():
    written, default = settings.load(), settings.parse({"name": "image-pipeline"})
    assert written.stages == default.stages
    assert written.retention == default.retention
    env = {stage: written.environment(stage, NAMES, URLS) for stage in STAGES}
    assert ResizeSettings.from_env(env["resize"]).renditions == DEFAULT_RENDITIONS
    assert ResizeSettings.from_env(env["resize"]).limits == Limits()
    assert WatermarkSettings.from_env(env["watermark"]).watermark == Watermark()
    assert StoreSettings.from_env(env["store"]).output == Output()


def test_each_function_gets_its_own_sections_and_no_others():
    parsed = settings.load()
    sections = {"RENDITIONS", "LIMITS", "WATERMARK", "OUTPUT"}
    got = {stage: sections & parsed.environment(stage, NAMES, URLS).keys() for stage in STAGES}
    assert got == {"resize": {"RENDITIONS", "LIMITS"}, "watermark": {"WATERMARK"}, "store": {"OUTPUT"}}


def test_an_environment_fits_into_what_lambda_allows():
    for stage in STAGES:
        env = settings.load().environment(stage, NAMES, URLS)
        assert sum(len(name.encode()) + len(value.encode()) for name, value in env.items()) < 4096


def test_stages_are_joined_by_queues():
    parsed = settings.load()
    assert parsed.environment("resize", NAMES, URLS)["NEXT_QUEUE_URL"] == "http://sqs/pics-watermark"
    assert parsed.environment("watermark", NAMES, URLS)["NEXT_QUEUE_URL"] == "http://sqs/pics-store"
    assert "NEXT_QUEUE_URL" not in parsed.environment("store", NAMES, URLS)
    assert parsed.environment("store", NAMES, URLS)["OUTPUT_BUCKET"] == "pics-output-123456789012-eu-west-1"


def test_messages_stay_hidden_six_times_as_long_as_a_function_may_run():
    parsed = settings.parse(
        {"name": "pics", "stages": {"resize": {"timeout_seconds": 100, "batching_window_seconds": 5}}}
    )
    assert parsed.stages["resize"].visibility_timeout_seconds == 605


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "name is None"),
        ({"name": "Pics"}, "name is 'Pics'; allowed: 2 to 24 lower-case letters"),
        ({"name": "x" * 25}, "name is 'xxxxxxxxxxxxxxxxxxxxxxxxx'; allowed"),
        ({"name": "pics", "stages": {"resize": {"max_receive_count": 2}}}, "stages.resize.max_receive_count is 2"),
        ({"name": "pics", "stages": {"upload": {}}}, "stages.upload is no setting; allowed: resize, store, watermark"),
        ({"name": "pics", "retention": {"work_days": 14}}, "retention.work_days is 14; allowed: more than dlq_days"),
        ({"name": "pics", "limits": {"pixels": "many"}}, "limits.pixels is 'many'"),
        ({"name": "pics", "watermark": {"position": "left"}}, "watermark.position is 'left'"),
        ({"name": "pics", "output": {"key": "x"}}, "output.key is 'x'"),
        ({"name": "pics", "colour": 1}, "colour is no setting"),
        ("pics", "must be a mapping"),
    ],
)
def test_a_wrong_setting_is_named(values, message):
    with pytest.raises(BadSetting) as refused:
        settings.parse(values)
    assert message in str(refused.value)


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text("name: [")
    with pytest.raises(BadSetting, match=r"pipeline.yaml is no YAML"):
        settings.load(path)


def test_settings_reach_the_function_as_they_were_written(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump({"name": "pics", "watermark": {"text": "© Ñandú"}}, allow_unicode=True))
    env = settings.load(path).environment("watermark", NAMES, URLS)
    assert json.loads(env["WATERMARK"]) == {"text": "© Ñandú"}
