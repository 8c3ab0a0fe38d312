"""A wrong setting is refused with its name, its value and what is allowed."""

import json

import pytest

from services.store.settings import Output, Settings
from shared.errors import BadSetting


def read(output):
    env = {"WORK_BUCKET": "w", "OUTPUT_BUCKET": "o", "OUTPUT": json.dumps(output)}
    return Settings.from_env(env).output


def test_everything_has_a_default():
    assert Settings.from_env({"WORK_BUCKET": "w", "OUTPUT_BUCKET": "o"}).output == Output()


def test_cache_control_may_be_left_out():
    assert read({"cache_control": None}).cache_control is None
    assert read({"cache_control": "no-store"}).cache_control == "no-store"


def test_what_has_its_digest_in_its_key_is_immutable_unless_the_settings_say_otherwise():
    key = "{stem}-{rendition}-{digest}{ext}"
    assert read({"key": key}).cache_control == "public, max-age=31536000, immutable"
    assert read({"key": key, "cache_control": "no-store"}).cache_control == "no-store"
    assert read({"key": key, "cache_control": None}).cache_control is None


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"key": "{stem}{ext}"}, "a template with {rendition}"),
        ({"key": "{rendition}{ext}"}, "one of {stem}, {image_id}"),
        ({"key": "{stem}-{rendition}-{size}"}, "output.key is '{stem}-{rendition}-{size}'; allowed: fields {dir}"),
        ({"key": "{stem!r}-{rendition}"}, "output.key"),
        ({"key": "{stem:>9}-{rendition}"}, "output.key"),
        ({"key": "{stem.__class__}-{rendition}"}, "output.key"),
        ({"key": "{stem-{rendition}"}, "output.key"),
        ({"cache_control": "a\nb"}, "output.cache_control is 'a\\nb'"),
        ({"acl": "public"}, "output.acl is not a setting"),
        (
            {"manifest": "{dir}m.json"},
            "output.manifest is '{dir}m.json'; allowed: a template with one of {stem}, {name}",
        ),
        ({"manifest": "{stem}{rendition}"}, "output.manifest is '{stem}{rendition}'; allowed: fields {dir}"),
        ({"manifest": "{stem"}, "output.manifest"),
    ],
)
def test_a_wrong_setting_is_named(output, message):
    with pytest.raises(BadSetting) as refused:
        read(output)
    assert message in str(refused.value)
