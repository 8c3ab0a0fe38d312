"""What a moderator is shown, and which labels reject an image."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.moderation import DRINK, GORE, NOTHING, Watcher, labels, policy
from kit.pictures import gradient
from PIL import Image

from services.resize.downscale import SourceInfo
from services.resize.moderation import PreviewFrames, judged
from services.resize.settings import DEFAULT_REJECTED
from services.resize.taxonomy import LABELS, TAXONOMY
from shared.messages import Source

MAX_BYTES = 5 * 1024**2

PARENTS = {
    **dict.fromkeys(TAXONOMY, ""),
    **{second: first for first, beneath in TAXONOMY.items() for second in beneath},
    **{third: second for beneath in TAXONOMY.values() for second, thirds in beneath.items() for third in thirds},
}
LOWEST = [name for name in LABELS if name not in PARENTS.values()]


def above(name):
    """A label and its parents, up to the top."""
    return [name, *(above(PARENTS[name]) if PARENTS[name] else [])]


def answered(confidences):
    """The service's answer: the labels found, and their parents with the highest confidence of their children."""
    every = {}
    for name, confidence in confidences.items():
        for each in above(name):
            every[each] = max(confidence, every.get(each, 0))
    return labels(*((name, PARENTS[name], confidence) for name, confidence in every.items()))


FOUND = st.dictionaries(st.sampled_from(LOWEST), st.floats(0, 100), max_size=6)
THRESHOLDS = st.dictionaries(st.sampled_from(LABELS), st.floats(0, 100) | st.none(), max_size=8)


@given(FOUND, st.dictionaries(st.sampled_from(list(TAXONOMY)), st.floats(0, 100)))
def test_a_top_level_label_rejects_everything_below_it(found, thresholds):
    wanted = any(confidence >= thresholds.get(above(name)[-1], 101) for name, confidence in found.items())
    assert (judged(answered(found), thresholds) is not None) == wanted


@given(FOUND, THRESHOLDS)
def test_the_nearest_threshold_counts(found, thresholds):
    wanted = set()
    for name, confidence in found.items():
        rule = next((each for each in above(name) if each in thresholds), None)
        threshold = thresholds.get(rule)
        if threshold is not None and confidence >= threshold:
            wanted.add((name, rule))
    finding = judged(answered(found), thresholds)
    assert (finding is not None) == bool(wanted)
    if finding is not None:
        assert (finding.label.name, finding.rule) in wanted
        assert finding.label.confidence == max(found[name] for name, _ in wanted)


@given(FOUND, THRESHOLDS, st.floats(0, 100))
def test_a_lower_threshold_lets_nothing_more_pass(found, thresholds, lower):
    less = {name: None if each is None else min(each, lower) for name, each in thresholds.items()}
    if judged(answered(found), thresholds) is not None:
        assert judged(answered(found), less) is not None


@pytest.mark.parametrize(
    ("found", "thresholds", "rejected"),
    [
        (GORE, DEFAULT_REJECTED, ("Blood & Gore", "Graphic Violence")),
        (DRINK, DEFAULT_REJECTED, None),
        (NOTHING, DEFAULT_REJECTED, None),
        (GORE, {"Violence": 97.31}, ("Blood & Gore", "Violence")),
        (GORE, {"Violence": 97.32}, None),
        (GORE, {"Violence": 50, "Blood & Gore": None}, None),
        (GORE, {"Violence": 50, "Graphic Violence": None}, None),
        (GORE, {"Violence": None, "Blood & Gore": 90}, ("Blood & Gore", "Blood & Gore")),
        # A parent is found with more confidence than its child: it also represents other children.
        (
            labels(("Violence", "", 90), ("Weapons", "Violence", 60)),
            {"Violence": 80, "Weapons": None},
            ("Violence",) * 2,
        ),
        # A label of a future model, below a known one.
        (
            labels(("Cannons", "Weapons", 90), ("Weapons", "Violence", 90), ("Violence", "", 90)),
            {"Violence": 80},
            ("Cannons", "Violence"),
        ),
        # The parent is not in the answer, but named there.
        (labels(("Weapons", "Violence", 90)), {"Violence": 80}, ("Weapons", "Violence")),
        # A cycle, should one ever come.
        (labels(("A", "B", 90), ("B", "A", 80)), {"Violence": 80}, None),
    ],
)
def test_a_rejecting_label_is_named_with_the_label_of_its_threshold(found, thresholds, rejected):
    finding = judged(found, thresholds)
    assert (None if finding is None else (finding.label.name, finding.rule)) == rejected


def test_frames_are_shown_until_one_is_rejected():
    watcher = Watcher(DRINK, GORE, NOTHING)
    verdict = policy(watcher).verdict([b"1", b"2", b"3"])
    assert watcher.jpegs == [b"1", b"2"]
    assert (verdict.finding.label.name, verdict.shown, verdict.model) == ("Blood & Gore", 2, "7.0")
    assert verdict.found["Alcohol"] == 88.0
    assert verdict.found["Blood & Gore"] == 97.3


def test_labels_below_every_threshold_are_not_requested():
    watcher = Watcher()
    policy(watcher, labels={"Explicit": 61.5, "Alcohol": 90, "Weapons": None}).verdict([b"1"])
    assert watcher.least == 61.5


def test_a_rejection_names_the_label_its_confidence_and_the_threshold():
    source = Source(bucket="in", key="a.jpg", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z")
    watch = policy(Watcher(GORE))
    verdict = watch.verdict([b"1"])
    finish = watch.rejection(source, verdict.finding, verdict)
    assert finish.reason == (
        "Blood & Gore (under Graphic Violence) at 97.3 %; rejected from 80 %"
        " (moderation.labels; Rekognition's model 7.0)"
    )
    assert (finish.outcome, finish.outputs, finish.intermediate_keys) == ("rejected", (), ())
    assert finish.notice.notice_id == f"{source.image_id}-rejected"
    assert (finish.notice.confidence, finish.notice.threshold) == (97.3, 80)
    assert finish.notice.rejected_at == "2026-01-01T00:00:09.000Z"


def shown(image, *, orientation=1, size=None, frames=3, animated=False):
    """The pictures of one frame that a moderator is shown."""
    preview = PreviewFrames(size or image.size, frames)
    info = SourceInfo(size=size or image.size, orientation=orientation, icc_profile=None, animated=animated)
    preview.see(image, info)
    return [Image.open(io.BytesIO(jpeg)) for jpeg in preview.jpegs()]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_a_picture_of_any_mode_is_shown_as_a_jpeg_in_colour(mode):
    (picture,) = shown(gradient((640, 480)).convert(mode))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (640, 480))


@pytest.mark.parametrize("size", [(8000, 6250), (1024, 1024)])
def test_noise_stays_far_below_the_size_limit_of_a_request(size):
    """At fifty megapixels, and at the size that is shown, where none of it is lost to shrinking."""
    noise = Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))  # noqa: S311 - no secret
    preview = PreviewFrames(size, 1)
    preview.see(noise, SourceInfo(size=size, orientation=1, icc_profile=None, animated=False))
    (jpeg,) = preview.jpegs()
    # As base64, in which it is sent, it is a third larger.
    assert 100_000 < len(jpeg) < MAX_BYTES * 3 // 4


@pytest.mark.parametrize(("size", "canvas"), [((5, 3), (133, 80)), ((3000, 2), (1024, 80)), ((2, 3000), (80, 1024))])
def test_small_and_thin_pictures_are_shown_large_enough(size, canvas):
    (picture,) = shown(Image.new("RGB", size, "red"))
    assert picture.size == canvas


def mean(picture):
    return picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))


@pytest.mark.parametrize("animated", [False, True])
@pytest.mark.parametrize(("ink", "background"), [((255, 255, 255), 0), ((0, 0, 0), 255), ((250, 240, 120), 0)])
def test_a_transparent_drawing_is_shown_on_a_contrasting_background(ink, background, animated):
    drawing = Image.new("RGBA", (400, 400), (*ink, 0))
    drawing.paste((*ink, 255), (150, 150, 250, 250))
    (picture,) = shown(drawing, animated=animated)
    corner, middle = picture.getpixel((20, 20)), picture.getpixel((200, 200))
    assert all(abs(value - background) < 6 for value in corner)
    assert all(abs(value - wanted) < 12 for value, wanted in zip(middle, ink, strict=True))


def test_an_opaque_alpha_changes_nothing():
    light = Image.new("RGBA", (200, 200), (200, 210, 220, 255))
    (picture,) = shown(light, animated=True)
    assert all(abs(value - wanted) < 4 for value, wanted in zip(mean(picture), (200, 210, 220), strict=True))
