"""The console in a real browser: the list of images is sorted and selected, by mouse and by keyboard."""

import re

import pytest
from console.test_ease import SOME, write_rows
from kit.ledger_rows import moment
from playwright.sync_api import expect

WIDE = {"width": 1200, "height": 900}
PHONE = {"width": 390, "height": 800}

# Newer than the rows of other tests, of which a page shows a thousand at most.
SINCE = 2000

# As high as a row of a list of Temporal or Stripe.
HIGHEST_ROW_PX = 41

SHOWN = "[...document.querySelectorAll('#rows .row')].filter(each => !each.hidden)"
CHECKED = f"{SHOWN}.filter(each => each.querySelector('.pick input').checked).map(each => each.dataset.id)"


@pytest.fixture(scope="module")
def some(local):
    """Some rows of every kind in the ledger."""
    write_rows(local, SOME, "lists", SINCE)


@pytest.fixture
def images(open_page, some):
    def opening(path="#text=lists/", viewport=WIDE):
        page = open_page(path, viewport=viewport)
        expect(page.locator("#images-form .chosen")).to_have_text(re.compile(r"^[1-9]\d* images$"))
        return page

    return opening


def column(page, name):
    return page.evaluate(f"{SHOWN}.map(each => each.querySelector('.{name}').textContent.trim())")


def numbers(page):
    return [int(re.search(r"(\d+)\.jpg$", each)[1]) for each in column(page, "open")]


def heads(page):
    return {
        each["key"]: each["sort"]
        for each in page.evaluate(
            "[...document.querySelectorAll('#images-list th[data-sort]')]"
            ".map(each => ({ key: each.dataset.sort, sort: each.getAttribute('aria-sort') }))"
        )
        if each["sort"] != "none"
    }


def box(page, index):
    return page.locator("#rows .row:not([hidden]) .pick input").nth(index)


def test_rows_are_as_dense_as_a_list_should_be(images):
    page = images()
    heights = page.evaluate(f"{SHOWN}.slice(0, 15).map(each => each.getBoundingClientRect().height)")
    assert max(heights) <= HIGHEST_ROW_PX
    assert min(heights) >= HIGHEST_ROW_PX - 2


def test_columns_sort_both_ways_and_are_in_the_address(images):
    page = images()
    assert numbers(page) == list(range(SOME - 1, -1, -1))
    assert heads(page) == {"at": "descending"}
    page.get_by_role("button", name="Image", exact=True).click()
    assert numbers(page) == list(range(SOME))
    assert heads(page) == {"name": "ascending"}
    expect(page).to_have_url(re.compile("sort=name"))
    page.get_by_role("button", name="Image", exact=True).press("Enter")
    assert numbers(page) == list(range(SOME - 1, -1, -1))
    assert heads(page) == {"name": "descending"}
    page.get_by_role("button", name="Outcome", exact=True).click()
    outcomes = column(page, "outcome")
    assert outcomes == sorted(outcomes)
    page.go_back()
    expect(page.locator("th[data-sort=name]")).to_have_attribute("aria-sort", "descending")
    assert numbers(page) == list(range(SOME - 1, -1, -1))
    again = images("#text=lists/&sort=name")
    assert numbers(again) == list(range(SOME))
    odd = images("#text=lists/&sort=nothing")
    assert heads(odd) == {"at": "descending"}


def test_what_changes_meanwhile_keeps_its_selection_and_goes_to_its_place(images, local):
    page = images("#text=lists/&sort=outcome")
    row = page.locator("#rows .row").filter(has=page.locator(".open", has_text=re.compile(r" 42\.jpg$")))
    expect(row.locator(".badge")).to_have_text("on its way")
    row.get_by_role("checkbox").check()
    key, image_id = row.locator(".open").text_content(), row.get_attribute("data-id")
    local.dynamodb.update_item(
        TableName=local.names.ledger,
        Key={"source": {"S": f"{local.names.input_bucket}/{key}"}, "image_id": {"S": image_id}},
        UpdateExpression="SET outcome = :outcome, service = :service, updated_at = :at",
        ExpressionAttributeValues={
            ":outcome": {"S": "stored"},
            ":service": {"S": "store"},
            ":at": {"S": moment(SINCE + 99)},
        },
    )
    expect(row.locator(".badge")).to_have_text("stored")
    expect(row.get_by_role("checkbox")).to_be_checked()
    assert page.evaluate(CHECKED) == [image_id]
    outcomes = column(page, "outcome")
    assert outcomes == sorted(outcomes)


def test_rows_are_selected_one_by_one_in_ranges_and_all_of_a_filter(images):
    page = images("#text=lists/&kind=failed")
    failed = page.evaluate(f"{SHOWN}.length")
    chosen, every = page.locator("#images-form .chosen"), page.locator("#images-form .select-all")
    expect(chosen).to_have_text(f"{failed} images")
    replay = page.get_by_role("button", name=re.compile("^Replay"))
    expect(replay).to_be_disabled()
    box(page, 0).click()
    box(page, 3).click(modifiers=["Shift"])
    expect(chosen).to_have_text(f"4 of {failed} selected")
    expect(every).to_have_js_property("indeterminate", True)  # noqa: FBT003 - the property's value
    box(page, 3).click()
    box(page, 1).click(modifiers=["Shift"])
    expect(chosen).to_have_text(f"1 of {failed} selected")
    every.check()
    expect(chosen).to_have_text(f"{failed} of {failed} selected")
    expect(replay).to_have_text(f"Replay {failed} failed")
    # What is no longer shown is no longer selected.
    page.get_by_text("All", exact=True).click()
    expect(chosen).to_have_text(f"{failed} of {SOME} selected")
    page.get_by_text("Stored", exact=True).click()
    expect(chosen).to_have_text(re.compile(r"^\d+ images$"))
    every.check()
    expect(replay).to_be_disabled()
    every.uncheck()
    assert page.evaluate(CHECKED) == []


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_rows_are_sorted_and_selected_by_keyboard_alone(images, viewport):
    page = images(viewport=viewport)
    page.get_by_role("button", name="Image", exact=True).focus()
    page.keyboard.press("Space")
    assert numbers(page) == list(range(SOME))
    box(page, 0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(box(page, 2)).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    chosen = page.locator("#images-form .chosen")
    expect(chosen).to_have_text(f"3 of {SOME} selected")
    expect(box(page, 4)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(chosen).to_have_text(f"2 of {SOME} selected")


def test_a_filter_that_no_image_matches_says_so_and_is_cleared(images):
    page = images()
    page.get_by_label("Names that hold").fill("nothing of this name")
    expect(page.locator("#unmatched")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator("#unmatched")).to_be_hidden()
    assert page.evaluate(f"{SHOWN}.length") >= SOME


def test_the_selected_are_removed_by_a_command_and_not_by_the_page(images):
    page = images("#text=lists/&sort=name")
    remove = page.get_by_role("button", name="Copy the command: remove the selected sources")
    expect(remove).to_be_disabled()
    box(page, 0).check()
    box(page, 1).check()
    remove.click()
    key = "lists/a file of a name that is neither short nor long"
    expect(page.locator("#toast")).to_contain_text(f"pipeline rm '{key} 0.jpg' '{key} 1.jpg'")


def test_nothing_is_cut_off_or_covered_on_a_phone(images):
    page = images(viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    covered = page.evaluate(
        "(() => { const row = [...document.querySelectorAll('#rows .row')].find(each => !each.hidden);"
        " const boxes = [...row.children].map(each => each.getBoundingClientRect()).filter(each => each.width);"
        " return boxes.filter((one, index) => boxes.slice(index + 1).some(other => one.left < other.right - 1 &&"
        " other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1)).length; })()"
    )
    assert covered == 0
