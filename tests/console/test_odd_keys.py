"""Images under keys with control characters and line breaks are rows of the page, and open with their pictures."""

from kit.odd_keys import KEYS, MAX_KEY
from kit.pictures import gradient, saved
from playwright.sync_api import expect

from ops.images.follow import Uploaded, follow
from shared.text import visible

JPEG = saved(gradient((320, 240)), "JPEG")


def stored(local, keys):
    images = []
    for key in keys:
        version = local.s3.put_object(Bucket=local.names.input_bucket, Key=key, Body=JPEG)["VersionId"]
        images.append(Uploaded(bucket=local.names.input_bucket, key=key, version_id=version, size_bytes=len(JPEG)))
    follow(local.ledger, images, timeout_seconds=180)
    return images


def test_each_has_a_row_that_names_it_on_one_line_and_opens(local, open_page):
    images = stored(local, (*KEYS[:9], *KEYS[-2:], MAX_KEY))
    page = open_page()
    for image in images:
        link = page.locator(f'a.open[href="/images/{image.image_id}"]')
        expect(link).to_have_text(visible(image.key))
        expect(page.locator("#rows .row").filter(has=link).locator(".badge")).to_have_text("stored")
        link.click()
        expect(page.locator("dialog .before")).to_have_js_property("naturalWidth", 320)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
