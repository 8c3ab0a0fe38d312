"""The console in a real browser: DLQ messages are filtered, replayed and purged."""

import re
import uuid

import pytest
from kit.dlq_messages import attributes, body_of, source
from kit.pictures import gradient, saved
from playwright.sync_api import expect

from ops.images.follow import Upload, follow, upload

JPEG = saved(gradient((320, 240)), "JPEG")
WIDE = {"width": 1200, "height": 900}
PHONE = {"width": 390, "height": 800}


@pytest.fixture
def folder():
    """A prefix that nobody else uses."""
    return f"{uuid.uuid4().hex[:8]}/"


@pytest.fixture
def dead_letter(local):
    """Put a message into a dead-letter queue; what it is about was deleted since, as far as S3 knows."""

    def sending(service, key, *, error="AwsUnavailable", reason="S3 answered 503"):
        about = source(key, version=uuid.uuid4().hex, bucket=local.names.input_bucket)
        local.sqs.send_message(
            QueueUrl=local.queue_url(local.names.dlq(service)),
            MessageBody=body_of(service, about),
            MessageAttributes=attributes(error=error, reason=reason, attempts=5),
        )
        return about

    return sending


@pytest.fixture
def messages(dead_letter, folder):
    """Six messages of one folder: four of watermark, two of store."""
    for number in range(4):
        dead_letter("watermark", f"{folder}w{number}.jpg")
    for number in range(2):
        dead_letter("store", f"{folder}s{number}.jpg", error="OutputKeyTaken")
    return folder


def look(open_page, folder, more="", viewport=WIDE, **options):
    page = open_page(f"#messages&prefix={folder}{more}", viewport=viewport, **options)
    expect(page.locator("#messages-body")).not_to_contain_text("Reading the dead-letter queues")
    return page


def keys(page):
    return [each.rpartition("/")[2] for each in page.locator("#dlq-rows .open").all_text_contents()]


def rows(page):
    return page.locator("#dlq-rows .row")


def counted(local, folder, service):
    """The keys of a folder that are in a service's dead-letter queue."""
    url, found = local.queue_url(local.names.dlq(service)), set()
    while some := local.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=3).get("Messages"):
        found |= {key for each in some for key in re.findall(rf"{folder}\w+\.jpg", each["Body"])}
    return found


def test_filters_are_in_the_address_and_narrow_what_is_shown(open_page, messages):
    page = look(open_page, messages)
    expect(rows(page)).to_have_count(6)
    page.get_by_role("combobox", name="Service").select_option("store")
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("service=store"))
    page.get_by_role("combobox", name="Service").select_option("")
    expect(rows(page)).to_have_count(6)
    page.get_by_role("button", name="AwsUnavailable watermark 4").click()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("button", name="AwsUnavailable watermark 4")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(rows(page)).to_have_count(6)
    page.get_by_role("combobox", name="Age").select_option("older-1d")
    expect(page.locator("#messages .nothing")).to_contain_text("No DLQ message matches this filter")
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_label("Keys that begin with")).to_have_value("")
    page.get_by_label("Keys that begin with").fill(f"{messages}s")
    expect(rows(page)).to_have_count(2)
    again = look(open_page, messages, "&service=watermark&error=AwsUnavailable&age=newer-1h")
    expect(rows(again)).to_have_count(4)
    expect(again.get_by_role("combobox", name="Service")).to_have_value("watermark")
    expect(again.get_by_role("combobox", name="Age")).to_have_value("newer-1h")


def test_messages_are_sorted_and_selected_by_keyboard(open_page, messages):
    page = look(open_page, messages, "&dlq-sort=name")
    assert keys(page) == ["s0.jpg", "s1.jpg", "w0.jpg", "w1.jpg", "w2.jpg", "w3.jpg"]
    page.get_by_role("button", name="Service", exact=True).press("Enter")
    assert [each[0] for each in keys(page)] == ["s"] * 2 + ["w"] * 4
    expect(page.locator("#messages th[data-sort=service]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Age", exact=True).press("Enter")
    expect(page.locator("#messages th[data-sort=at]")).to_have_attribute("aria-sort", "ascending")
    rows(page).first.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#messages .chosen")).to_have_text("2 of 6 selected")
    page.locator("#messages .select-all").press("Space")
    expect(page.locator("#messages .chosen")).to_have_text("6 of 6 selected")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_purge_is_confirmed_and_keeps_the_sources(open_page, local, messages, viewport):
    local.s3.put_object(Bucket=local.names.input_bucket, Key=f"{messages}w0.jpg", Body=JPEG)
    page = look(open_page, messages, "&service=watermark", viewport)
    for index in range(2):
        rows(page).nth(index).get_by_role("checkbox").check()
    page.get_by_role("button", name="Purge…", exact=True).click()
    asked = page.locator("#dlq-job .report")
    expect(asked).to_contain_text("Purge 2 DLQ messages?")
    expect(asked).to_contain_text(f"The sources in {local.names.input_bucket} are kept")
    expect(asked.locator("[data-focus]")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_have_count(0)
    page.get_by_role("button", name="Purge…", exact=True).press("Enter")
    expect(asked.locator("[data-focus]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(asked.get_by_role("button", name="Purge 2 messages")).to_be_focused()
    page.keyboard.press("Enter")
    expect(asked).to_contain_text("2 removed")
    expect(asked).to_contain_text("watermark-purge.jsonl")
    expect(rows(page)).to_have_count(2)
    assert len(counted(local, messages, "watermark")) == 2
    local.s3.head_object(Bucket=local.names.input_bucket, Key=f"{messages}w0.jpg")
    page.get_by_role("button", name="Dismiss").click()
    expect(asked).to_have_count(0)


def test_one_message_is_purged_by_its_own_button(open_page, messages):
    page = look(open_page, messages, "&dlq-sort=name")
    rows(page).nth(1).get_by_role("button", name=re.compile("^Purge")).click()
    page.get_by_role("button", name="Purge 1 message").click()
    expect(rows(page)).to_have_count(5)
    assert "s1.jpg" not in keys(page)


def test_all_that_match_are_replayed_also_those_that_are_not_shown(open_page, start_console, local, messages):
    few = (
        "import ops.console.dlq_messages as m, runpy; m.MAX_MESSAGES = 3; m.DlqMessages.read.__defaults__ = (None, 3);"
    )
    _, address = start_console(started=("-c", few + " runpy.run_module('ops.console', run_name='__main__')"))
    page = look(open_page, messages, at=address)
    expect(page.locator("#messages .chosen")).to_have_text("3+ messages")
    page.locator("#messages .select-all").check()
    page.get_by_role("button", name="Select all that match").click()
    expect(page.locator("#messages .chosen")).to_have_text("all that match are selected")
    page.get_by_role("button", name="Copy the command: replay the selected").click()
    expect(page.locator("#toast")).to_contain_text(f"pipeline dlq replay '--key={messages}*'")
    page.get_by_role("button", name="Replay", exact=True).click()
    asked = page.locator("#dlq-job .report")
    expect(asked).to_contain_text("Replay 6 DLQ messages?")
    asked.get_by_role("button", name="Replay 6 messages").click()
    expect(asked).to_contain_text("4 replayed")
    expect(asked).to_contain_text("2 replayed")


def test_a_failed_image_is_replayed_from_its_own_view(open_page, local, folder, tmp_path):
    taken = {"Bucket": local.names.output_bucket, "Key": f"{folder}one-thumb.jpg"}
    local.s3.put_object(**taken, Body=b"somebody's own")
    (tmp_path / "one.jpg").write_bytes(JPEG)
    follow(
        local.ledger, upload(local, [Upload(path=tmp_path / "one.jpg", key=f"{folder}one.jpg")]), timeout_seconds=180
    )
    page = open_page()
    page.locator("#rows .row .open", has_text=f"{folder}one.jpg").click()
    failure = page.locator("dialog .failure")
    expect(failure).to_contain_text("OutputKeyTaken")
    failure.get_by_role("link", name="its DLQ message").click()
    expect(page.get_by_role("tabpanel", name="DLQ messages")).to_be_visible()
    expect(page.locator("dialog")).to_be_hidden()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(f"{folder}one.jpg")
    rows(page).locator("a.open").click()
    expect(failure).to_be_visible()
    local.s3.delete_object(**taken)
    failure.get_by_role("button", name="Replay").press("Enter")
    expect(page.locator("dialog .outcome .badge")).to_have_text("stored")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Images").click()
    row = page.locator("#rows .row").filter(has_text=f"{folder}one.jpg")
    expect(row.locator(".badge")).to_have_text("stored")


def test_failed_images_are_replayed_from_the_list(open_page, local, folder, tmp_path):
    taken = {"Bucket": local.names.output_bucket, "Key": f"{folder}one-thumb.jpg"}
    local.s3.put_object(**taken, Body=b"somebody's own")
    (tmp_path / "one.jpg").write_bytes(JPEG)
    follow(
        local.ledger, upload(local, [Upload(path=tmp_path / "one.jpg", key=f"{folder}one.jpg")]), timeout_seconds=180
    )
    local.s3.delete_object(**taken)
    page = open_page(f"#text={folder}")
    expect(page.locator("#images-form .chosen")).to_have_text("1 images")
    page.locator("#images-form .select-all").check()
    page.get_by_role("button", name="Replay 1 failed").click()
    expect(page.locator("#images-job .report")).to_contain_text("1 replayed")
    expect(page.locator("#rows .row:not([hidden]) .badge")).to_have_text("stored")


def test_names_and_reasons_of_messages_are_read_and_do_nothing(open_page, dead_letter, folder):
    evil = "<img src=x onerror=alert(1)>"
    dead_letter("store", f"{folder}{evil}.jpg", error=evil, reason=f"{evil} \u202e")
    dead_letter("store", f"{folder}b.jpg")
    page = look(open_page, folder)
    row = rows(page).filter(has_text=f"{folder}{evil}.jpg")
    expect(row.locator(".why")).to_have_text(rf"{evil} \u202e")
    expect(row.locator("td.error")).to_have_text(evil)
    assert row.locator("img").count() <= 1
    row.get_by_role("button", name=re.compile("^Purge")).click()
    expect(page.locator("#dlq-job .report")).to_contain_text(f"store: {evil}")
    page.locator("#causes").get_by_role("button", name=evil).click()
    expect(rows(page)).to_have_count(1)
