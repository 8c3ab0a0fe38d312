"""`pipeline upload-url`: what is signed, for which sender, and what is refused before anything is signed."""

import base64
import json
import shlex
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from ops.cli.main import main
from ops.errors import Exit


@pytest.fixture(autouse=True)
def _aws(aws):
    """A pipeline in moto."""


def signed(capsys, *argv):
    assert main(["upload-url", *argv, "--json"]) == Exit.DONE
    return json.loads(capsys.readouterr().out)


def conditions(made):
    policy = json.loads(base64.b64decode(made["fields"]["policy"]))
    return policy["conditions"], datetime.fromisoformat(policy["expiration"])


def test_a_form_is_bound_to_prefix_type_size_and_time(capsys):
    made = signed(capsys, "--prefix", "visitors/", "--max-bytes", "1000", "--expires", "1h")
    found, expiration = conditions(made)
    assert ["starts-with", "$key", "visitors/"] in found
    assert ["content-length-range", 1, 1000] in found
    assert ["starts-with", "$Content-Type", "image/"] in found
    assert {"bucket": made["url"].split("//")[1].split(".")[0]} in found
    assert made["fields"]["key"] == "visitors/${filename}"
    assert timedelta(minutes=59) < expiration - datetime.now(UTC) <= timedelta(hours=1)
    assert datetime.fromisoformat(made["expires_at"]) - expiration < timedelta(seconds=2)


def test_a_form_takes_what_resize_takes_and_its_overrides(capsys):
    made = signed(capsys, "--prefix", "", "--type", "image/png", "--set", "quality=60")
    found, _ = conditions(made)
    assert ["content-length-range", 1, 104_857_600] in found
    assert {"Content-Type": "image/png"} in found
    assert {"x-amz-meta-pipeline-quality": "60"} in found
    assert made["fields"]["x-amz-meta-pipeline-quality"] == "60"


def test_a_put_is_bound_to_key_type_and_metadata(capsys):
    made = signed(capsys, "--put", "a b/sea.jpg", "--set", "watermark=off", "--expires", "7d")
    url = urlsplit(made["url"])
    query = parse_qs(url.query)
    assert url.path == "/a%20b/sea.jpg"
    assert query["X-Amz-SignedHeaders"] == ["content-type;host;x-amz-meta-pipeline-watermark"]
    assert query["X-Amz-Expires"] == ["604800"]
    assert made["headers"] == {"Content-Type": "image/jpeg", "x-amz-meta-pipeline-watermark": "off"}


def test_the_address_is_the_bucket_s_own_in_its_region(capsys):
    made = signed(capsys, "--prefix", "a/")
    host = urlsplit(made["url"]).hostname
    assert host.startswith("image-pipeline-input-")
    assert host.endswith(".amazonaws.com")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in signed(capsys, "--put", "a.jpg")["url"]


def test_without_json_it_is_a_command_that_uploads(capsys):
    assert main(["upload-url", "--put", "a.jpg"]) == Exit.DONE
    words = shlex.split(capsys.readouterr().out)
    assert words[:7] == ["curl", "--fail", "--path-as-is", "-T", "FILE", "-H", "Content-Type: image/jpeg"]
    assert main(["upload-url", "--prefix", "a/"]) == Exit.DONE
    words = shlex.split(capsys.readouterr().out)
    assert {"key=a/${filename}", "Content-Type=image/jpeg", "file=@FILE"} <= set(words)
    assert words[-2] == "file=@FILE"  # S3 ignores fields behind it


def test_temporary_credentials_are_said(capsys, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert main(["upload-url", "--put", "a.jpg"]) == Exit.DONE
    assert "expires with them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        ((), "pass --prefix for a form, or --put for one key"),
        (("--prefix", "a/", "--put", "a.jpg"), "pass --prefix for a form, or --put for one key"),
        (("--put", "a.jpg", "--max-bytes", "5"), "S3 checks the size of a form alone"),
        (("--put", "a"), "a: no extension of an image; pass --type"),
        (("--put", "a.txt"), "a.txt: no extension of an image"),
        (("--prefix", "a/", "--type", "text/html"), "--type text/html: it must be an image type"),
        (("--prefix", "a/", "--expires", "8d"), "allowed: 1s to 7d"),
        (("--prefix", "a/", "--expires", "0s"), "allowed: 1s to 7d"),
        (("--prefix", "a/", "--max-bytes", "104857601"), "resize takes 104,857,600 (limits.bytes)"),
        (("--prefix", "a/", "--max-bytes", "0"), "'0' is not a whole number from 1"),
    ],
)
def test_what_cannot_be_signed_is_refused(capsys, argv, why):
    assert main(["upload-url", *argv]) == Exit.USAGE
    assert why in " ".join(capsys.readouterr().err.split())


def test_a_wrong_override_is_refused(capsys):
    assert main(["upload-url", "--prefix", "a/", "--set", "quality=900"]) != Exit.DONE
    assert 'is "900"; allowed: a whole number from 1 to 100' in capsys.readouterr().err
