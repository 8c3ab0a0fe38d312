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
from ops.images.follow import Upload, Uploaded, follow, upload
from ops.show import note
from ops.stack import Stack
from services.resize.formats import jxl_header
from services.store import naming
from shared.errors import PermanentError
from shared.messages import NULL_VERSION

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
            where = f"s3://{stack.names.output_bucket}/{output}"
            note(f"{where}: {_described(objects.read(stack.s3, stack.names.output_bucket, output), where)}")
        return row
    finally:
        _remove(stack, uploaded, row)


def _described(data: bytes, where: str) -> str:
    """Format and size of an image that was decoded; of a JPEG XL, which no library here decodes, by its header.

    Raises:
        CommandError: it is not an image.
    """
    try:
        if data.startswith((jxl_header.CODESTREAM, jxl_header.FILE)):
            width, height = jxl_header.header(data).size
            return f"JXL, {width} x {height}"
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return f"{picture.format}, {picture.width} x {picture.height}"
    except (OSError, SyntaxError, PermanentError) as error:
        raise CommandError(f"{where} is not an image: {error}", Exit.PARTIAL) from error


def _remove(stack: Stack, uploaded: Uploaded, row: Row | None) -> None:
    # The input bucket is versioned: deleting the version itself leaves no delete marker.
    objects.delete(stack.s3, stack.names.input_bucket, uploaded.key, uploaded.version_id or NULL_VERSION)
    if row is None:
        return
    template = stack.settings.sections.get("output", {}).get("manifest")
    manifest = [naming.manifest_key(template, uploaded.source, stack.names.buckets)] if template else []
    for output in (*row.outputs, *manifest):
        objects.delete(stack.s3, stack.names.output_bucket, output)
