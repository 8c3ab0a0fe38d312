"""`--set NAME=VALUE` as metadata of the objects."""

import pytest

from ops.errors import CommandError
from ops.images.overrides import check, header, metadata_of
from ops.settings import parse
from shared.errors import BadOverride


def test_each_is_a_header_of_its_own():
    assert metadata_of(["quality=60", "watermark-text=a=b"]) == {
        "pipeline-quality": "60",
        "pipeline-watermark-text": "a=b",
    }
    assert metadata_of([]) == {}


@pytest.mark.parametrize("override", ["quality", "quality=", "=60", "quality= ", ""])
def test_what_is_no_pair_is_refused(override):
    with pytest.raises(CommandError, match=f"^--set {override}: it must be NAME=VALUE, such as quality=60$"):
        metadata_of([override])


def test_the_same_name_twice_is_refused():
    with pytest.raises(CommandError, match="--set quality is given twice"):
        metadata_of(["quality=60", "quality=70"])


def test_a_header_is_ascii_and_plain_where_it_can_be():
    assert header("draft 1") == "draft 1"
    assert header("© Ada") == "=?utf-8?b?wqkgQWRh?="
    # What only looks like an encoded word must come out as it is.
    assert header("=?utf-8?b?wqkgQWRh?=").startswith("=?utf-8?")
    assert header("=?utf-8?b?wqkgQWRh?=") != "=?utf-8?b?wqkgQWRh?="


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({"pipeline-quality": "900"}, "pipeline-quality"),
        ({"pipeline-renditions": "avatar"}, "allowed: some of resized, thumb"),
        ({"pipeline-watermark-text": header("写真")}, r"写 \(U\+5199\)"),
        ({"pipeline-fit": "cover"}, "pipeline-fit is not among the overrides"),
    ],
)
def test_the_services_say_beforehand_what_they_would_say(metadata, named):
    overrides = ["renditions", "quality", "watermark-text"]
    profiles = [{"prefix": "avatars/", "renditions": [{"name": "avatar"}]}]
    settings = parse({"name": "pics", "overrides": overrides, "profiles": profiles})
    check(settings, ["avatars/a.jpg"], {"pipeline-renditions": "avatar"})
    with pytest.raises(BadOverride, match=named):
        check(settings, ["avatars/a.jpg", "b.jpg"], metadata)
