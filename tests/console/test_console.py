"""The console in a real browser: what people do with it."""

import base64
import re
import signal
import uuid

import pytest
from kit.pictures import gradient, saved
from playwright.sync_api import expect

from ops.demo.samples import samples
from ops.images.follow import Upload, follow, upload

JPEG = saved(gradient((640, 480)), "JPEG")
DONE = ["uploaded:done", "resize:done", "watermark:done", "store:done"]
STATES = "steps => steps.map(each => `${each.dataset.milestone}:${each.dataset.state}`)"

# As a person drags files from another window: no file dialog is involved.
DRAG = """([names, data]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0));
  for (const name of names) transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const zone = document.getElementById("zone");
  for (const what of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(what, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""

# Every set of milestones that a page ever showed.
REMEMBER = """() => {
  window.remembered = [];
  const look = () => document.querySelectorAll("#rows .row").forEach(row => {
    remembered.push([...row.querySelectorAll("[data-milestone]")].map(each => each.dataset.state).join(" "));
    if (row.querySelector(".thumb img[src^=blob]")) remembered.push(`seen while ${row.dataset.kind}`);
  });
  new MutationObserver(look).observe(document.getElementById("rows"), { childList: true, subtree: true });
}"""


@pytest.fixture
def folder():
    """A prefix that nobody else uses."""
    return f"{uuid.uuid4().hex[:8]}/"


def drag(page, folder, *names, data=JPEG):
    page.get_by_label("Prefix").fill(folder)
    page.evaluate(DRAG, [list(names), base64.b64encode(data).decode()])


def row_of(page, key):
    return page.locator("#rows .row").filter(has=page.locator(".open", has_text=key))


def stored(page, key):
    row = row_of(page, key)
    expect(row.locator(".badge")).to_have_text("stored")
    return row


def milestones(row):
    return row.locator("[data-milestone]").evaluate_all(STATES)


def test_two_files_are_uploaded_and_their_four_services_light_up(page, folder):
    page.evaluate(REMEMBER)
    drag(page, folder, "one.jpg", "two.jpg")
    for name in ("one.jpg", "two.jpg"):
        row = stored(page, folder + name)
        assert milestones(row) == DONE
        reported = row.locator(".steps .took").all_text_contents()
        assert re.fullmatch(r"\d\d:\d\d:\d\d", reported[0])
        assert all(re.fullmatch(r"\d+ ms|\d+\.\d s", each) for each in reported[1:])
    # It was seen on its way, too: uploaded, and a service at work; how many of them, is a matter of their speed.
    seen = set(page.evaluate("remembered"))
    assert "seen while pending" in seen
    assert seen & {"done now todo todo", "done done now todo", "done done done now"}
    assert page.locator("#rows .thumb img[src^=blob]").count() == 0
    expect(page.locator("#progress")).to_have_text("uploaded 2 of 2")


def test_a_result_is_opened(page, folder):
    drag(page, folder, "one.jpg")
    row = stored(page, folder + "one.jpg")
    with page.context.expect_page() as opened:
        row.get_by_role("link", name="one-resized.jpg").click()
    result = opened.value
    result.wait_for_load_state()
    assert result.evaluate("document.images[0].naturalWidth") == 640
    assert result.evaluate("document.contentType") == "image/jpeg"


def test_before_and_after_by_keyboard_alone(page, folder):
    drag(page, folder, "one.jpg")
    row = stored(page, folder + "one.jpg")
    row.locator(".open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    before, after = page.locator("dialog .before"), page.locator("dialog .after")
    for picture in (before, after):
        expect(picture).to_have_js_property("naturalWidth", 640)
    expect(page.locator("dialog .dimensions")).to_have_text(
        [re.compile("^640 . 480 px$"), re.compile("^256 . 256 px$")]
    )
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "52"
    assert page.locator(".pictures").evaluate("each => each.style.getPropertyValue('--at')") == "52%"
    assert "52%" in after.evaluate("each => getComputedStyle(each).clipPath")
    page.get_by_role("button", name="compare").nth(1).press("Enter")
    expect(after).to_have_js_property("naturalWidth", 256)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(row.locator(".open")).to_be_focused()


def test_what_browsers_do_not_show_has_a_preview(page, local, folder, tmp_path):
    heic = next(sample for sample in samples() if sample.key.endswith(".heic"))
    (tmp_path / "lake.heic").write_bytes(heic.make())
    uploaded = upload(local, [Upload(path=tmp_path / "lake.heic", key=f"{folder}lake.heic")])
    follow(local.ledger, uploaded, timeout_seconds=180)
    stored(page, f"{folder}lake.heic").locator(".open").click()
    expect(page.locator("dialog figcaption")).to_contain_text("Browsers show no HEIC")
    expect(page.locator("dialog .before")).to_have_js_property("naturalWidth", 480)


def test_one_is_broken_and_replayed_from_the_page(page, local, folder):
    taken = {"Bucket": local.names.output_bucket, "Key": f"{folder}one-thumb.jpg"}
    local.s3.put_object(**taken, Body=b"somebody's own")
    drag(page, folder, "one.jpg")
    row = row_of(page, f"{folder}one.jpg")
    expect(row.locator(".badge")).to_have_text("failed")
    assert milestones(row) == [*DONE[:3], "store:failed"]
    expect(row.locator(".why")).to_contain_text("OutputKeyTaken")
    local.s3.delete_object(**taken)

    page.get_by_role("tab", name="DLQ messages").click()
    entry = page.locator("#dlq-rows .row").filter(has_text=f"{folder}one.jpg")
    expect(entry.locator("img")).to_have_js_property("complete", True)  # noqa: FBT003 - the property's value
    expect(entry.locator("img")).to_have_js_property("naturalWidth", 96)
    replay = page.get_by_role("button", name="Replay", exact=True)
    expect(replay).to_be_disabled()
    entry.get_by_role("checkbox").press("Space")
    expect(page.locator("#messages .chosen")).to_have_text(re.compile(r"^1 of \d+ selected"))
    replay.click()
    expect(page.locator("#dlq-job .report")).to_contain_text("1 replayed")
    expect(entry).to_have_count(0)

    page.get_by_role("tab", name="Images").click()
    assert milestones(stored(page, f"{folder}one.jpg")) == DONE


def test_a_wrong_order_is_refused_before_anything_is_uploaded(page, folder):
    page.get_by_text("Options").click()
    page.get_by_label("quality").fill("900")
    drag(page, folder, "one.jpg")
    expect(page.locator("#refused")).to_contain_text("a whole number from 1 to 100")
    page.get_by_label("quality").fill("40")
    page.get_by_role("combobox", name="watermark", exact=True).select_option("off")
    drag(page, folder, "one.jpg")
    stored(page, f"{folder}one.jpg")
    expect(page.locator("#refused li")).to_have_count(0)


def test_every_action_can_be_had_as_a_command(page, folder):
    drag(page, folder, "it's.jpg")
    row = stored(page, f"{folder}it's.jpg")

    wanted = (
        (row.locator(".copy"), f"""pipeline status '{folder}it'"'"'s.jpg'"""),
        (page.locator("#upload .copy"), f"""pipeline upload --prefix={folder} --wait 'it'"'"'s.jpg'"""),
    )
    for button, command in wanted:
        button.click()
        expect(page.locator("#toast")).to_have_text(f"copied {command}")
        assert page.evaluate("navigator.clipboard.readText()") == command


def test_a_name_does_nothing_but_be_read(page, folder):
    names = ["<img src=x onerror=alert(1)>.jpg", "gpj.\u202eexe.jpg", "עברית.jpg", "{{7*7}}&amp;.jpg"]
    drag(page, folder, *names)
    for shown in ("<img src=x onerror=alert(1)>.jpg", r"gpj.\u202eexe.jpg", "עברית.jpg", "{{7*7}}&amp;.jpg"):
        row = stored(page, folder + shown)
        assert row.locator("img").count() == 1  # its own
        row.locator(".open").click()
        expect(page.locator("#detail-name")).to_have_text(folder + shown)
        page.keyboard.press("Escape")


def test_a_file_that_is_too_large_never_leaves_the_page(page, folder):
    page.locator("#upload").evaluate("form => { form.dataset.mostBytes = 10 }")
    drag(page, folder, "one.jpg")
    expect(page.locator("#refused")).to_contain_text("limits.bytes")
    expect(page.locator("#progress")).to_have_text("uploaded 0 of 1, 1 refused")


def test_another_page_uploads_nothing(page, local, address, folder):
    elsewhere = page.context.new_page()
    elsewhere.route("http://evil.test/", lambda route: route.fulfill(body="<p>x", content_type="text/html"))
    elsewhere.goto("http://evil.test/")
    answer = elsewhere.evaluate(
        """url => fetch(url, { method: "POST", mode: "no-cors", body: "x" }).then(() => "sent", () => "not sent")""",
        f"{address}upload?path={folder}evil.jpg",
    )
    assert answer in {"sent", "not sent"}
    assert "Contents" not in local.s3.list_objects_v2(Bucket=local.names.input_bucket, Prefix=folder)
    seen = elsewhere.evaluate(
        "url => new Promise(done => { const image = new Image(); image.onload = () => done(true);"
        " image.onerror = () => done(false); image.src = url; })",
        f"{address}static/icon.svg",
    )
    assert not seen


def test_a_folder_is_uploaded_with_all_that_is_in_it(page, local, folder, tmp_path):
    (tmp_path / "trip" / "day one").mkdir(parents=True)
    (tmp_path / "trip" / "top.jpg").write_bytes(JPEG)
    (tmp_path / "trip" / "day one" / "deep.jpg").write_bytes(JPEG)
    (tmp_path / "trip" / ".hidden.jpg").write_bytes(JPEG)
    (tmp_path / "beside.jpg").write_bytes(JPEG)
    page.get_by_label("Prefix").fill(folder)
    box = page.locator("#zone").bounding_box()
    files = [str(tmp_path / "trip"), str(tmp_path / "beside.jpg")]
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):  # by the browser itself: scripts cannot make a folder
        session.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": box["x"] + 20,
                "y": box["y"] + 20,
                "data": {"items": [], "files": files, "dragOperationsMask": 1},
            },
        )
    expect(page.locator("#progress")).to_have_text("uploaded 3 of 3")
    listed = local.s3.list_objects_v2(Bucket=local.names.input_bucket, Prefix=folder)["Contents"]
    names = sorted(each["Key"].removeprefix(folder) for each in listed)
    assert names == ["beside.jpg", "day one/deep.jpg", "top.jpg"]


# As a browser has a folder in which a file and a folder cannot be read.
UNREADABLE = """() => {
  const file = (name, take) => ({ isFile: true, name, file: take });
  const denied = (failed) => failed(new DOMException("no access"));
  const readEntries = (inner) => (done, failed) => (inner ? done(inner.splice(0)) : denied(failed));
  const createReader = (inner) => () => ({ readEntries: readEntries(inner) });
  const folder = (name, inner) => ({ isFile: false, name, createReader: createReader(inner) });
  const good = file("good.jpg", (done) => done(new File(["x"], "good.jpg", { type: "image/jpeg" })));
  const bad = file("bad.jpg", (_, failed) => failed(new DOMException("cannot be read")));
  const top = folder("trip", [folder("closed", null), bad, good]);
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { types: ["Files"], items: [{ webkitGetAsEntry: () => top }], files: [] };
  document.getElementById("zone").dispatchEvent(event);
}"""


def test_what_of_a_folder_cannot_be_read_is_named_and_the_others_are_uploaded(page, local, folder):
    page.get_by_label("Prefix").fill(folder)
    page.evaluate(UNREADABLE)
    expect(page.locator("#progress")).to_have_text("uploaded 1 of 3, 2 refused")
    expect(page.locator("#refused li")).to_have_text(["closed/: no access", "bad.jpg: cannot be read"])
    (listed,) = local.s3.list_objects_v2(Bucket=local.names.input_bucket, Prefix=folder)["Contents"]
    assert listed["Key"] == f"{folder}good.jpg"


def test_files_are_chosen_in_the_dialog_too(page, folder):
    page.get_by_label("Prefix").fill(folder)
    page.locator("#files").set_input_files([{"name": "chosen.jpg", "mimeType": "image/jpeg", "buffer": JPEG}])
    stored(page, f"{folder}chosen.jpg")


def test_every_version_of_a_name_can_be_looked_at(page, folder):
    for _ in range(2):
        drag(page, folder, "one.jpg")
        expect(page.locator("#progress")).to_have_text("uploaded 1 of 1")
    expect(row_of(page, f"{folder}one.jpg")).to_have_count(2)
    row_of(page, f"{folder}one.jpg").first.locator(".open").click()
    versions = page.locator("dialog a.open")
    expect(versions).to_have_count(2)
    ids = set()
    for number in range(2):
        versions.nth(number).click()
        expect(versions.nth(number)).to_have_attribute("aria-current", "true")
        ids.add(page.locator(".facts dd").first.text_content())
    assert len(ids) == 2


def test_it_ends_at_once_though_somebody_looks_and_is_found_again(open_page, start_console):
    process, address = start_console()
    page = open_page(at=address)
    expect(page.locator("#state")).to_have_text("live")
    before = page.locator("body").get_attribute("sse-connect")
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0
    expect(page.locator("#state")).to_have_text("the console does not answer")
    _, again = start_console(address.rstrip("/").rpartition(":")[2])
    assert again == address
    expect(page.locator("body")).not_to_have_attribute("sse-connect", before)
    expect(page.locator("#state")).to_have_text("live")


def test_the_mail_of_an_image_that_was_uploaded_alone_is_in_the_mailbox(page, folder):
    name = f"mailed-{folder.rstrip('/')}.jpg"
    drag(page, folder, name)
    stored(page, folder + name)
    page.get_by_role("tab", name="Mailbox").click()
    mail = page.get_by_role("tabpanel", name="Mailbox").locator(".mail").filter(has_text=name)
    expect(mail.locator("summary")).to_contain_text(f"Stored: {folder}{name}")
    mail.locator("summary").click()
    expect(mail.locator("pre")).to_contain_text("s after it was uploaded")


def test_what_a_page_uploads_together_is_one_batch_and_one_mail(page, folder):
    names = [f"together-{number}-{folder.rstrip('/')}.jpg" for number in range(3)]
    drag(page, folder, *names)
    for name in names:
        stored(page, folder + name)
    page.get_by_role("tab", name="Mailbox").click()
    mails = page.get_by_role("tabpanel", name="Mailbox").locator(".mail").filter(has_text=folder.rstrip("/"))
    expect(mails.locator("summary")).to_have_text([re.compile(f"3 stored of 3 images in {folder}")])


def test_more_than_a_batch_holds_is_several_batches(page, folder):
    page.locator("#upload").evaluate("form => { form.dataset.mostTogether = 2 }")
    names = [f"many-{number}-{folder.rstrip('/')}.jpg" for number in range(5)]
    drag(page, folder, *names)
    for name in names:
        stored(page, folder + name)
    page.get_by_role("tab", name="Mailbox").click()
    mails = page.get_by_role("tabpanel", name="Mailbox").locator(".mail").filter(has_text=folder.rstrip("/"))
    expect(mails.locator("summary").filter(has_text=f"2 stored of 2 images in {folder}")).to_have_count(2)
    expect(mails.locator("summary").filter(has_text=f"Stored: {folder}")).to_have_count(1)


# As for an account: the local AWS alone is shown without a key.
KEYED = (
    "import sys; from ops.cli.main import main; from ops.console import server; server.is_local = lambda _: False;"
    " sys.exit(main(['console', *sys.argv[1:]]))"
)


def test_the_console_of_an_account_opens_by_its_printed_address_alone(open_page, start_console, folder):
    _, address = start_console(started=("-c", KEYED))
    bare = address.partition("?")[0]
    stranger = open_page(at=bare)
    expect(stranger.locator("body")).to_contain_text("open the address that it printed")
    page = open_page(at=address)
    expect(page).to_have_url(bare)
    expect(page.locator("#state")).to_have_text("live")
    drag(page, folder, "keyed.jpg")
    stored(page, f"{folder}keyed.jpg")
