"""What a backfill is said to cost."""

import pytest

from ops import settings
from ops.backfill.estimate import estimate
from ops.costs.bills import bill, total
from ops.costs.image import BATCH_SECONDS, usage_of
from ops.costs.kinds import JPEG, settings_of

MILLION = 1_000_000
MEASURED_BYTES = JPEG.source_bytes


def of(images, mean_bytes, prefix="", **values):
    parsed = settings.parse({"name": "pics", **values})
    return estimate(parsed, prefix=prefix, images=images, size_bytes=images * mean_bytes)


def dollars(estimated):
    return {charge.what: charge.dollars for charge in estimated.charges}


def test_a_million_images_cost_as_uploads_do_but_for_what_a_backfill_asks():
    parsed = settings.parse({"name": "pics"})
    uploads = total(bill(usage_of(parsed, JPEG, settings_of(parsed), full=True), MILLION))
    assert of(MILLION, MEASURED_BYTES).dollars == pytest.approx(uploads, rel=0.1)


def test_larger_images_take_longer_and_cost_no_more_requests():
    small, large = dollars(of(1000, MEASURED_BYTES)), dollars(of(1000, 4 * MEASURED_BYTES))
    assert large.pop("Lambda GB-seconds") > 2 * small.pop("Lambda GB-seconds")
    assert large == small


def test_it_grows_with_the_images():
    assert of(1000, MEASURED_BYTES).dollars == pytest.approx(10 * of(100, MEASURED_BYTES).dollars)
    assert of(0, 0).dollars == 0


def test_a_profile_of_the_prefix_says_how_many_renditions_there_are():
    profiles = [{"prefix": "avatars/", "renditions": [{"name": "small", "width": 9, "height": 9}]}]
    assert of(1, 1, prefix="avatars/2019/", profiles=profiles).renditions == 1
    assert of(1, 1, prefix="photos/", profiles=profiles).renditions == 2


def test_batches_of_one_cost_more():
    services = {service: {"batch_size": 1} for service in BATCH_SECONDS}
    assert of(1000, MEASURED_BYTES, services=services).dollars > of(1000, MEASURED_BYTES).dollars


def test_what_it_rests_on_is_said():
    said = " ".join(of(10, MEASURED_BYTES).assumptions())
    assert "2 renditions" in said
    assert "3.1 MB on average" in said
    assert "left out" in said
