"""Outputs of a load test that are not under its prefix: `output.key` may put them anywhere."""

import pytest
from kit.deployment import photo
from kit.load_tests import row, sent

from ops import settings
from ops.load.cleanup import clean
from ops.load.outputs import present
from ops.settings import ROOT
from ops.stack import connect

PREFIX = "load-test/t1/"
OUTPUTS = ["web/load-test/t1/00000-a-resized.jpg", "web/load-test/t1/00000-a-thumb.jpg"]


@pytest.fixture
def elsewhere(pipeline):
    pipeline.settings = settings.parse(
        {"name": pipeline.aws.names.name, "output": {"key": "web/{dir}{stem}-{rendition}{ext}"}}
    )
    pipeline.upload(f"{PREFIX}00000-a.jpg", photo((400, 300)))
    pipeline.upload("b.jpg", photo((400, 300)))
    pipeline.run()
    assert pipeline.outputs() == ["web/b-resized.jpg", "web/b-thumb.jpg", *OUTPUTS]
    return pipeline


def listed(pipeline, bucket):
    """The keys of all versions and delete markers."""
    answer = pipeline.aws.s3.list_object_versions(Bucket=bucket)
    return sorted(each["Key"] for kind in ("Versions", "DeleteMarkers") for each in answer.get(kind, []))


def test_cleaning_removes_outputs_wherever_they_are(elsewhere):
    assert clean(connect(ROOT / "pipeline.yaml"), PREFIX) == 3
    assert listed(elsewhere, elsewhere.aws.names.output_bucket) == ["web/b-resized.jpg", "web/b-thumb.jpg"]
    assert listed(elsewhere, elsewhere.aws.names.input_bucket) == ["b.jpg"]
    assert clean(connect(ROOT / "pipeline.yaml"), PREFIX) == 0


def test_cleaning_leaves_an_object_that_others_put_in_the_place_of_an_output(elsewhere):
    elsewhere.aws.s3.put_object(Bucket=elsewhere.aws.names.output_bucket, Key=OUTPUTS[0], Body=b"of others")
    assert clean(connect(ROOT / "pipeline.yaml"), PREFIX) == 2
    assert OUTPUTS[0] in elsewhere.outputs()
    assert OUTPUTS[1] not in elsewhere.outputs()


def test_cleaning_removes_all_versions_of_outputs_where_the_bucket_keeps_them(elsewhere):
    bucket = elsewhere.aws.names.output_bucket
    elsewhere.aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    elsewhere.upload(f"{PREFIX}00000-a.jpg", photo((800, 600)))
    elsewhere.run()
    assert listed(elsewhere, bucket).count(OUTPUTS[0]) == 2
    assert clean(connect(ROOT / "pipeline.yaml"), PREFIX) == 6
    assert listed(elsewhere, bucket) == ["web/b-resized.jpg", "web/b-thumb.jpg"]


def test_outputs_elsewhere_are_looked_for_one_by_one(elsewhere):
    image, lost = sent(0, key="web/b.jpg"), sent(1, key="web/c.jpg")
    elsewhere.aws.s3.put_object(Bucket=elsewhere.aws.names.output_bucket, Key="web/b.jpg-resized", Body=b"1")
    elsewhere.aws.s3.put_object(Bucket=elsewhere.aws.names.output_bucket, Key=f"{PREFIX}d.jpg", Body=b"1")
    found = present(connect(ROOT / "pipeline.yaml"), PREFIX, [row(image), row(lost)])
    assert found == {"web/b.jpg-resized", f"{PREFIX}d.jpg"}
