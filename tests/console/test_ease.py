"""The console in a real browser: at any width, in dark and in light, by keyboard, and with a thousand rows."""

import re
import sys

import pytest
from kit.ledger_rows import moment
from playwright.sync_api import expect

from shared import ledger_index
from shared.batches import written
from shared.messages import Source, UploadBatch

SOME = 50
MANY = 1000
CHANGED = 100
BATCHED = 8

# WCAG 2.2, 1.4.3: https://www.w3.org/TR/WCAG22/#contrast-minimum
LEAST_CONTRAST = 4.5
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = element => {
    for (let each = element; each; each = each.parentElement) {
      const found = rgba(getComputedStyle(each).backgroundColor);
      if (found[3] === 255) return found;
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || element.closest(".hidden, :disabled, .tag, .row:nth-child(n+41)")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), text.slice(0, 40), element.className]);
  }
  return found;
}"""

# What a message with changes does, and the layout after it.
APPLY = """html => import("/static/rows.js").then(({ apply }) => {
  apply(document.getElementById("rows"), html);
  document.body.getBoundingClientRect();
})"""

# The whole list goes by, ten rows a frame; how many frames that took.
SCROLL = """() => new Promise(done => {
  let frames = 0;
  const step = () => {
    const before = scrollY;
    scrollBy(0, 400);
    frames += 1;
    if (scrollY === before) done(frames);
    else requestAnimationFrame(step);
  };
  scrollTo(0, 0);
  requestAnimationFrame(step);
})"""


@pytest.fixture(scope="module")
def some(local):
    """Some rows of every kind in the ledger."""
    write_rows(local, SOME)


@pytest.fixture(scope="module")
def many(local):
    """A thousand rows of every kind in the ledger."""
    write_rows(local, MANY)


def write_rows(local, count, folder="many", since=0):
    kinds = (("store", "stored"), ("resize", "failed"), ("watermark", None), ("store", "superseded"))
    with_outputs = {"outputs": {"L": [{"S": "x-resized.jpg"}, {"S": "x-thumb.jpg"}]}}
    requests = []
    for number in range(count):
        service, outcome = kinds[number % len(kinds)] if number % 10 < len(kinds) else kinds[0]
        key = f"{folder}/a file of a name that is neither short nor long {number}.jpg"
        source = Source(
            bucket=local.names.input_bucket,
            key=key,
            version_id=f"v{number}",
            size_bytes=1,
            uploaded_at=moment(since + number),
        )
        item = {
            "source": {"S": f"{source.bucket}/{key}"},
            "image_id": {"S": source.image_id},
            "rank": {"N": "99"},
            "bucket": {"S": source.bucket},
            "key": {"S": key},
            "size_bytes": {"N": "123456"},
            "uploaded_at": {"S": moment(since + number)},
            "updated_at": {"S": moment(since + number + 2)},
            "service": {"S": service},
            "resize_seconds": {"N": "0.123"},
            "watermark_seconds": {"N": "0.045"},
            "store_seconds": {"N": "0.067"},
            "replays": {"N": "0"},
            "resize_at": {"S": moment(since + number + 1)},
            "watermark_at": {"S": moment(since + number + 2)},
            **ledger_index.of_image(source.image_id),
        }
        if number < BATCHED:
            batch = UploadBatch(id="20260101-000000-abcdef", number=number, size=BATCHED)
            item |= {"batch": {"S": written(batch)}} | ledger_index.of_batch(batch)
        if outcome:
            item |= {"outcome": {"S": outcome}} | with_outputs
        if outcome == "failed":
            item |= {"error": {"S": "UnreadableImage"}, "reason": {"S": "the image does not decode"}}
        requests.append({"PutRequest": {"Item": item}})
    for start in range(0, count, 25):
        local.dynamodb.batch_write_item(RequestItems={local.names.ledger: requests[start : start + 25]})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_light_and_in_dark(open_page, some, scheme):
    # Without motion: a row that has just changed has other colours for a second.
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator(".row").first).to_be_visible()
    page.get_by_text("Options").click()
    found = page.evaluate(CONTRASTS)
    page.get_by_role("tab", name="DLQ messages").click()
    expect(page.locator("#messages .nothing, #dlq-rows .name").first).to_contain_text(re.compile("No DLQ|jpg"))
    found += page.evaluate(CONTRASTS)
    page.get_by_role("tab", name="Images").click()
    page.get_by_text("Failed", exact=True).click()
    page.locator(".row .open:visible").first.click()
    expect(page.locator("dialog figcaption")).to_contain_text("No picture")
    found += page.evaluate(CONTRASTS)
    assert len(found) > 40 * 10  # forty rows, each with ten words and more
    assert [each for each in found if each[0] < LEAST_CONTRAST] == []


@pytest.mark.parametrize("width", [360, 720, 1200])
def test_nothing_is_cut_off_at_any_width(open_page, some, width):
    page = open_page(viewport={"width": width, "height": 740})
    page.get_by_text("Options").click()
    expect(page.locator(".row").first).to_be_visible()
    # What is longer than its line ends with dots, and is whole in the title and in the image's view.
    wide = (
        "[document.documentElement.scrollWidth, ...[...document.querySelectorAll('.row:nth-child(-n+20) *')]"
        ".filter(each => !each.parentElement.closest('.cut, .why, .outputs'))"
        ".map(each => Math.floor(each.getBoundingClientRect().right))]"
    )
    assert max(page.evaluate(wide)) <= width
    page.locator(".row .open").first.click()
    expect(page.locator("dialog")).to_be_visible()
    box = page.locator("dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_tabs_are_moved_through_by_arrows_and_remembered_in_the_address(open_page, address):
    page = open_page()
    page.get_by_role("tab", name="Images").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="DLQ messages")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="DLQ messages")).to_be_visible()
    expect(page).to_have_url(f"{address}#messages")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Mailbox")).not_to_contain_text("Reading the mailbox")
    again = open_page("#messages")
    expect(again.get_by_role("tabpanel", name="DLQ messages")).to_be_visible()


def test_whatever_can_be_done_can_be_reached_by_tab_and_is_seen_to_be(open_page, some):
    page = open_page()
    expect(page.locator(".row").first).to_be_visible()
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const each = document.activeElement, box = each.closest('label') ?? each;"
                " const ringed = [each, box, each.nextElementSibling].filter(Boolean)"
                ".some(one => getComputedStyle(one).outlineStyle !== 'none');"
                " return [each.id || each.name || each.className || each.tagName, ringed]; }"
            )
        )
    names = [name for name, _ in reached]
    assert names[:3] == ["tab-images", "files", "prefix"]
    assert {"kind", "text", "select-all", "sort", "image", "open name"} <= set(names)
    assert [name for name, ringed in reached if not ringed] == []


def test_motion_is_still_for_who_asks_for_stillness(open_page, some):
    page = open_page(reduced_motion="reduce")
    moving = page.locator(".steps li[data-state=now]").first
    expect(moving).to_be_attached()
    assert moving.evaluate("each => getComputedStyle(each).animationName") == "none"


def test_rows_are_filtered_by_outcome_and_name(open_page, many):
    page = open_page()
    shown = (
        "[...document.querySelectorAll('.row')].filter(each => each.checkVisibility()).map(each => each.dataset.kind)"
    )
    expect(page.locator(".row")).to_have_count(MANY)
    page.get_by_text("Failed", exact=True).click()
    assert set(page.evaluate(shown)) == {"failed"}
    page.get_by_text("All", exact=True).click()
    page.get_by_label("Names that hold").fill("LONG 99")
    assert 1 <= len(page.evaluate(shown)) <= 11
    expect(page.locator(".most")).to_contain_text("the newest 1,000")
    page.get_by_label("Names that hold").fill("many/a file of a name that is neither short nor long 7.jpg")
    page.keyboard.press("Enter")
    expect(page.locator("#detail-name")).to_have_text("many/a file of a name that is neither short nor long 7.jpg")
    page.keyboard.press("Escape")
    page.get_by_label("Names that hold").fill("nothing of this name")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("not in the ledger: nothing of this name")


def test_a_thousand_rows_stay_smooth(open_page, many, capsys):
    page = open_page()
    expect(page.locator(".row")).to_have_count(MANY)
    session = page.context.new_cdp_session(page)
    # CPU of the page's main thread: how busy the machine is besides does not count.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu_ms(script, *given):
        """What a script gave, and the CPU that it took."""

        def spent():
            return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

        before = spent()["TaskDuration"]
        return page.evaluate(script, *given), (spent()["TaskDuration"] - before) * 1000

    html = page.evaluate(
        f"[...document.querySelectorAll('.row')].slice(0, {CHANGED}).map(each => each.outerHTML).join('')"
    )
    changes = sorted(cpu_ms(APPLY, html)[1] for _ in range(5))
    frames, scrolling = cpu_ms(SCROLL)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{MANY} rows, CPU of the page: {CHANGED} changes {changes[2]:.0f} ms (of five, {changes[0]:.0f} to"
            f" {changes[-1]:.0f}); {scrolling / frames:.1f} ms a frame of scrolling by ten rows, {frames} frames\n"
        )
    assert page.locator(".row").count() == MANY
    drawn = "each => each.querySelector('.what').checkVisibility({ contentVisibilityAuto: true })"
    assert page.evaluate(f"[...document.querySelectorAll('.row')].filter({drawn}).length") < MANY / 10
    assert changes[2] < 500
    assert scrolling / frames < 100
