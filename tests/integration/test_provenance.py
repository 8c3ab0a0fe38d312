"""Copyright, provenance and alternative text through the real handlers: outputs, manifest, notification, ledger."""

import pytest
from kit.ledger_rows import all_rows
from kit.manifests import parsed
from kit.metadata_files import AI, OWNER, SECRET, everything
from kit.pictures import gradient

from ops import settings
from ops.aws.ledger import LedgerTable
from services.resize.metadata.blocks import blocks_of
from services.resize.metadata.kept import copyright_of, provenance_of
from shared.messages import Provenance

GIVEN = {
    "renditions": [
        {"name": form, "width": 200, "height": 200, "format": form} for form in ("jpeg", "png", "webp", "avif")
    ],
    "output": {"manifest": "{dir}{stem}.json"},
    "metadata": "copyright+provenance",
}
KNOWN = Provenance(digital_source_type=AI, content_credentials=True)


@pytest.fixture
def stored(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **GIVEN})
    pipeline.upload("a/sea.jpg", everything("JPEG", gradient((300, 200))))
    pipeline.run()
    return pipeline


def body(pipeline, key):
    return pipeline.aws.s3.get_object(Bucket=pipeline.aws.names.output_bucket, Key=key)["Body"].read()


def test_every_output_has_them_and_no_place_or_serial_number(stored):
    (notice,) = stored.mail()
    assert len(notice.outputs) == 4
    for output in notice.outputs:
        data = body(stored, output.key)
        assert SECRET.encode() not in data
        assert copyright_of(None, blocks_of(data)) == OWNER
        assert provenance_of(blocks_of(data)) == Provenance(digital_source_type=AI)


def test_manifest_and_notification_state_them(stored):
    value = parsed(body(stored, "a/sea.json"))
    assert value["alt_text"] == "A boat on a lake"
    assert value["provenance"] == {"digital_source_type": AI, "content_credentials": True}
    (notice,) = stored.mail()
    assert (notice.provenance, notice.alt_text) == (KNOWN, "A boat on a lake")
    assert {each.key: each.sha256 for each in notice.outputs} == {
        each["key"]: each["sha256"] for each in value["outputs"]
    }


def test_ledger_says_that_content_credentials_were_there(stored):
    (notice,) = stored.mail()
    assert notice.warnings == ("content credentials (C2PA) of the source, which outputs do not have",)
    (row,) = all_rows(LedgerTable(stored.aws.dynamodb, stored.aws.names.ledger))
    assert row.warnings == notice.warnings
