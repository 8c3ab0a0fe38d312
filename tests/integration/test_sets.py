"""Responsive sets and their manifest through the real handlers, their queues and their buckets."""

import json

import pytest
from kit.deployment import photo
from kit.manifests import parsed

from ops import settings
from ops.cli.main import main

GIVEN = {
    "renditions": [{"name": "thumb", "width": 20, "height": 20}],
    "sets": [{"name": "hero", "widths": [30, 60, 90], "formats": ["webp", "jpeg"]}],
    "output": {"manifest": "{dir}{stem}.json", "key": "{dir}{stem}-{rendition}-{digest}{ext}", "follow_deletes": True},
}


@pytest.fixture
def responsive(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **GIVEN})
    return pipeline


def manifest(pipeline, key):
    answer = pipeline.aws.s3.get_object(Bucket=pipeline.aws.names.output_bucket, Key=key)
    value = parsed(answer["Body"].read())
    assert answer["CacheControl"] == "no-cache"
    return value


def test_what_the_manifest_names_is_stored_and_the_notice_names_the_manifest(responsive):
    responsive.upload("a/sea.jpg", photo((40, 80)))
    responsive.run()
    value = manifest(responsive, "a/sea.json")
    assert {each["key"] for each in value["outputs"]} | {"a/sea.json"} == set(responsive.outputs())
    assert [each["rendition"] for each in value["outputs"] if each["content_type"] == "image/webp"] == [
        "hero-30",
        "hero-60",
        "hero-80",
    ]
    (notice,) = responsive.mail()
    assert (notice.manifest, len(notice.outputs), notice.dominant_colour) == ("a/sea.json", 7, value["dominant_colour"])
    for each in value["outputs"]:
        there = responsive.aws.s3.head_object(Bucket=responsive.aws.names.output_bucket, Key=each["key"])
        assert (there["ContentLength"], there["ContentType"]) == (each["size_bytes"], each["content_type"])
        assert there["CacheControl"] == "public, max-age=31536000, immutable"


def test_a_new_version_leaves_nothing_of_the_former(responsive):
    responsive.upload("sea.jpg", photo((40, 80)))
    responsive.run()
    before = set(responsive.outputs())
    responsive.upload("sea.jpg", photo((80, 40)))
    responsive.run()
    assert set(responsive.outputs()) & before == {"sea.json"}
    assert {each["key"] for each in manifest(responsive, "sea.json")["outputs"]} | {"sea.json"} == set(
        responsive.outputs()
    )


def test_rm_removes_the_manifest_too(responsive, capsys):
    responsive.upload("sea.jpg", photo((40, 80)))
    responsive.run()
    capsys.readouterr()
    assert main(["rm", "sea.jpg", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outputs"] == 8
    assert responsive.outputs() == []
