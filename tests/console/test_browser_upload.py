"""The example of uploads from a web page, as its README starts it: uploaded, followed, shown, refused."""

import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from kit.pictures import gradient, noise, saved
from playwright.sync_api import expect

from ops import settings
from ops.aws.subscriptions import endpoint_of, policy_of, subscribe
from ops.local import emulator, stack
from ops.settings import ROOT

EXAMPLE = ROOT / "examples" / "browser-upload"
MAX_BYTES = 2_000_000
JPEG = saved(gradient((640, 480)), "JPEG")

# As a person drags files from another window.
DRAG = """files => {
  const transfer = new DataTransfer();
  for (const { name, type, data } of files) {
    const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  for (const what of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(what, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""

# All that a screen reader is given to say, and every number that a bar of progress shows.
REMEMBER = """() => {
  [window.said, window.percents] = [[], []];
  const status = document.getElementById("status");
  new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
  new MutationObserver(changes => changes.forEach(({ target }) => {
    if (target.hasAttribute("value")) percents.push(target.value);
  })).observe(document.getElementById("uploads"), { subtree: true, attributeFilter: ["value"] });
}"""


@pytest.fixture(scope="module")
def port():
    return emulator.free_port()


@pytest.fixture(scope="module")
def local(port):
    named = replace(settings.load(), cors_origins=(f"http://127.0.0.1:{port}",))
    with stack.running(named) as running:
        yield running


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of the app, with the packages that its lock names."""
    folder = tmp_path_factory.mktemp("app") / ".venv"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "--python", sys.executable, folder], check=True)
    lock = EXAMPLE / "requirements.txt"
    install = ["pip", "install", "-q", "--python", folder, "--no-deps", "--require-hashes", "-r", lock]
    subprocess.run([*uv, *install], check=True)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def queue_url(local):
    attributes = json.loads((EXAMPLE / "queue.json").read_text(encoding="utf-8"))
    url = local.client("sqs").create_queue(QueueName="web-app", Attributes=attributes)["QueueUrl"]
    arn = local.names.queue_arn("web-app")
    subscribe(local, endpoint_of(arn, local.names), policy_of(people=False, prefix="visitors/"))
    return url


@pytest.fixture(scope="module")
def keys(local):
    """Access keys of a user that has the example's policy, and nothing else."""
    iam = local.client("iam")
    iam.create_user(UserName="web-app")
    policy = (EXAMPLE / "policy.json").read_text(encoding="utf-8")
    iam.put_user_policy(UserName="web-app", PolicyName="web-app", PolicyDocument=policy)
    made = iam.create_access_key(UserName="web-app")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}


@pytest.fixture(scope="module")
def environment(local, queue_url, keys):
    return {
        **local.emulator.environment(),
        **keys,
        "INPUT_BUCKET": local.names.input_bucket,
        "OUTPUT_BUCKET": local.names.output_bucket,
        "QUEUE_URL": queue_url,
        "MAX_BYTES": str(MAX_BYTES),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture(scope="module")
def address(environment, port, python, tmp_path_factory):
    log = (tmp_path_factory.mktemp("log") / "app.log").open("wb")
    app = subprocess.Popen(
        [python, "-m", "uvicorn", "app:app", "--port", str(port), "--timeout-graceful-shutdown", "1"],
        cwd=EXAMPLE,
        env=os.environ | environment,
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    up = emulator.comes_up(app.pid, lambda: emulator.health_of(f"{url}/rules") is not None)
    yield url if up else pytest.fail(f"the app does not come up; {log.name} says why")
    app.terminate()
    app.wait(60)
    log.close()


@pytest.fixture
def open_page(browser, address):
    """The page; whatever its policy refuses, or a script breaks on, fails the test."""
    wrong, contexts = [], []

    def opening(**options):
        contexts.append(browser.new_context(**{"viewport": {"width": 800, "height": 900}} | options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        page.goto(address)
        expect(page.locator("#rules")).not_to_be_empty()
        page.evaluate(REMEMBER)
        return page

    yield opening
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page):
    return open_page()


def file(name, data, kind="image/jpeg"):
    return {"name": name, "type": kind, "data": base64.b64encode(data).decode()}


def state(page, name):
    return page.locator("li", has_text=name).locator(".state")


def slow_down(page, bytes_a_second):
    """Let the page send no faster than this, as over a telephone."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    network.send("Network.emulateNetworkConditions", limits)


def of_input(local):
    return {each["Key"] for each in local.s3.list_objects_v2(Bucket=local.names.input_bucket).get("Contents", [])}


def test_a_picture_that_is_put_in_is_uploaded_with_progress_and_its_outputs_are_shown(page, local):
    photo = saved(noise((900, 600)), "JPEG", quality=95)
    assert 300_000 < len(photo) < MAX_BYTES
    slow_down(page, 400_000)
    page.evaluate(DRAG, [file("sea side.jpg", photo)])
    expect(state(page, "sea side.jpg")).to_have_text("2 pictures were made")
    shown = page.locator("li", has_text="sea side.jpg").get_by_role("img")
    expect(shown).to_have_count(2)
    expect(page.get_by_alt_text("sea side.jpg, resized")).to_be_visible()
    page.wait_for_function("() => [...document.images].every(each => each.complete)")
    assert shown.evaluate_all("images => images.map(each => each.naturalWidth)") == [900, 256]
    percents = page.evaluate("percents")
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len({each for each in percents if 0 < each < 100}) >= 2
    said = page.evaluate("said")
    assert said[-1] == "sea side.jpg: 2 pictures were made"
    assert not any("%" in each for each in said)
    assert any(re.fullmatch(r"visitors/[0-9a-f]{32}\.jpg", key) for key in of_input(local))


def test_a_file_is_chosen_by_the_keyboard(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "files"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([{"name": "chosen.jpg", "mimeType": "image/jpeg", "buffer": JPEG}])
    expect(state(page, "chosen.jpg")).to_have_text("2 pictures were made")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (file("large.jpg", bytes(MAX_BYTES + 100_000)), "the file has 2.1 MB; the limit is 2 MB."),
        (file("notes.txt", b"notes", "text/plain"), "text/plain is not accepted."),
        (file("notes", b"notes", ""), "a file of an unknown type is not accepted."),
        (file("empty.jpg", b""), "the file is empty."),
    ],
    ids=["large", "type", "unknown", "empty"],
)
def test_what_cannot_be_uploaded_is_refused_before_with_the_reason(page, local, given, why):
    before, requests, name = of_input(local), [], given["name"]
    page.on("request", lambda request: requests.append(request.url))
    page.evaluate(DRAG, [given])
    expect(state(page, name)).to_have_text(f"Not uploaded: {why}")
    assert page.evaluate("said") == [f"{name}: Not uploaded: {why}"]
    assert (requests, of_input(local)) == ([], before)


def test_s3_refuses_what_the_page_lets_through_and_the_page_shows_why(page, local):
    before = of_input(local)
    page.route("**/rules", lambda route: route.fulfill(json={"types": {"image/jpeg": ".jpg"}, "max_bytes": 5_000_000}))
    page.reload()
    expect(page.locator("#rules")).to_have_text("JPG, up to 5 MB each")
    page.evaluate(DRAG, [file("large.jpg", bytes(MAX_BYTES + 1))])
    expect(state(page, "large.jpg")).to_contain_text("S3 refused the file: ")
    expect(state(page, "large.jpg")).to_contain_text("(EntityTooLarge)")
    assert of_input(local) == before


def test_the_server_signs_no_other_type(page):
    page.route("**/rules", lambda route: route.fulfill(json={"types": {"text/html": ".html"}, "max_bytes": 5_000_000}))
    page.reload()
    expect(page.locator("#rules")).to_have_text("HTML, up to 5 MB each")
    page.evaluate(DRAG, [file("page.html", b"<p>", "text/html")])
    expect(state(page, "page.html")).to_contain_text("text/html is not accepted; allowed: image/jpeg")


def test_a_file_that_does_not_decode_ends_with_the_pipeline_s_reason(page):
    page.evaluate(DRAG, [file("broken.jpg", JPEG[: len(JPEG) // 2])])
    expect(state(page, "broken.jpg")).to_contain_text("No pictures were made: ")
    expect(state(page, "broken.jpg")).to_contain_text("truncated")


def test_an_upload_is_cancelled_and_leaves_nothing(page, local):
    before = of_input(local)
    slow_down(page, 20_000)
    page.evaluate(DRAG, [file("slow.jpg", saved(noise((800, 600)), "JPEG", quality=95))])
    expect(state(page, "slow.jpg")).to_contain_text("%")
    page.get_by_role("button", name="Cancel slow.jpg").click()
    expect(state(page, "slow.jpg")).to_have_text("Cancelled.")
    assert page.evaluate("document.activeElement.id") == "files"
    assert of_input(local) == before


def test_everything_has_a_name_that_a_screen_reader_says(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("Upload pictures")
    expect(page.get_by_label("Choose pictures")).to_be_attached()
    expect(page.get_by_role("status")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("list", name="Uploads")).to_be_attached()
