"""The smallest of some formats through the real handlers: outputs have the key and type of what was chosen."""

import io
import json

import pytest
from kit.deployment import photo
from kit.pictures import saved
from PIL import Image

from ops import settings

GIVEN = {
    "renditions": [{"name": "large", "format": "smallest", "candidates": ["jpeg", "png"], "watermark": False}],
    "output": {"manifest": "{dir}{stem}.json"},
}


@pytest.fixture
def by_bytes(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **GIVEN})
    return pipeline


def stored(pipeline):
    """The outputs with their content types, as S3, the manifest and the notification have them."""
    s3, bucket = pipeline.aws.s3, pipeline.aws.names.output_bucket
    types = {key: s3.head_object(Bucket=bucket, Key=key)["ContentType"] for key in pipeline.outputs()}
    manifest = json.loads(s3.get_object(Bucket=bucket, Key="sea.json")["Body"].read())
    noticed = {each.key: each.content_type for each in pipeline.mail()[-1].outputs}
    assert {each["key"]: each["content_type"] for each in manifest["outputs"]} == noticed
    assert noticed == {key: form for key, form in types.items() if key != "sea.json"}
    return types


def flat():
    image = Image.new("RGB", (80, 60), (250, 250, 250))
    image.paste((9, 90, 200), (5, 6, 30, 20))
    return saved(image, "PNG")


def test_another_choice_of_a_new_version_takes_the_place_of_the_former(by_bytes):
    by_bytes.upload("sea.jpg", photo((80, 60)))
    by_bytes.run()
    assert stored(by_bytes) == {"sea-large.jpg": "image/jpeg", "sea.json": "application/json"}
    by_bytes.upload("sea.jpg", flat())
    by_bytes.run()
    assert stored(by_bytes) == {"sea-large.png": "image/png", "sea.json": "application/json"}
    answer = by_bytes.aws.s3.get_object(Bucket=by_bytes.aws.names.output_bucket, Key="sea-large.png")
    with Image.open(io.BytesIO(answer["Body"].read())) as image:
        assert image.format == "PNG"
