"""Rows of the ledger for tests."""

from ops.aws.ledger import Row


def moment(seconds):
    return f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}.000Z"


def row(image_id="i", key=None, *, uploaded=0, updated=None, service="resize", outcome=None, **more):
    """A row of an image that was uploaded and updated this many seconds after midnight."""
    values = {
        "bucket": "image-pipeline-input-123456789012-eu-west-1",
        "key": f"{image_id}.jpg" if key is None else key,
        "version_id": "v1",
        "size_bytes": 2048,
        "error": None,
        "reason": None,
        "outputs": (),
        "seconds": {},
        "finished": {},
        "replays": 0,
    }
    return Row(
        image_id=image_id,
        uploaded_at=moment(uploaded),
        updated_at=moment(uploaded if updated is None else updated),
        service=service,
        outcome=outcome,
        **values | more,
    )


def all_rows(ledger):
    """The row of every image, the newest upload first."""
    return sorted(ledger.scan(), key=lambda row: (row.uploaded_at, row.key), reverse=True)
