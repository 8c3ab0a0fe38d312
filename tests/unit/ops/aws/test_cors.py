"""Whose pages may upload: the origins that settings take, and the rule that the bucket gets."""

import re

import pytest

from ops import settings
from ops.aws import cors
from ops.settings import ROOT
from shared.errors import BadSetting

ORIGINS = ["https://app.example.com", "http://localhost:3000"]


def parsed(*origins):
    return settings.parse({"name": "pics", "uploads": {"cors_origins": list(origins)}}).cors_origins


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "https://a", "https://app.example.com", "https://app.example.com:8443", "https://*.example.com"),
        *("https://a:1", "https://a:80", "https://a:442", "https://a:444", "https://a:4430", "https://a:65535"),
        *("https://xn--bcher-kva.example", "https://192.0.2.1:8443", "http://localhost", "http://localhost:3000"),
        *("http://127.0.0.1:8080", "http://localhost:443", "http://localhost:8", "http://localhost:800"),
    ],
)
def test_an_origin_as_browsers_send_it_is_taken(origin):
    assert parsed(origin) == (origin,)


@pytest.mark.parametrize(
    "origin",
    [
        *("", "null", "app.example.com", "https://", "https://a/", "https://a/b", "https://a?b", "https://A"),
        *("http://app.example.com", "http://192.0.2.1", "ftp://a", "https://*", "https://*example.com", "https://a*"),
        *("https://a:443", "https://a:0", "https://a:", "https://a:123456", "http://localhost:80", "https://-a"),
        *("https://a..b", "https://a.", "https://user@a", "https://bücher.example", " https://a", "https://a\n", "**"),
        f"https://{'a' * 300}",
    ],
)
def test_what_no_browser_sends_is_refused_with_what_to_write(origin):
    with pytest.raises(BadSetting, match=re.escape(f"uploads.cors_origins[0] is {origin!r}"[:200])) as refused:
        parsed(origin)
    assert "allowed: https://host or https://host:port, in lower case and without a path" in str(refused.value)


def test_nobody_else_may_upload_by_default():
    assert settings.parse({"name": "pics"}).cors_origins == settings.load().cors_origins == ()
    assert cors.rules(()) == []


def test_a_page_may_upload_and_neither_read_nor_delete():
    (rule,) = cors.rules(ORIGINS)
    assert rule["AllowedOrigins"] == sorted(ORIGINS)
    assert rule["AllowedMethods"] == ["POST", "PUT"]


def test_a_page_may_read_outputs_and_not_write_them():
    assert settings.parse({"name": "pics"}).output_cors_origins == ()
    assert cors.reading_rules(()) == []
    asked = settings.parse({"name": "pics", "outputs": {"cors_origins": ORIGINS}}).output_cors_origins
    (rule,) = cors.reading_rules(asked)
    assert rule["AllowedOrigins"] == sorted(ORIGINS)
    assert rule["AllowedMethods"] == ["GET", "HEAD"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"ID": "other"}, True),
        ({"AllowedOrigins": ORIGINS}, True),
        ({"AllowedHeaders": [each.upper() for each in reversed(cors.REQUEST_HEADERS)]}, True),
        ({"AllowedOrigins": [*ORIGINS, "*"]}, False),
        ({"AllowedMethods": ["PUT"]}, False),
        ({"AllowedHeaders": ["*"]}, False),
        ({"MaxAgeSeconds": 1}, False),
    ],
)
def test_rules_are_alike_if_they_allow_the_same(change, same):
    wanted = cors.rules(ORIGINS)
    assert cors.alike([{**wanted[0], **change}], wanted) == same
    assert not cors.alike([], wanted)


@pytest.mark.parametrize("rules", [cors.rules, cors.reading_rules])
def test_terraform_makes_the_same_rule(rules):
    (rule,) = rules(ORIGINS)
    text = (ROOT / "terraform" / "modules" / "bucket" / "main.tf").read_text(encoding="utf-8")
    (written,) = re.findall(rf'\n +id += "{rule["ID"]}"\n(.*?)\n +}}', text, re.DOTALL)
    lists = {name: re.findall(r'"([^"]+)"', values) for name, values in re.findall(r"(\w+) += \[(.+)\]", written)}
    assert lists["allowed_methods"] == rule["AllowedMethods"]
    assert lists["allowed_headers"] == rule["AllowedHeaders"]
    assert lists["expose_headers"] == rule["ExposeHeaders"]
    assert f"max_age_seconds = {cors.MAX_AGE_SECONDS}" in written
