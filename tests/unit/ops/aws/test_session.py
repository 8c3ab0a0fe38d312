"""Where the region comes from."""

import pytest

from ops.aws.session import open_session


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
