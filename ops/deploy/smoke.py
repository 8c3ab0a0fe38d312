"""`make smoke`: uploads an image to a deployed pipeline, opens its outputs, and removes all of them."""

import io
import secrets
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

from ops.aws import objects
from ops.aws.ledger import Row
from ops.errors import CommandError, Exit
from ops.images.follow import Upload, follow, upload
from ops.show import note
from ops.stack import Stack

PREFIX: Final = "smoke/"


def smoke(stack: Stack, *, timeout_seconds: float = 180) -> Row:
    """Upload an image, wait until it is stored, and open its outputs.

    Args:
        stack: The deployed pipeline.
        timeout_seconds: Time to wait for the outcome, which includes cold starts of three functions.

    Raises:
        CommandError: it is not stored in time, or what is stored is not an image.
    """
    key = f"{stack.names.buckets.input.prefix}{PREFIX}{secrets.token_hex(8)}.jpg"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "smoke.jpg"
        Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(path)
        (uploaded,) = upload(stack, [Upload(path=path, key=key)])
    note(f"uploaded s3://{uploaded.bucket}/{key}")
    row = follow(stack.ledger, [uploaded], timeout_seconds=timeout_seconds).get(uploaded.image_id)
    try:
        if row is None or row.outcome is None:
            where = "resize has not seen it" if row is None else f"{row.service} was the last to see it"
            raise CommandError(f"{key} has no outcome after {timeout_seconds:g} s: {where}", Exit.TIMED_OUT)
        if row.outcome != "stored":
            raise CommandError(f"{key} is {row.outcome}: {row.error}: {row.reason}", Exit.PARTIAL)
        for output in row.outputs:
            body = objects.read(stack.s3, stack.names.output_bucket, output)
            with Image.open(io.BytesIO(body)) as picture:
                picture.load()
                note(f"s3://{stack.names.output_bucket}/{output}: {picture.format}, {picture.width} x {picture.height}")
        return row
    finally:
        _remove(stack, key, uploaded.version_id, row)


def _remove(stack: Stack, key: str, version_id: str | None, row: Row | None) -> None:
    # The input bucket is versioned: deleting the version itself leaves no delete marker.
    objects.delete(stack.s3, stack.names.input_bucket, key, version_id or "null")
    for output in row.outputs if row is not None else ():
        objects.delete(stack.s3, stack.names.output_bucket, output)
