"""Results of a demo that never ran."""

import pytest

from ops.aws.ledger import Row
from ops.demo.report import Result
from ops.images.follow import Uploaded
from shared.messages import Source
from shared.notifications import ImageStored, StoredRendition

AT = "2026-01-02T03:04:05.000Z"


@pytest.fixture
def result(tmp_path):
    """A result by its key and what the ledger says; stored as expected unless asked otherwise."""

    def make(
        key="a.jpg", outcome="stored", error=None, reason=None, *, expected=("stored",), expected_error=None, row=True
    ):
        source = Source(bucket="in", key=key, version_id="1", size_bytes=2048, uploaded_at=AT)
        uploaded = Uploaded(bucket="in", key=key, version_id="1", size_bytes=2048)
        path = tmp_path / f"{uploaded.image_id}.source"
        outputs = tuple(
            StoredRendition(
                rendition=name,
                bucket="out",
                key=f"{key}-{name}.png",
                width=64,
                height=48,
                frames=1,
                content_type="image/png",
                size_bytes=1024,
            )
            for name in ("resized", "thumb")
        )
        return Result(
            uploaded=uploaded,
            path=path,
            expected=frozenset(expected),
            expected_error=expected_error,
            row=Row(
                image_id=uploaded.image_id,
                bucket="in",
                key=key,
                version_id="1",
                size_bytes=2048,
                uploaded_at=AT,
                updated_at="2026-01-02T03:04:07.500Z",
                service="resize" if outcome != "stored" else "store",
                outcome=outcome,
                error=error,
                reason=reason,
                outputs=tuple(each.key for each in outputs) if outcome == "stored" else (),
                seconds={"resize": 0.25},
                finished={"resize": AT},
                replays=0,
            )
            if row
            else None,
            notice=ImageStored(
                notice_id=f"{uploaded.image_id}-stored",
                source=source,
                outputs=outputs,
                stored_at=AT,
                seconds=2.5,
                source_format="PNG",
                source_width=96,
                source_height=64,
            )
            if outcome == "stored"
            else None,
        )

    return make
