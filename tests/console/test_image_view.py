"""The view of an image is of the image that was opened last, as it is now, in whatever order answers come."""

from console.test_ease import write_rows
from console.test_odd_keys import stored
from kit.eventually import eventually
from kit.ledger_rows import moment
from playwright.sync_api import expect

from shared.messages import Source


def test_an_image_that_is_opened_while_another_is_loaded_is_the_one_shown(local, open_page):
    slow, quick = stored(local, ("loaded/slow.jpg", "loaded/quick.jpg"))
    page = open_page()
    held = []
    page.route(f"**/images/{slow.image_id}", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    page.locator(f'a.open[href="/images/{slow.image_id}"]').click()
    page.locator(f'a.open[href="/images/{quick.image_id}"]').click()
    expect(page.locator("#detail-name")).to_have_text(quick.key)
    for route in held:
        route.continue_()
    expect(page.locator("dialog .before")).to_have_js_property("naturalWidth", 320)
    expect(page.locator("#detail-name")).to_have_text(quick.key)


def test_an_image_that_ends_while_its_view_is_loaded_is_shown_as_it_ended(local, open_page):
    since = 3000
    write_rows(local, 3, folder="loaded", since=since)
    key = "loaded/a file of a name that is neither short nor long 2.jpg"
    about = Source(
        bucket=local.names.input_bucket, key=key, version_id="v2", size_bytes=1, uploaded_at=moment(since + 2)
    )
    page = open_page()
    row = page.locator(f"#i-{about.image_id}")
    expect(row.locator(".badge")).to_have_text("on its way")
    late = []

    def hold_first(route):
        if late:
            route.continue_()
        else:
            late.append((route, route.fetch()))

    page.route(f"**/images/{about.image_id}", hold_first)
    row.locator(".open").click()
    # The answer is there before the row changes. Playwright works while it waits.
    assert eventually(lambda: page.wait_for_timeout(50) or late)
    local.dynamodb.update_item(
        TableName=local.names.ledger,
        Key={"source": {"S": f"{about.bucket}/{key}"}, "image_id": {"S": about.image_id}},
        UpdateExpression="SET outcome = :stored, updated_at = :now",
        ExpressionAttributeValues={":stored": {"S": "stored"}, ":now": {"S": moment(since + 9)}},
    )
    expect(row.locator(".badge")).to_have_text("stored")
    ((route, answer),) = late
    assert "on its way" in answer.text()
    route.fulfill(response=answer)
    page.evaluate("() => new Promise(done => setTimeout(done, 1000))")
    expect(page.locator("dialog .outcome .badge")).to_have_text("stored")
