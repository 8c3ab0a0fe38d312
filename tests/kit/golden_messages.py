"""One message of each kind and age, whose golden files are what releases have written."""

from dataclasses import replace

from shared.messages import (
    Animation,
    BatchDue,
    Copyright,
    EncodedRendition,
    GainMapMembers,
    HdrPixels,
    ImageResized,
    ImageWatermarked,
    Passthrough,
    Provenance,
    ResizedRendition,
    Source,
    UploadBatch,
)
from shared.notifications import BatchEnded, FailedMember, ImageFailed, ImageRejected, ImageStored, StoredRendition
from shared.removals import ImageRemoved, SourceRemoved

SOURCE = Source(
    bucket="pics-input-123456789012-eu-west-1",
    key="holiday/ünï 🌄.gif",
    version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
    sequencer="0055AED6DCD90281E5",
    size_bytes=4_275_083,
    uploaded_at="2026-03-01T09:30:12.123Z",
)

MESSAGES = {
    "image-resized": ImageResized(
        source=SOURCE,
        intermediate_key="0123456789abcdef0123/resize-0123456789ab.zip",
        renditions=(
            ResizedRendition(
                name="resized",
                member="resized",
                width=1024,
                height=768,
                format="gif",
                quality=82,
                watermark=True,
                animated=True,
            ),
            ResizedRendition(
                name="thumb", member="thumb", width=256, height=256, format="jpeg", quality=70, watermark=False
            ),
        ),
        source_format="GIF",
        source_width=4000,
        source_height=3000,
        animation=Animation(durations_ms=(40, 50, 400), plays=0),
        passthrough=Passthrough(metadata={"artist": "Ada"}, tags={"album": "sea"}),
    ),
    "image-watermarked": ImageWatermarked(
        source=SOURCE,
        intermediate_key="0123456789abcdef0123/watermark-0123456789ab.zip",
        renditions=(
            EncodedRendition(
                name="resized",
                member="resized",
                width=1024,
                height=768,
                frames=3,
                format="gif",
                content_type="image/gif",
                size_bytes=93_000,
            ),
        ),
        source_format="GIF",
        source_width=4000,
        source_height=3000,
        passthrough=Passthrough(metadata={"artist": "Ada"}, tags={"album": "sea"}),
    ),
    "image-stored": ImageStored(
        notice_id="0123456789abcdef0123-stored",
        source=SOURCE,
        outputs=(
            StoredRendition(
                rendition="resized",
                bucket="pics-output-123456789012-eu-west-1",
                key="holiday/ünï 🌄-resized.gif",
                width=1024,
                height=768,
                frames=3,
                content_type="image/gif",
                size_bytes=93_000,
            ),
        ),
        stored_at="2026-03-01T09:30:14.000Z",
        seconds=1.877,
        source_format="GIF",
        source_width=4000,
        source_height=3000,
    ),
    "image-failed": ImageFailed(
        notice_id="0123456789abcdef0123-failed-0",
        source=SOURCE,
        service="resize",
        error="ImageTooLarge",
        reason="9400 x 9400 px is 88,360,000 pixels; the limit is 50,000,000 (limits.pixels)",
        attempts=1,
        failed_at="2026-03-01T09:30:14.000Z",
        dlq="pics-resize-dlq",
    ),
    "image-rejected": ImageRejected(
        notice_id="0123456789abcdef0123-rejected",
        source=SOURCE,
        label="Blood & Gore",
        confidence=97.3,
        rule="Graphic Violence",
        threshold=80.0,
        model="7.0",
        rejected_at="2026-03-01T09:30:13.000Z",
    ),
}

# The same with every field that has come since: optional, so that the schema is still the same.
FULL = {
    "image-resized-full": replace(
        MESSAGES["image-resized"],
        copyright_fields=Copyright(artist="Ada Ñandú", copyright="© 2026 Ada Ñandú"),
        placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI",
    ),
    "image-watermarked-full": replace(
        MESSAGES["image-watermarked"],
        placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        intermediate_keys=("0123456789abcdef0123/resize-0123456789ab.zip",),
    ),
    "image-stored-full": replace(MESSAGES["image-stored"], placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI"),
}
# The same of an image that was uploaded together with others, and what people are notified of those.
BATCHED_SOURCE = replace(SOURCE, batch=UploadBatch(id="20260301-093012-a1b2c3", number=17, size=480))
BATCHED = {
    f"{name}-batched": replace((MESSAGES | FULL).get(f"{name}-full", MESSAGES[name]), source=BATCHED_SOURCE)
    for name in MESSAGES
} | {
    "batch-ended": BatchEnded(
        notice_id="20260301-093012-a1b2c3-ended",
        batch_id="20260301-093012-a1b2c3",
        bucket="pics-input-123456789012-eu-west-1",
        folders=("holiday/",),
        size=480,
        stored=475,
        failed=2,
        superseded=1,
        vanished=1,
        missing=1,
        failures=(
            FailedMember(key="holiday/ünï 🌄.gif", error="ImageTooLarge", reason="9400 x 9400 px is 88,360,000 pixels"),
        ),
        uploaded_at="2026-03-01T09:30:12.000Z",
        ended_at="2026-03-01T09:32:26.500Z",
        seconds=134.5,
    )
}
WARNED = {
    "image-resized-warned": replace(
        FULL["image-resized-full"],
        renditions=tuple(
            replace(each, lossless=True, alternatives=("png", "webp"), page=2)
            for each in FULL["image-resized-full"].renditions
        ),
        warnings=("page 1 of 3",),
    ),
    "image-watermarked-warned": replace(FULL["image-watermarked-full"], warnings=("page 1 of 3",)),
    "image-stored-warned": replace(FULL["image-stored-full"], warnings=("page 1 of 3",)),
}
REUSED = {
    "image-resized-reused": replace(
        WARNED["image-resized-warned"],
        renditions=tuple(
            replace(each, format="png", original=f"{each.member}.original")
            for each in WARNED["image-resized-warned"].renditions
        ),
    ),
}
REMOVALS = {
    "source-removed": SourceRemoved(source=replace(SOURCE, size_bytes=0, version_id=None), version_id="v1"),
    "image-removed": ImageRemoved(
        notice_id="0123456789abcdef0123-removed",
        source=replace(SOURCE, size_bytes=0),
        output_bucket="pics-output-123456789012-eu-west-1",
        removed=("holiday/ünï 🌄-resized.gif", "holiday/ünï 🌄-thumb.gif"),
        removed_at="2026-03-01T09:30:13.000Z",
    ),
}
OVERDUE = {
    "batch-due": BatchDue(batch=UploadBatch(id="20260301-093012-a1b2c3", number=0, size=480), timeout_seconds=3600),
    "batch-ended-overdue": replace(
        BATCHED["batch-ended"],
        notice_id="20260301-093012-a1b2c3-overdue",
        stored=470,
        missing=3,
        pending=3,
        missing_keys=("holiday/a.jpg",),
        missing_numbers=("17", "20-21"),
        pending_keys=("holiday/ünï 🌄.gif",),
        timeout_seconds=3600,
    ),
}
INLINE = {
    "image-watermarked-inline": replace(WARNED["image-watermarked-warned"], inline="UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="),
}
HDR = {
    "image-resized-hdr": replace(
        WARNED["image-resized-warned"],
        renditions=tuple(
            replace(
                each,
                format="jpeg",
                gain_map=GainMapMembers(
                    jpeg=f"{each.member}.gain-map", base=f"{each.member}.base", profile=f"{each.member}.profile"
                ),
            )
            for each in WARNED["image-resized-warned"].renditions
        ),
    ),
}
PROVENANCE = Provenance(
    digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    content_credentials=True,
)
OWNED = {
    "image-resized-owned": replace(
        REUSED["image-resized-reused"],
        copyright_fields=Copyright(
            artist="Ada Ñandú",
            copyright="© 2026 Ada Ñandú",
            credit="Ada/Agency",
            source="Agency",
            web_statement="https://example.com/rights",
            licensor_url="https://example.com/license",
        ),
        provenance=PROVENANCE,
        alt_text="Ein Boot auf dem See",
    ),
    "image-watermarked-owned": replace(
        WARNED["image-watermarked-warned"], provenance=PROVENANCE, alt_text="Ein Boot auf dem See"
    ),
    "image-stored-owned": replace(
        WARNED["image-stored-warned"],
        outputs=tuple(
            replace(each, set="hero", sha256="0123456789abcdef" * 4) for each in WARNED["image-stored-warned"].outputs
        ),
        provenance=PROVENANCE,
        alt_text="Ein Boot auf dem See",
    ),
}
FORMATS = {
    "image-resized-formats": replace(
        REUSED["image-resized-reused"],
        renditions=tuple(
            replace(each, format="avif", format_quality={"avif": 60}, max_bytes=200_000, candidates=("avif", "png"))
            for each in REUSED["image-resized-reused"].renditions
        ),
    ),
}
SCORED = {
    "image-resized-scored": replace(
        FORMATS["image-resized-formats"],
        renditions=tuple(replace(each, quality_target=80) for each in FORMATS["image-resized-formats"].renditions),
    ),
}
TEN_BIT = {
    "image-resized-ten-bit": replace(
        SCORED["image-resized-scored"],
        renditions=tuple(
            replace(each, hdr=HdrPixels(member=f"{each.name}.hdr", primaries=9, transfer=16, max_cll=703))
            for each in SCORED["image-resized-scored"].renditions
        ),
    ),
}
SCORED |= TEN_BIT
EVERY = HDR | FORMATS | SCORED | OWNED | INLINE | MESSAGES | FULL | BATCHED | WARNED | REUSED | REMOVALS | OVERDUE
