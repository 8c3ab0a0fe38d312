"""HDR through the real handlers: PQ as a 10-bit AVIF beside an SDR JPEG, an iPhone's HEIC, and without the extra."""

import json
import sys

import pytest
from kit.apple_heic import apple_heic
from kit.hdr import BT_2020, HLG, HLG_HEIC, PQ, hdr_avif, planes

from ops import settings
from services.resize.formats.heif_reader import read
from services.resize.gain_map.finding import gain_map_of
from services.resize.settings import Limits

GIVEN = {
    "extras": ["avif10"],
    "hdr": "keep",
    "renditions": [{"name": "large", "format": "avif"}],
    "sets": [{"name": "hero", "widths": [40], "formats": ["avif", "jpeg"]}],
    "output": {"manifest": "{dir}{stem}.json"},
}
DATA = hdr_avif()
STORED = {"sea-large.avif", "sea-hero-40.avif", "sea-hero-40.jpg", "sea.json"}


@pytest.fixture
def keeping(pipeline):
    pipeline.settings = settings.parse({"name": pipeline.aws.names.name, **GIVEN})
    return pipeline


def body(pipeline, key):
    return pipeline.aws.s3.get_object(Bucket=pipeline.aws.names.output_bucket, Key=key)["Body"].read()


def codes(data):
    facts = read(data, "AVIF", Limits()).primary.nclx
    return facts.primaries, facts.transfer


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [("sea.avif", DATA, (BT_2020, PQ)), ("sea.heic", HLG_HEIC, (BT_2020, HLG))],
)
def test_an_hdr_upload_is_stored_as_hdr_beside_sdr(keeping, name, data, wanted):
    keeping.upload(name, data)
    keeping.run()
    assert set(keeping.outputs()) == STORED
    assert codes(body(keeping, "sea-large.avif")) == codes(body(keeping, "sea-hero-40.avif")) == wanted
    (width, height), _ = planes(body(keeping, "sea-hero-40.avif"))
    manifest = json.loads(body(keeping, "sea.json"))
    (hero,) = manifest["sets"]
    assert [each["type"] for each in hero["sources"]] == ["image/avif", "image/jpeg"]
    assert body(keeping, "sea-hero-40.jpg").startswith(b"\xff\xd8\xff")
    assert (width, height) == (40, round(40 * (64 / 96 if name == "sea.avif" else 48 / 64)))
    assert keeping.mail()[-1].warnings == ()


def test_a_heic_of_an_iphone_is_stored_as_jpegs_with_its_gain_map(keeping):
    given = {key: value for key, value in GIVEN.items() if key not in {"extras", "renditions"}}
    keeping.settings = settings.parse({"name": keeping.aws.names.name, **given})
    keeping.upload("sea.heic", apple_heic("4.0"))
    keeping.run()
    stored = gain_map_of(body(keeping, "sea-resized.jpg"))
    assert stored.values.alternate_headroom == pytest.approx(2, abs=0.001)
    assert gain_map_of(body(keeping, "sea-hero-40.jpg")) is not None
    assert keeping.mail()[-1].warnings == ()


def test_a_function_without_the_library_fails_the_image_by_name(keeping, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)
    keeping.upload("sea.avif", DATA)
    keeping.run()
    assert not keeping.outputs()
    assert "EncoderMissing" in str(keeping.mail()[-1])


def test_without_the_extra_it_is_sdr_and_the_notification_says_what_would_keep_it(keeping):
    given = {key: value for key, value in GIVEN.items() if key != "extras"}
    keeping.settings = settings.parse({"name": keeping.aws.names.name, **given})
    keeping.upload("sea.avif", DATA)
    keeping.run()
    assert set(keeping.outputs()) == STORED
    assert codes(body(keeping, "sea-large.avif"))[1] not in {PQ, HLG}
    assert keeping.mail()[-1].warnings == (
        "HDR (PQ) was tone-mapped to SDR: hdr: keep keeps it in AVIF outputs, with `extras: [avif10]`",
    )
