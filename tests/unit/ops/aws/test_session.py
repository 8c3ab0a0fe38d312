"""Where the region comes from."""

import pytest

from ops.aws.session import no_proxy, open_session, reach_this_machine_directly


@pytest.fixture(autouse=True)
def configuration(monkeypatch, tmp_path):
    """A profile with a region, and no variables."""
    path = tmp_path / "config"
    path.write_text("[default]\nregion = eu-north-1\n[profile other]\nregion = eu-south-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("option", "variables", "region"),
    [
        ("us-west-1", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "us-west-1"),
        (None, {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        (None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        (None, {}, "eu-north-1"),
    ],
    ids=["the option", "AWS_REGION", "an empty AWS_REGION", "AWS_DEFAULT_REGION", "the profile"],
)
def test_the_region_comes_from(monkeypatch, option, variables, region):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert open_session(region=option).region_name == region


def test_a_profile_brings_its_own_region_where_no_variable_says_another(monkeypatch):
    assert open_session(profile="other").region_name == "eu-south-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert open_session(profile="other").region_name == "eu-west-1"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "127.0.0.1"),
        ({"NO_PROXY": "example.com"}, "example.com,127.0.0.1"),
        ({"NO_PROXY": "upper.example", "no_proxy": "lower.example , "}, "lower.example,127.0.0.1"),
        ({"NO_PROXY": "127.0.0.1,example.com"}, "127.0.0.1,example.com"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_this_machine_is_reached_without_a_proxy(variables, expected):
    assert no_proxy(variables) == expected
    reach_this_machine_directly(variables)
    assert variables["NO_PROXY"] == variables["no_proxy"] == expected
