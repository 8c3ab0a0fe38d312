"""Objects of the buckets, as the console passes them on."""

from ops.console import objects
from services.watermark.encoding.files import CONTENT_TYPES


def test_every_type_that_watermark_writes_is_passed_on_as_it_is():
    assert set(CONTENT_TYPES.values()) == objects._WRITTEN
