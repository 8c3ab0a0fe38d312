"""The native libraries that read images are not older than their floors."""

from types import SimpleNamespace

import pytest

from ops.doctor import decoders as check
from ops.packaging import decoders


@pytest.mark.parametrize("floor", decoders.FLOORS, ids=lambda floor: floor.name)
def test_a_library_that_is_installed_is_not_older_than_its_floor(floor):
    found = {each.floor.name: each for each in decoders.judged()}[floor.name]
    assert found.safe, f"{floor.name} {found.found} is older than {floor.at_least}: {floor.reason} ({floor.source})"


@pytest.mark.parametrize(
    ("found", "at_least", "safe"),
    [
        ("1.23.4", "1.23.4", True),
        ("1.23.10", "1.23.4", True),
        ("1.24", "1.23.4", True),
        ("1.23.3", "1.23.4", False),
        ("1.9.9", "1.23.4", False),
        ("2.3.3.zlib-ng", "2.3.3", True),
        ("", "1.0", False),
        (None, "1.0", False),
    ],
)
def test_versions_are_compared_by_their_numbers(found, at_least, safe):
    floor = decoders.Floor(name="x", at_least=at_least, reason="", source="")
    assert decoders.Judged(floor=floor, found=found).safe is safe


def test_the_doctor_names_library_version_and_floor(monkeypatch):
    floor = decoders.Floor(name="libheif", at_least="99.1", reason="CVE-0000-1", source="https://example.com")
    monkeypatch.setattr(decoders, "FLOORS", (floor,))
    (finding,) = check.floors(SimpleNamespace(), "")
    assert (finding.level, finding.where) == ("problem", "libheif")
    assert finding.found.startswith("1.")
    assert finding.allowed == "99.1 or newer: CVE-0000-1"
    assert "make lock" in finding.remedy


def test_every_floor_says_why_and_where_that_is_written():
    assert [each.name for each in decoders.FLOORS if not (each.reason and each.source.startswith("https://"))] == []
