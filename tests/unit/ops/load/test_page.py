"""The report as one HTML file, as JSON, and in a few lines."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from kit.load_tests import NAME, QUIET, notified, report, row, sent

from ops.load import summary
from ops.load.page import _amount, page
from ops.load.sender import Refused

KEY = f"load-test/{NAME}/<script src=//evil.example>alert(1)</script>\"'&\x1b[2J\u202e\ud800.jpg"
VOID = {"meta", "img", "source"}
LOADING = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href", "style"}


class Reader(HTMLParser):
    """What of a page loads or runs, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loads, self.open, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [(name, value) for name, value in attributes if name in LOADING or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def hostile():
    """One of each ending, with a key that would be markup."""
    images = [sent(number, key=f"{KEY}{number}", kind=f"<b>{number}") for number in range(4)]
    rows = [row(images[0]), row(images[1], "failed", error="<u>E</u>", ends=(0.5,)), row(images[2], "superseded")]
    notices = [notified(images[0]), notified(images[0], published="again"), notified(images[1], "failed", attempts=5)]
    logged = replace(QUIET, retries={("resize", "<i>Error"): 7})
    refused = [Refused(number=4, key=KEY, reason="<s>no</s>")]
    return report(images, rows, notices, logged=logged, refused=refused)


@pytest.fixture(scope="module")
def whole():
    images = [sent(number) for number in range(300)]
    return report(images, [row(each, uploaded=each.number / 50) for each in images])


@pytest.fixture(scope="module")
def hostile_page():
    return page(hostile())


@pytest.fixture(scope="module")
def empty_page():
    return page(report([], []))


@pytest.fixture(scope="module")
def whole_page(whole):
    return page(whole)


@pytest.mark.parametrize("of", ["hostile_page", "empty_page"])
def test_a_page_loads_nothing_runs_nothing_and_is_well_formed(of, request):
    text = request.getfixturevalue(of)
    found = Reader(text)
    assert found.open == []
    assert {name for name, _ in found.loads} <= {"src", "srcset"}
    assert all(value.startswith("data:image/svg+xml;base64,") for _, value in found.loads)
    assert {"script", "link", "iframe", "object", "base", "u", "i", "s"} & set(found.tags) == set()
    assert not re.search(r"(?i)@import|url\(|https?:", text)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text


def test_an_image_of_a_page_loads_nothing_and_runs_nothing(whole_page):
    urls = [value for _, value in Reader(whole_page).loads]
    assert len(urls) == 10
    for url in urls:
        image = base64.b64decode(url.partition(",")[2]).decode()
        assert not re.search(r"(?i)<script|<image|<foreignobject|@import|url\([^#)]*\)|\bon\w+=", image)
        assert set(re.findall('href="(.)', image)) <= {"#"}


def test_every_plot_has_text_beside_it_and_a_narrow_image_for_phones(whole_page):
    figures = re.findall(r"<figure>(.*?)</figure>", whole_page, re.DOTALL)
    assert len(figures) == 5
    for each in figures:
        title, text = re.search(r"<figcaption><b>(.+)\.</b> (.+\.)</figcaption>", each).groups()
        assert f'alt="{title}"' in each
        assert re.search(r"\d", text)
        assert '<source media="(max-width: 600px)"' in each


def test_a_key_is_reported_whole_and_is_no_markup(hostile_page):
    text = "".join(Reader(hostile_page).words)
    assert "<script src=//evil.example>alert(1)</script>" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b" in text
    hostile_page.encode("utf-8")


def test_a_page_reports_the_sum_and_the_percentiles(whole_page):
    text = "".join(Reader(whole_page).words)
    assert "Reconciled to the last image: 300 sent" in text
    assert "300 sent = 300 stored + 0 failed + 0 superseded + 0 vanished + 0 missing" in text
    assert text.count("4.00 s") >= 3


@pytest.mark.parametrize("outcome", ["stored", "failed", None])
def test_images_of_one_ending_make_a_page(outcome):
    image = sent(expected=())
    rows = [row(image, outcome, error="E" if outcome == "failed" else None)] if outcome else []
    assert Reader(page(report([image], rows))).open == []


def test_a_missing_image_is_named_and_the_exit_code_is_partial(capsys):
    images = [sent(0), sent(1)]
    made = report(images, [row(images[0])], timed_out=True)
    assert made.code == 3
    assert made.words == "Not reconciled: 1 missing (waited 600 s for another outcome)."
    assert images[1].uploaded.key in page(made)
    summary.show(made)
    notified = capsys.readouterr().out
    assert "2 sent = 1 stored + 0 failed + 0 superseded + 0 vanished + 1 missing" in notified
    assert f"{images[1].uploaded.key}: not in the ledger" in notified


def test_a_refused_upload_is_a_fault():
    image = sent()
    made = report([image], [row(image)], refused=[Refused(number=1, key="k", reason="no")])
    assert (made.code, made.words) == (3, "Not reconciled: 1 not taken by S3.")


def test_what_was_not_even_tried_is_a_fault():
    image = sent()
    made = report([image], [row(image)], untried=3)
    assert (made.code, made.words) == (3, "Not reconciled: 3 not tried.")
    assert not made.as_json()["verdict"]["faultless"]


def test_an_interrupted_test_says_how_far_it_came():
    images = [sent(0), sent(1)]
    made = report(images, [row(images[0])], interrupted=True)
    assert made.code == 130
    assert made.words == "Interrupted: 2 of 2 images were sent; 1 on their way."
    assert made.adds == "2 sent = 1 stored + 0 failed + 0 superseded + 0 vanished + 1 on their way"


def test_a_faultless_test_exits_with_nothing(whole):
    assert whole.code == 0


def test_duplicates_are_counted_and_are_no_fault():
    image = sent()
    made = report([image], [row(image)], [notified(image), notified(image, published="again", delivered="d2")])
    assert made.code == 0
    assert made.as_json()["notices"]["duplicates"] == 1


def test_json_holds_every_image_and_all_that_its_schema_names(whole):
    text = json.dumps(whole.as_json())
    found = json.loads(text)
    from ops.load import figures  # noqa: PLC0415 - for its docstring

    named = re.findall(r"^    ([a-z_]+) +\S", figures.__doc__.split("one object:")[1], re.MULTILINE)
    assert set(named) == set(found)
    assert len(found["every"]) == 300
    counts = dict(found["images"])
    refused = counts.pop("refused")
    assert counts.pop("sent") == sum(counts.values()) == 300
    assert refused == 0
    assert found["seconds_of"]["whole"]["p95"] == 4.0
    assert {"at", "resize", "watermark", "store", "dead"} == set(found["queues"][0])


def test_attempts_of_failed_images_are_counted_beyond_the_first():
    found = hostile().as_json()["retries"]
    assert (found["failed_attempts"], found["total"]) == (4, 7)


@pytest.mark.parametrize(("amount", "notified"), [(16840, "16,840"), (75.351, "75.35"), (0.5, "0.5"), (1000, "1,000")])
def test_an_amount_is_written_for_people(amount, notified):
    assert _amount(amount) == notified


def test_json_takes_a_key_with_half_a_character():
    json.dumps(hostile().as_json()).encode()


def test_what_an_unreadable_log_leaves_open_is_said(capsys):
    image = sent()
    made = report([image], [row(image)], logged=replace(QUIET, unread="<b>AccessDenied"))
    assert "could not be read: &lt;b&gt;AccessDenied" in page(made)
    summary.show(made)
    assert "an unknown number of attempts repeated" in capsys.readouterr().out


def test_a_summary_moves_no_cursor(capsys):
    made = hostile()
    summary.show(made)
    assert "\x1b" not in capsys.readouterr().out
