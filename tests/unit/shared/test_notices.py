"""What subscribers read in notifications."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.command_lines import parsed

from shared.messages import Source, UploadBatch
from shared.notices import email_of, human_size, human_time
from shared.notifications import BatchEnded, FailedMember, ImageFailed, ImageRejected, ImageStored, StoredRendition
from shared.removals import ImageRemoved

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


def source(key="holiday/a b.jpg"):
    return Source(bucket="in", key=key, size_bytes=4_275_083, uploaded_at="2026-03-01T09:30:12.123Z")


def stored(key="holiday/a b.jpg"):
    return ImageStored(
        notice_id="n",
        source=source(key),
        outputs=(
            StoredRendition(
                rendition="resized",
                bucket="out",
                key=key + "-resized.jpg",
                width=1024,
                height=768,
                frames=1,
                content_type="image/jpeg",
                size_bytes=95_000,
            ),
            StoredRendition(
                rendition="thumb",
                bucket="out",
                key=key + "-thumb.gif",
                width=256,
                height=256,
                frames=12,
                content_type="image/gif",
                size_bytes=900,
            ),
        ),
        stored_at="2026-03-01T09:30:14.000Z",
        seconds=1.877,
        source_format="JPEG",
        source_width=4000,
        source_height=3000,
    )


def failed(key="holiday/a b.jpg", with_source=True):
    return ImageFailed(
        notice_id="n",
        source=source(key) if with_source else None,
        service="resize",
        error="ImageTooLarge",
        reason="too many pixels",
        attempts=3,
        failed_at="2026-03-01T09:30:14.000Z",
        dlq="pics-resize-dlq",
    )


def rejected(key="holiday/a b.jpg", label="Blood & Gore"):
    return ImageRejected(
        notice_id="n",
        source=source(key),
        label=label,
        confidence=97.3,
        rule="Graphic Violence",
        threshold=80.0,
        model="7.0",
        rejected_at="2026-03-01T09:30:13.000Z",
    )


def removed(key="holiday/a b.jpg"):
    return ImageRemoved(
        notice_id="n",
        source=source(key),
        output_bucket="out",
        removed=("holiday/a b-resized.jpg", "holiday/a b-thumb.jpg"),
        removed_at="2026-03-01T09:30:13.000Z",
    )


def test_a_removal_names_what_is_gone():
    notified = email_of(removed())
    assert notified.subject == "Removed: holiday/a b.jpg"
    assert notified.text == (
        "holiday/a b.jpg was deleted at 2026-03-01T09:30:12.123Z, and its outputs with it.\n"
        "\n"
        "Removed   s3://out/holiday/a b-resized.jpg\n"
        "          s3://out/holiday/a b-thumb.jpg\n"
        "\n"
        f"Image {source().image_id}\n"
    )
    assert ImageRemoved.decode(notified.body) == removed()
    assert notified.attributes["outcome"] == ("removed",)


def ended(**counts):
    return BatchEnded(
        notice_id="20260301-093012-a1b2c3-ended",
        batch_id="20260301-093012-a1b2c3",
        bucket="in",
        folders=("holiday/", "work/"),
        size=sum(counts.values()),
        failures=(FailedMember(key="holiday/a.jpg", error="ImageTooLarge", reason="too many pixels"),),
        uploaded_at="2026-03-01T09:30:12.000Z",
        ended_at="2026-03-01T09:32:26.500Z",
        seconds=134.4,
        **counts,
    )


def test_a_person_reads_what_and_where_and_how_long():
    assert email_of(stored()).text == (
        "holiday/a b.jpg is stored, 1.9 s after it was uploaded.\n"
        "\n"
        "Uploaded  s3://in/holiday/a b.jpg\n"
        "          JPEG, 4000 x 3000 px, 4.1 MB, at 2026-03-01T09:30:12.123Z\n"
        "\n"
        "resized   s3://out/holiday/a b.jpg-resized.jpg\n"
        "          image/jpeg, 1024 x 768 px, 93 KB\n"
        "thumb     s3://out/holiday/a b.jpg-thumb.gif\n"
        "          image/gif, 256 x 256 px, 12 frames, 900 B\n"
        "\n"
        f"Image {source().image_id}\n"
    )


def test_a_completion_says_what_to_know_of_the_result():
    assert "Note      page 1 of 3\n" in email_of(replace(stored(), warnings=("page 1 of 3",))).text
    assert "Note" not in email_of(stored()).text


def test_a_person_reads_why_it_failed_and_that_nothing_is_lost():
    text = email_of(failed()).text
    assert text.startswith(
        "holiday/a b.jpg failed in resize 1.9 s after it was uploaded, tried 3 times.\n\nWhy       too many pixels\n"
    )
    assert "dead-letter queue pics-resize-dlq; nothing is lost" in text


def test_a_person_reads_what_was_found_and_what_to_do_if_that_is_wrong():
    assert email_of(rejected()).text == (
        "holiday/a b.jpg is rejected by moderation: nothing of it is stored.\n"
        "\n"
        "Why       Blood & Gore, a label under Graphic Violence\n"
        "          with 97.3 % confidence; images are rejected from 80 %\n"
        "\n"
        "Uploaded  s3://in/holiday/a b.jpg\n"
        "          4.1 MB, at 2026-03-01T09:30:12.123Z\n"
        "\n"
        "It stays in the input bucket, and has no message in a DLQ. If it was rejected wrongly, have the\n"
        "threshold raised (moderation.labels in pipeline.yaml) and upload it again.\n"
        "\n"
        f"Image {source().image_id}\n"
    )
    assert "\nWhy       Graphic Violence\n" in email_of(rejected(label="Graphic Violence")).text


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-03-01T09:30:12", "2026-03-01T09:30:14.500Z"])
def test_a_failure_without_a_first_time_is_reported_all_the_same(moment):
    notified = email_of(replace(failed(), source=replace(source(), uploaded_at=moment)))
    assert notified.text.startswith("holiday/a b.jpg failed in resize")


def test_a_message_without_an_image_is_reported_too():
    notified = email_of(failed(with_source=False))
    assert notified.subject == "Failed in resize: unreadable message"
    assert notified.text.startswith("A message that could not be read failed in resize")
    assert "prefix" not in notified.attributes


def test_machines_get_the_message_itself():
    assert ImageStored.decode(email_of(stored()).body) == stored()
    assert ImageFailed.decode(email_of(failed()).body) == failed()
    assert ImageRejected.decode(email_of(rejected()).body) == rejected()


def test_attributes_are_for_filters():
    assert email_of(stored()).attributes == {
        "kind": ("image",),
        "audience": ("people",),
        "outcome": ("stored",),
        "bucket": ("in",),
        "prefix": ("holiday/",),
    }
    assert email_of(failed("top.jpg")).attributes == {
        "kind": ("image",),
        "audience": ("people",),
        "outcome": ("failed",),
        "service": ("resize",),
        "error": ("ImageTooLarge",),
        "bucket": ("in",),
        "prefix": ("/",),
    }


@pytest.mark.parametrize("notice", [stored(), failed()], ids=["stored", "failed"])
def test_one_image_of_a_batch_is_for_machines_and_the_batch_for_people(notice):
    member = replace(notice, source=notice.source.with_batch(UploadBatch(id="b", number=0, size=2)))
    assert email_of(member).attributes == email_of(notice).attributes | {"audience": ("machines",)}
    attributes = email_of(ended(stored=480, failed=3)).attributes
    assert (attributes["audience"], attributes["kind"]) == (("people",), ("digest",))
    assert (attributes["outcome"], attributes["prefix"]) == (("stored", "failed"), ("holiday/", "work/"))


def test_a_failure_says_how_it_is_replayed_and_the_command_takes_it_so():
    text = email_of(failed()).text
    (command,) = [line.strip() for line in text.splitlines() if line.startswith("    pipeline ")]
    assert command == f"pipeline dlq replay --image {source().image_id} --yes"
    assert parsed(command.split()[1:])["images"] == (source().image_id,)


def test_what_cannot_be_read_is_looked_at_and_not_replayed():
    assert "    pipeline dlq show --service resize --error ImageTooLarge\n" in email_of(failed(with_source=False)).text


def test_a_digest_says_how_many_which_failed_and_how_they_are_replayed():
    notified = email_of(ended(stored=480, failed=3))
    assert notified.subject == "480 stored, 3 failed of 483 images in 2 folders"
    assert notified.text == (
        "483 images uploaded together: 480 stored, 3 failed.\n"
        "\n"
        "Uploaded  s3://in/holiday/\n"
        "          s3://in/work/\n"
        "          from 2026-03-01T09:30:12.000Z on\n"
        "\n"
        "Took      2 min 14 s\n"
        "\n"
        "Failed\n"
        "    holiday/a.jpg\n"
        "        ImageTooLarge: too many pixels\n"
        "    and 2 more\n"
        "\n"
        "Their messages wait in the dead-letter queues; nothing is lost. Once the cause is removed, replay them with\n"
        "\n"
        "    pipeline dlq replay --batch 20260301-093012-a1b2c3 --yes\n"
        "\n"
        "Batch 20260301-093012-a1b2c3\n"
    )
    command = "dlq replay --batch 20260301-093012-a1b2c3 --yes"
    assert parsed(command.split())["batches"] == ("20260301-093012-a1b2c3",)
    assert BatchEnded.decode(notified.body) == ended(stored=480, failed=3)


def test_a_digest_without_failures_names_no_command():
    notified = email_of(ended(stored=2, missing=1))
    assert notified.text.startswith("3 images uploaded together: 2 stored, 1 not uploaded.\n")
    assert "Failed" not in notified.text
    assert "pipeline" not in notified.text


def test_a_digest_of_which_nobody_said_where_is_reported_all_the_same():
    notified = email_of(BatchEnded(notice_id="b-ended", batch_id="b", size=1, superseded=1, ended_at="t"))
    assert notified.subject == "1 superseded of 1 image"
    assert "Uploaded" not in notified.text
    assert "Took" not in notified.text
    assert all(value and all(value) for value in notified.attributes.values())


@given(st.lists(keys, min_size=1, max_size=3), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_digest_s_subject_is_one_short_line_whatever_the_folders(folders, good, bad):
    notified = email_of(replace(ended(stored=good, failed=bad), folders=tuple(folders)))
    assert 1 <= len(notified.subject) < 100
    assert notified.subject.isascii()
    assert notified.subject.isprintable()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (134.4, "2 min 14 s"),
        (3599.6, "1 h 0 min"),
        (3780, "1 h 3 min"),
    ],
)
def test_times_are_for_people(seconds, words):
    assert human_time(seconds) == words


def test_filters_ask_a_rejection_for_its_outcome_and_the_label_of_pipeline_yaml():
    assert email_of(rejected()).attributes == {
        "kind": ("image",),
        "audience": ("people",),
        "outcome": ("rejected",),
        "label": ("Graphic Violence",),
        "bucket": ("in",),
        "prefix": ("holiday/",),
    }


@given(keys, st.sampled_from([stored, failed, rejected]))
def test_a_subject_is_one_short_line_whatever_the_key(key, notice):
    notified = email_of(notice(key))
    assert 1 <= len(notified.subject) < 100
    assert notified.subject.isascii()
    assert notified.subject.isprintable()
    assert all(notified.attributes.values())


def test_a_long_name_keeps_its_end():
    subject = email_of(stored("x" * 200 + "-final.jpg")).subject
    assert subject.endswith("-final.jpg")
    assert "..." in subject


def test_sizes_are_for_people():
    assert [human_size(size) for size in (0, 1023, 1024, 93_000, 4_275_083)] == [
        "0 B",
        "1023 B",
        "1 KB",
        "91 KB",
        "4.1 MB",
    ]


@pytest.mark.parametrize("char", ["\n", "\r", "\x1b", "\x85", "\x9b", "\u2028", "\u202e", "\u2066", "\ufffe"])
def test_no_text_of_an_uploader_can_forge_a_line_of_a_mail(char):
    key = f"holiday/a{char}Image 0000.jpg"
    notices = [
        stored(key),
        replace(stored(), warnings=(f"note{char}Image 0000",)),
        replace(failed(), source=source(key), reason=f"why{char}Image 0000"),
        replace(failed(), source=None, reason=f"why{char}Image 0000"),
    ]
    for notice in notices:
        lines = email_of(notice).text.splitlines()
        assert not any(line.startswith("Image 0000") for line in lines)
        assert char == "\n" or char not in email_of(notice).text


def test_words_of_any_script_are_left_as_they_are():
    for key in ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.jpg", "👩\u200d🚀.jpg", "ünï 日本.jpg"):
        assert key in email_of(stored(key)).text
