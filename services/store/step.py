"""Writes one image's files to the output bucket, never over a newer version's, and makes the notice."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.store import naming
from services.store.settings import Settings
from shared import intermediates
from shared.dlq_messages import iso
from shared.errors import AwsUnavailable, IntermediateObjectMissing, NotFound, OutputKeyInvalid, PreconditionFailed
from shared.messages import EncodedRendition, ImageStored, ImageWatermarked, StoredRendition
from shared.ports import Headers, Objects
from shared.runner.runner import Finish

# Each round lost means that somebody else wrote the key in between; more than a few of these is not a coincidence.
_MAX_ROUNDS: Final = 5


def store(job: ImageWatermarked, *, objects: Objects, settings: Settings, now: Callable[[], datetime]) -> Finish:
    """Write every rendition that watermark left to the output bucket.

    Args:
        job: what watermark made.
        objects: where the intermediate object is, and the output bucket.
        settings: the key template and headers.
        now: returns the time, for the notice.

    Raises:
        OutputKeyTaken: an output key belongs to another source.
        OutputKeyInvalid: an output key is longer than S3 allows, or several pages would have the same.
        IntermediateObjectMissing: what watermark left is gone or damaged.
        TransientError: AWS cannot answer now.
    """
    keys = _keys(job, settings.output.key)
    try:
        fetched = objects.get(settings.work_bucket, job.intermediate_key)
    except NotFound as error:
        raise IntermediateObjectMissing(f"what watermark left is gone: {error}") from error
    members = intermediates.unpack(fetched.body, tuple(rendition.member for rendition in job.renditions))
    intermediate_keys = (*job.intermediate_keys, job.intermediate_key)
    kept = 0
    for rendition in job.renditions:
        key, data = keys[rendition.member], members[rendition.member]
        verdict = _write(job, rendition, key=key, data=data, objects=objects, settings=settings)
        if verdict == "superseded":
            reason = f"{key} already has a newer version"
            return Finish(outcome="superseded", reason=reason, intermediate_keys=intermediate_keys)
        kept += verdict == "keep"
    return Finish(
        outcome="stored",
        notice=_notice(job, keys, settings, now()),
        outputs=tuple(keys.values()),
        repeated=kept == len(job.renditions),
        intermediate_keys=intermediate_keys,
    )


def _keys(job: ImageWatermarked, template: str) -> dict[str, str]:
    """The output key of each member of the intermediate object."""
    keys = {
        each.member: naming.output_key(template, job.source, rendition=each.name, form=each.format, page=each.page)
        for each in job.renditions
    }
    if len(set(keys.values())) < len(keys):
        raise OutputKeyInvalid("several pages would have one output key: put {page} into output.key")
    return keys


def _write(
    job: ImageWatermarked, rendition: EncodedRendition, *, key: str, data: bytes, objects: Objects, settings: Settings
) -> str:
    """Write one output where there is none or an older one; returns "keep" or "superseded" where it stays as it is."""
    ours = naming.owner(job.source, job.intermediate_key)
    output = settings.output
    headers = Headers(
        content_type=rendition.content_type,
        cache_control=output.cache_control,
        metadata=naming.to_metadata(ours, job.passthrough.metadata if output.metadata else {}),
        tags=job.passthrough.tags if output.tags else {},
    )
    etag: str | None = None  # most keys are new: the first attempt asks nothing
    for _ in range(_MAX_ROUNDS):
        try:
            objects.put_if(settings.output_bucket, key, data, headers, etag=etag)
        except PreconditionFailed:
            try:
                there = objects.head(settings.output_bucket, key)
            except NotFound:
                etag = None  # deleted meanwhile
                continue
            verdict = naming.decide(ours, naming.from_metadata(there.metadata), key)
            if verdict != "write":
                return verdict
            etag = there.etag
        else:
            return "write"
    raise AwsUnavailable(f"{key} was written by others {_MAX_ROUNDS} times while it was being stored")


def _notice(job: ImageWatermarked, keys: dict[str, str], settings: Settings, now: datetime) -> ImageStored:
    source = job.source
    return ImageStored(
        notice_id=f"{source.image_id}-stored",
        source=source,
        outputs=tuple(
            StoredRendition(
                rendition=rendition.name,
                bucket=settings.output_bucket,
                key=keys[rendition.member],
                width=rendition.width,
                height=rendition.height,
                frames=rendition.frames,
                content_type=rendition.content_type,
                size_bytes=rendition.size_bytes,
                page=rendition.page,
            )
            for rendition in job.renditions
        ),
        stored_at=iso(now),
        seconds=round(max(0.0, (now - datetime.fromisoformat(source.uploaded_at)).total_seconds()), 3),
        source_format=job.source_format,
        source_width=job.source_width,
        source_height=job.source_height,
        placeholder=job.placeholder,
        warnings=job.warnings,
    )
