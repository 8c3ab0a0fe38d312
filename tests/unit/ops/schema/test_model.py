"""The model, the schema that is generated from it, and the judge of settings agree about every setting."""

import math
from dataclasses import MISSING, fields
from functools import partial

import pytest
from pydantic import ValidationError

from ops.names import SERVICES
from ops.schema.files import of_function, whole
from ops.schema.model import Pipeline
from ops.settings import Retention, ServiceSettings
from services.resize.settings import ImageSet, Limits, Moderation, Rendition
from services.store.settings import Output
from services.watermark.settings import Watermark
from shared.errors import BadSetting
from shared.settings import judged

SCHEMA = whole()
FUNCTIONS = [of_function(SCHEMA, service) for service in SERVICES]
ODD = (
    *(None, True, False, 0, 1, -1, 6, 0.5, 1.0, -0.5, 2**70, math.inf, math.nan),
    *("", "a", "A", "a\n", "x" * 129, "x" * 501, "é", "\N{PILE OF POO}" * 200, "#ffcc00", "#ffcc00\n", "transparent"),
    *([], ["a"], [None], [{}], [1], [0], [9000], [True], {}, {"a": 1}),
)


def settings_in(properties, path=()):
    """Each setting with its path, lists entered by their first entry."""
    for name, rule in properties.items():
        yield (*path, name), rule
        inner, entered = (rule["items"], (0,)) if "items" in rule else (rule, ())
        yield from settings_in(inner.get("properties", {}), (*path, name, *entered))


SETTINGS = {".".join(map(str, path)): (path, rule) for path, rule in settings_in(SCHEMA["properties"])}


def with_value(path, value, rule=SCHEMA):
    """The settings that have one value, and what they must have."""
    if not path:
        return value
    if path[0] == 0:
        return [with_value(path[1:], value, rule["items"])]
    least = {"name": "pics", "prefix": "a/"}
    required = {name: least[name] for name in rule.get("required", ())}
    return required | {path[0]: with_value(path[1:], value, rule["properties"][path[0]])}


def odd_values(rule):
    bounds = [rule[bound] + step for bound in ("minimum", "maximum") if bound in rule for step in (-1, 0, 1)]
    lengths = [(bound, step) for bound in ("minItems", "maxItems") if bound in rule for step in (-1, 0, 1)]
    lists = [[{"name": "a", "prefix": "a/"}] * (rule[bound] + step) for bound, step in lengths]
    words = rule.get("enum", ()) or rule.get("items", {}).get("enum", ())
    return [*ODD, *bounds, *lists, *words, list(words), [*words, "other"], list(words) * 2]


def accepted(judge, values):
    try:
        judge(values)
    except (BadSetting, ValidationError):
        return False
    return True


@pytest.mark.parametrize("name", SETTINGS)
def test_the_model_and_the_judge_accept_the_same(name):
    path, rule = SETTINGS[name]
    verdicts = []
    for value in odd_values(rule):
        # To pydantic, True and 1.0 are among the literals 1, 3, 5.
        if name == "retention.logs_days" and value == 1 and type(value) is not int:
            continue
        values = with_value(path, value)
        ours = accepted(partial(judged, schema=SCHEMA), values)
        assert ours == accepted(Pipeline.model_validate, values), (name, value)
        verdicts.append(ours)
    assert set(verdicts) == {True, False}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_function_s_schema_judges_what_it_reads_as_the_whole_schema_does(name):
    path, rule = SETTINGS[name]
    for schema in FUNCTIONS:
        if path in {known for known, _ in settings_in(schema["properties"])}:
            for value in odd_values(rule):
                section = {path[0]: with_value(path, value)[path[0]]}
                ours = accepted(partial(judged, schema=schema), section)
                assert ours == accepted(partial(judged, schema=SCHEMA), {"name": "pics"} | section), (name, value)


def test_labels_are_judged_as_the_model_judges_them():
    for labels in ({"Explicit": None}, {"Explicit": 100.5}, {"Explicit": True}, {"Other": 1}, {"Drinking": 0}, {}, []):
        values = {"name": "pics", "moderation": {"labels": labels}}
        assert accepted(partial(judged, schema=SCHEMA), values) == accepted(Pipeline.model_validate, values)


def test_a_setting_that_does_not_exist_is_refused_in_every_mapping():
    for path, rule in [((), SCHEMA), *SETTINGS.values()]:
        if "properties" in rule:
            values = with_value(path, {"nonsense": 1})
            assert not accepted(Pipeline.model_validate, values)
            with pytest.raises(BadSetting, match="nonsense is not a setting"):
                judged(values, SCHEMA)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_meaning_in_whole_sentences(name):
    meaning = SETTINGS[name][1]["description"]
    assert meaning.endswith(".")


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (Rendition, ("renditions", 0)),
        (Rendition, ("profiles", 0, "renditions", 0)),
        (ImageSet, ("sets", 0)),
        (ImageSet, ("profiles", 0, "sets", 0)),
        (Watermark, ("watermark",)),
        (Watermark, ("profiles", 0, "watermark")),
        (Limits, ("limits",)),
        (Moderation, ("moderation",)),
        (Output, ("output",)),
        *((ServiceSettings, ("services", service)) for service in ("resize", "watermark", "store")),
        (Retention, ("retention",)),
    ],
)
def test_what_reads_a_mapping_has_its_settings_and_their_defaults(read, path):
    rules = {known[-1]: rule for known, rule in SETTINGS.values() if known[:-1] == path}
    # What the renditions of a set have besides is not theirs to set.
    own = [field for field in fields(read) if read is not Rendition or field.name not in {"set", "formats"}]
    # Whether moderation is on is read before anything else of it.
    assert {field.name for field in own} == rules.keys() - {"enabled"}
    given = {field.name: field.default for field in own if field.default is not MISSING}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    defaults = {name: rules[name]["default"] for name in given if rules[name].get("default") is not None}
    assert {name: given[name] for name in defaults} == defaults
