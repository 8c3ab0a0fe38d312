"""`make smoke` opens what a pipeline stored of its image, in every format, and leaves nothing behind."""

from dataclasses import replace

import pytest
from kit.pictures import gradient, saved
from pillow_jxl import Encoder

from ops import settings
from ops.aws.ledger import Row
from ops.deploy import smoke
from ops.errors import CommandError
from ops.settings import ROOT
from ops.stack import connect

MANIFEST = {"output": {"manifest": "{dir}{stem}.json"}}


@pytest.fixture
def smoked(aws, monkeypatch):
    """Runs `make smoke` against a pipeline that stores these outputs; the keys that are left in all buckets."""

    def run(outputs):
        stack = replace(connect(ROOT / "pipeline.yaml"), settings=settings.parse({"name": aws.names.name, **MANIFEST}))

        def follow(_, uploads, *, timeout_seconds):
            (uploaded,) = uploads
            keys = {uploaded.key.replace(".jpg", name): data for name, data in outputs.items()}
            for key, data in {**keys, uploaded.key.replace(".jpg", ".json"): b"{}"}.items():
                aws.s3.put_object(Bucket=aws.names.output_bucket, Key=key, Body=data)
            stored = dict.fromkeys(("error", "reason")) | dict.fromkeys(("uploaded_at", "updated_at"), "t")
            row = Row(
                image_id=uploaded.image_id,
                bucket=uploaded.bucket,
                key=uploaded.key,
                version_id=uploaded.version_id,
                size_bytes=1,
                service="store",
                outcome="stored",
                outputs=tuple(keys),
                seconds={},
                finished={},
                replays=0,
                **stored,
            )
            return {uploaded.image_id: row}

        monkeypatch.setattr(smoke, "follow", follow)
        try:
            smoke.smoke(stack)
        finally:
            for bucket in (aws.names.input_bucket, aws.names.output_bucket):
                assert aws.s3.list_object_versions(Bucket=bucket).get("Versions", []) == []

    return run


def test_every_format_is_opened_and_everything_is_removed(smoked, capsys):
    picture = gradient((40, 30))
    jxl = Encoder(mode="RGB", num_threads=0)(picture.tobytes(), *picture.size, jpeg_encode=False)
    smoked({"-a.jpg": saved(picture, "JPEG"), "-b.jxl": jxl})
    err = capsys.readouterr().err
    assert "-a.jpg: JPEG, 40 x 30" in err
    assert "-b.jxl: JXL, 40 x 30" in err


@pytest.mark.parametrize("data", [b"text", b"\xff\x0a", saved(gradient((40, 30)), "PNG")[:80]])
def test_an_output_that_is_no_image_is_named(smoked, data):
    with pytest.raises(CommandError, match=r"s3://.*-a\.jpg is not an image: "):
        smoked({"-a.jpg": data})
