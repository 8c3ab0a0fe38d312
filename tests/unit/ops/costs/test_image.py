"""What one image uses, against what was measured and counted."""

import re

import pytest

from ops import settings
from ops.costs.bills import bill, total
from ops.costs.image import ALONE_SECONDS, BATCH_SECONDS, hops, seconds_of, usage_of
from ops.costs.kinds import JPEG, KINDS, outputs_of, settings_of
from ops.settings import ROOT
from shared.inline import MAX_BODY_BYTES

RESULTS = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")
SMALL_FILES = (ROOT / "docs" / "adr" / "0039-small-files-in-their-message.md").read_text(encoding="utf-8")


def of(**values):
    return settings.parse({"name": "pics", **values})


def used(kind="jpeg-12mp", *, full=True, **values):
    parsed = of(**values)
    return usage_of(parsed, KINDS[kind], settings_of(parsed), full=full)


@pytest.mark.parametrize("service", BATCH_SECONDS)
def test_the_seconds_are_those_that_were_measured(service):
    row = re.search(rf"^\| {service} \| ([0-9.]+) \([^|]+\| ([0-9.]+) ", RESULTS, re.MULTILINE)
    assert ALONE_SECONDS[service] * 1000 == pytest.approx(float(row[1]), rel=0.25)
    assert BATCH_SECONDS[service] * 1000 == pytest.approx(float(row[2]), rel=0.25)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_is_as_it_was_measured(kind):
    section = RESULTS.partition(f"**{kind.title}**")[2]
    row = re.search(r"^\| this pipeline \| ([0-9.]+) .*?\|  \| ([0-9,]+) \|", section, re.MULTILINE)
    assert kind.cpu_seconds * 1000 == pytest.approx(float(row[1]), rel=0.25)
    assert kind.output_bytes / 1000 == pytest.approx(float(row[2].replace(",", "")), rel=0.25)


@pytest.mark.parametrize(("full", "column"), [(True, 0), (False, 1)])
def test_a_million_images_cost_what_was_counted(full, column):
    """The counts of the real handlers with small files in their messages: $23.46 and $32.31."""
    row = next(line for line in SMALL_FILES.splitlines() if line.startswith("| **together**"))
    after = [float(each) for each in re.findall(r"\*\*([0-9.]+)\*\*", row)][1::2]
    assert total(bill(used(full=full), 1_000_000)) == pytest.approx(after[column], rel=0.015)


def test_files_of_an_image_are_as_large_as_the_benchmark_s():
    made = outputs_of(JPEG, settings_of(of()))
    assert made.count == 2
    assert made.size_bytes == pytest.approx(96_499, rel=0.05)
    assert made.inline


def test_large_files_go_through_the_work_bucket():
    small, large = used(), used("png")
    assert (small.gets, small.puts) == (2, 3)
    assert (large.gets, large.puts) == (3, 4)
    assert large.sqs_requests < small.sqs_requests


def test_files_at_the_limit_of_a_message_still_go_with_it():
    made = outputs_of(JPEG, settings_of(of(renditions=[{"name": "a", "width": 1300, "height": 1300}])))
    assert made.body_bytes < MAX_BODY_BYTES
    assert hops(made) == (1, 1)
    assert hops(outputs_of(JPEG, settings_of(of(renditions=[{"name": "a", "width": 2000, "height": 2000}])))) == (2, 2)


def test_more_pixels_take_more_time_where_they_are_decoded():
    small, large = (
        seconds_of(kind, outputs_of(kind, settings_of(of())), per_invocation=10) for kind in (JPEG, KINDS["jpeg-24mp"])
    )
    assert large["resize"] > small["resize"]
    assert large["store"] == small["store"]


def test_a_costly_format_takes_more_time_in_watermark_and_none_in_resize():
    def seconds(name):
        wanted = {"extras": ["jxl"], "renditions": [{"name": "a", "format": name}]}
        made = outputs_of(JPEG, settings_of(of(**wanted)))
        return seconds_of(JPEG, made, per_invocation=10)

    times = [seconds(name)["watermark"] for name in ("avif", "jxl", "webp", "jpeg")]
    assert times == sorted(set(times), reverse=True)
    assert seconds("avif")["resize"] == seconds("jpeg")["resize"]


def test_a_set_has_an_output_for_each_width_and_format():
    sets = [{"name": "hero", "widths": [640, 1280], "formats": ["avif", "jpeg"]}]
    assert outputs_of(JPEG, settings_of(of(sets=sets))).count == 2 + 4
    assert used(sets=sets).puts == used().puts + 4 + 1  # and larger than a message


def test_each_service_is_billed_on_its_own_processor():
    arm = used()
    both = used(services={"resize": {"architecture": "x86_64"}})
    assert both.gb_seconds_x86 > both.gb_seconds > 0
    assert both.gb_seconds_x86 + both.gb_seconds == pytest.approx(arm.gb_seconds)
    assert total(bill(both)) > total(bill(arm))


def test_moderation_is_charged_for_each_frame_that_is_examined():
    on = {"moderation": {"enabled": True, "frames": 3}}
    assert (used().moderated, used(**on).moderated, used("gif", **on).moderated) == (0, 1, 3)


def test_small_batches_cost_more():
    services = {service: {"batch_size": 1} for service in BATCH_SECONDS}
    assert used(services=services) == used(full=False)
    assert total(bill(used(full=False))) > total(bill(used()))
