"""A page of another origin uploads by the code of docs/guide/upload.md, if pipeline.yaml names its origin."""

import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import pytest
from kit.pictures import gradient, saved

from ops import settings
from ops.images.follow import Uploaded, follow
from ops.local import stack
from ops.settings import ROOT

GUIDE = (ROOT / "docs" / "guide" / "upload.md").read_text(encoding="utf-8")
JPEG = saved(gradient((320, 240)), "JPEG")
FILE = f"new File([Uint8Array.from({list(JPEG)})], 'a.jpg')"


def code(language):
    """The code of the guide in a language, by which a page uploads: what is below it is about outputs."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)[0]


@pytest.fixture(scope="module")
def port():
    """The port of a server of pages: one of 127.0.0.1 and one of localhost are of two origins."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"<!doctype html><script>{code('js')}</script>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def local(port):
    """A pipeline that names the origin of 127.0.0.1."""
    named = replace(settings.load(), cors_origins=(f"http://127.0.0.1:{port}",))
    with stack.running(named) as running:
        yield running


@pytest.fixture(scope="module")
def server(local):
    """What the guide has the server do."""
    made = {}
    with mock.patch.dict("os.environ", local.emulator.environment()):
        exec(compile(code("python"), "upload.md", "exec"), made)  # noqa: S102 - of our own guide
    return made


@pytest.fixture
def page_of(browser, port):
    """Open a page of an origin."""
    contexts = []

    def opening(host):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(f"http://{host}:{port}/")
        return page

    yield opening
    for context in contexts:
        context.close()


@pytest.fixture
def listed(page_of):
    return page_of("127.0.0.1")


@pytest.fixture
def unlisted(page_of):
    return page_of("localhost")


def version_of(local, key):
    """The version of an upload; None where there is none."""
    found = local.s3.list_object_versions(Bucket=local.names.input_bucket, Prefix=key).get("Versions", [])
    return found[0]["VersionId"] if found else None


def is_stored(local, key, answer):
    bucket = local.names.input_bucket
    head = local.s3.head_object(Bucket=bucket, Key=key)
    assert (answer["etag"], answer["version"]) == (head["ETag"], head["VersionId"])
    assert (head["Metadata"], head["ContentType"]) == ({"album": "holiday"}, "image/jpeg")
    uploaded = Uploaded(bucket=bucket, key=key, version_id=answer["version"], size_bytes=len(JPEG))
    return follow(local.ledger, [uploaded], timeout_seconds=180)[uploaded.image_id].outcome == "stored"


def test_a_listed_page_uploads_by_a_presigned_post(local, server, listed):
    form = server["form_for"](local.names.input_bucket, "posted/ü 1.jpg")
    assert is_stored(local, "posted/ü 1.jpg", listed.evaluate(f"form => post(form, {FILE})", form))


def test_a_listed_page_uploads_by_a_presigned_put(local, server, listed):
    url = server["url_for"](local.names.input_bucket, "put/ü 1.jpg")
    assert is_stored(local, "put/ü 1.jpg", listed.evaluate(f"url => put(url, {FILE})", url))


def test_an_unlisted_page_may_not_put(local, server, unlisted):
    url = server["url_for"](local.names.input_bucket, "refused.jpg")
    assert "Failed to fetch" in unlisted.evaluate(f"url => put(url, {FILE}).catch(String)", url)
    assert version_of(local, "refused.jpg") is None


def test_an_unlisted_page_cannot_read_the_answer_to_its_form_which_is_stored_as_the_guide_says(local, server, unlisted):
    form = server["form_for"](local.names.input_bucket, "plain.jpg")
    assert "Failed to fetch" in unlisted.evaluate(f"form => post(form, {FILE}).catch(String)", form)
    assert version_of(local, "plain.jpg") is not None


def test_a_listed_page_neither_reads_nor_deletes(local, server, listed):
    key = "kept.jpg"
    local.s3.put_object(Bucket=local.names.input_bucket, Key=key, Body=JPEG)
    for method in ("get", "delete"):
        url = server["s3"].generate_presigned_url(f"{method}_object", {"Bucket": local.names.input_bucket, "Key": key})
        said = listed.evaluate("([url, method]) => fetch(url, { method }).catch(String)", [url, method.upper()])
        assert "Failed to fetch" in said
    assert version_of(local, key) is not None


def test_a_listed_page_sees_why_it_is_refused(local, server, listed):
    form = server["form_for"](local.names.input_bucket, "wrong.jpg")
    form["fields"]["x-amz-meta-album"] = "another"
    said = listed.evaluate(f"form => post(form, {FILE}).catch(String)", form)
    assert "AccessDenied" in said


def test_a_request_that_was_signed_for_another_key_is_refused(local, server, listed):
    url = server["url_for"](local.names.input_bucket, "wrong.jpg")
    said = listed.evaluate(f"url => put(url.replace('/wrong.jpg', '/other.jpg'), {FILE}).catch(String)", url)
    assert "SignatureDoesNotMatch" in said
