"""Pages of other origins fetch outputs from the local AWS, as the settings allow it."""

import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from ops import settings
from ops.local import stack

PAGE, OTHER = "https://app.example.com", "https://other.example.com"


@pytest.fixture(scope="module")
def local(zips):
    """A pipeline whose outputs pages of one origin may fetch."""
    with stack.running(replace(settings.load(), output_cors_origins=(PAGE,)), zips=zips) as running:
        yield running


@pytest.fixture
def output(local):
    """The presigned URL of a manifest."""
    where = {"Bucket": local.names.output_bucket, "Key": "a-manifest.json"}
    local.s3.put_object(**where, Body=b"{}", ContentType="application/json")
    return local.s3.generate_presigned_url("get_object", Params=where)


def answer(url, origin, method="GET", **headers):
    """The status, what S3 allows the page, and the bytes; as a browser asks."""
    request = urllib.request.Request(url, method=method, headers={"Origin": origin, **headers})  # noqa: S310 - http
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as found:
            return found.status, found.headers, found.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""


def test_a_page_of_the_settings_reads_a_manifest(output):
    status, headers, body = answer(output, PAGE)
    assert (status, body) == (200, b"{}")
    assert headers["Access-Control-Allow-Origin"] in {PAGE, "*"}
    assert "ETag" in headers["Access-Control-Expose-Headers"]


def test_a_page_may_ask_for_a_part_and_may_not_write(output):
    asked = {"Access-Control-Request-Headers": "range"}
    status, headers, _ = answer(output, PAGE, "OPTIONS", **{"Access-Control-Request-Method": "GET", **asked})
    assert status == 200
    assert "GET" in headers["Access-Control-Allow-Methods"]
    status, headers, _ = answer(output, PAGE, "OPTIONS", **{"Access-Control-Request-Method": "PUT"})
    assert status == 403
    assert headers["Access-Control-Allow-Origin"] is None


def test_a_page_of_another_origin_reads_no_answer(output):
    _, headers, _ = answer(output, OTHER)
    assert headers["Access-Control-Allow-Origin"] is None


def test_the_input_bucket_has_no_rule(local):
    with pytest.raises(local.s3.exceptions.ClientError, match="NoSuchCORSConfiguration"):
        local.s3.get_bucket_cors(Bucket=local.names.input_bucket)
