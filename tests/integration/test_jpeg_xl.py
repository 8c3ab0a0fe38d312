"""JPEG XL through the real handlers: outputs, manifest and notification, and what happens without the extra."""

import pytest
from kit.deployment import photo
from kit.manifests import parsed
from kit.pictures import animation, decoded, gradient

from ops import settings
from services.watermark.encoding.files import encode

GIVEN = {
    "extras": ["jxl"],
    "renditions": [{"name": "large", "format": "jxl", "watermark": False}],
    "sets": [{"name": "hero", "widths": [40], "formats": ["jxl", "jpeg"], "watermark": False}],
    "output": {"manifest": "{dir}{stem}.json"},
}


@pytest.fixture
def with_jxl(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **GIVEN})
    return pipeline


def body(pipeline, key):
    return pipeline.aws.s3.get_object(Bucket=pipeline.aws.names.output_bucket, Key=key)["Body"].read()


def test_an_image_is_stored_as_jpeg_xl_with_its_type(with_jxl):
    with_jxl.upload("sea.jpg", photo((80, 60)))
    with_jxl.run()
    assert set(with_jxl.outputs()) == {"sea-large.jxl", "sea-hero-40.jxl", "sea-hero-40.jpg", "sea.json"}
    head = with_jxl.aws.s3.head_object(Bucket=with_jxl.aws.names.output_bucket, Key="sea-large.jxl")
    assert head["ContentType"] == "image/jxl"
    assert decoded(body(with_jxl, "sea-large.jxl")).size == (60, 80)  # EXIF turns the photograph
    noticed = {each.key: each.content_type for each in with_jxl.mail()[-1].outputs}
    assert noticed["sea-large.jxl"] == "image/jxl"
    manifest = parsed(body(with_jxl, "sea.json"))
    (hero,) = manifest["sets"]
    assert [each["type"] for each in hero["sources"]] == ["image/jxl", "image/jpeg"]


def test_an_animation_becomes_its_first_frame(with_jxl):
    data = animation("GIF")
    with_jxl.upload("moving.gif", data)
    with_jxl.run()
    assert decoded(body(with_jxl, "moving-large.jxl")).size == (64, 48)


def test_an_upload_in_jpeg_xl_keeps_its_format(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, "extras": ["jxl"]})
    data = encode([gradient((80, 60))], "jxl", quality=90, animation=None).data
    pipeline.upload("sea.jxl", data)
    pipeline.run()
    assert set(pipeline.outputs()) == {"sea-resized.jxl", "sea-thumb.jxl"}
    assert decoded(body(pipeline, "sea-resized.jxl")).size == (80, 60)
    (notice,) = pipeline.mail()
    assert (notice.source_format, notice.warnings) == ("JPEG XL", ())


def test_an_upload_in_jpeg_xl_fails_without_the_extra(pipeline):
    pipeline.upload("sea.jxl", encode([gradient((80, 60))], "jxl", quality=90, animation=None).data)
    pipeline.run()
    (notice,) = pipeline.mail()
    assert (notice.error, "needs extras: [jxl] in pipeline.yaml" in notice.reason) == ("UnsupportedImage", True)


@pytest.mark.parametrize("extras", [[], ["jxl"]])
def test_an_uploader_may_have_it_only_with_the_extra(pipeline, extras):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, "extras": extras})
    pipeline.upload("sea.jpg", photo((80, 60)), Metadata={"pipeline-format": "jxl"})
    pipeline.run()
    if extras:
        assert set(pipeline.outputs()) == {"sea-resized.jxl", "sea-thumb.jxl"}
    else:
        assert not pipeline.outputs()
        assert "jxl only with `extras: [jxl]` in pipeline.yaml" in pipeline.mail()[-1].reason
