"""The fields of the upload form."""

import pytest

from ops import settings
from ops.console.forms import fields
from shared.choices import FORMATS


@pytest.mark.parametrize("extras", [[], ["jxl"]])
def test_a_format_that_uploads_would_fail_with_is_not_offered(extras):
    found = {each.name: each for each in fields(settings.parse({"name": "pics", "extras": extras}))}
    offered = {*FORMATS} - ({"jxl"} - {*extras})
    assert set(found["format"].choices) == offered
    assert "cover" in found["fit"].choices
