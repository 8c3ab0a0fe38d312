"""What subscribers are told."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messages import ImageFailed, ImageRejected, ImageStored, Source, StoredRendition
from shared.notices import human_size, letter

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


def source(key="holiday/a b.jpg"):
    return Source(bucket="in", key=key, size_bytes=4_275_083, dropped_at="2026-03-01T09:30:12.123Z")


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
        stage="resize",
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


def test_a_person_reads_what_and_where_and_how_long():
    assert letter(stored()).text == (
        "holiday/a b.jpg is stored, 1.9 s after it was dropped.\n"
        "\n"
        "Dropped   s3://in/holiday/a b.jpg\n"
        "          JPEG, 4000 x 3000 px, 4.1 MB, at 2026-03-01T09:30:12.123Z\n"
        "\n"
        "resized   s3://out/holiday/a b.jpg-resized.jpg\n"
        "          image/jpeg, 1024 x 768 px, 93 KB\n"
        "thumb     s3://out/holiday/a b.jpg-thumb.gif\n"
        "          image/gif, 256 x 256 px, 12 frames, 900 B\n"
        "\n"
        f"Image {source().image_id}\n"
    )


def test_a_person_reads_why_it_failed_and_that_nothing_is_lost():
    text = letter(failed()).text
    assert text.startswith("holiday/a b.jpg failed in resize, tried 3 times.\n\nWhy       too many pixels\n")
    assert "dead-letter queue pics-resize-dlq; nothing is lost" in text


def test_a_person_reads_what_was_found_and_what_to_do_if_that_is_wrong():
    assert letter(rejected()).text == (
        "holiday/a b.jpg is rejected by moderation: nothing of it is stored.\n"
        "\n"
        "Why       Blood & Gore, which lies beneath Graphic Violence\n"
        "          with 97.3 % confidence; from 80 % on it is rejected\n"
        "\n"
        "Dropped   s3://in/holiday/a b.jpg\n"
        "          4.1 MB, at 2026-03-01T09:30:12.123Z\n"
        "\n"
        "It stays in the input bucket, and no message of it waits for a replay. If it was rejected wrongly, have the\n"
        "threshold raised (moderation.labels of pipeline.yaml) and drop it again.\n"
        "\n"
        f"Image {source().image_id}\n"
    )
    assert "\nWhy       Graphic Violence\n" in letter(rejected(label="Graphic Violence")).text


def test_a_message_without_an_image_is_told_too():
    told = letter(failed(with_source=False))
    assert told.subject == "Failed in resize: unreadable message"
    assert told.text.startswith("A message that could not be read failed in resize")
    assert "prefix" not in told.attributes


def test_machines_get_the_message_itself():
    assert ImageStored.decode(letter(stored()).body) == stored()
    assert ImageFailed.decode(letter(failed()).body) == failed()
    assert ImageRejected.decode(letter(rejected()).body) == rejected()


def test_attributes_are_for_filters():
    assert letter(stored()).attributes == {"outcome": "stored", "bucket": "in", "prefix": "holiday/"}
    assert letter(failed("top.jpg")).attributes == {
        "outcome": "failed",
        "stage": "resize",
        "error": "ImageTooLarge",
        "bucket": "in",
        "prefix": "/",
    }


def test_filters_ask_a_rejection_for_its_outcome_and_the_label_of_pipeline_yaml():
    assert letter(rejected()).attributes == {
        "outcome": "rejected",
        "label": "Graphic Violence",
        "bucket": "in",
        "prefix": "holiday/",
    }


@given(keys, st.sampled_from([stored, failed, rejected]))
def test_a_subject_is_one_short_line_whatever_the_key(key, notice):
    told = letter(notice(key))
    assert 1 <= len(told.subject) < 100
    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert all(told.attributes.values())


def test_a_long_name_keeps_its_end():
    subject = letter(stored("x" * 200 + "-final.jpg")).subject
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
