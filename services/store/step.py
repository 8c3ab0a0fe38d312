"""One image's files into the output bucket, in place of what older versions left; and what subscribers are notified."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, Literal

from services.store import manifest, naming, precedence
from services.store.outputs import Outputs, Overtaken
from services.store.removal import remove
from services.store.settings import Settings
from shared import inline, intermediates
from shared import sequence as sequences
from shared.dlq_messages import iso
from shared.errors import (
    AwsUnavailable,
    BadMessage,
    BeingStored,
    IntermediateObjectMissing,
    NotFound,
    OutputKeyInvalid,
    OutputKeyStillTaken,
    OutputKeyTaken,
    PreconditionFailed,
)
from shared.key_states import KeyState, SourceKeys
from shared.messages import EncodedRendition, ImageWatermarked
from shared.notifications import ImageStored, StoredRendition
from shared.ports import Headers, Objects
from shared.removals import SourceRemoved
from shared.runner.steps import Finish

# The manifest among the members of the intermediate object: no rendition has a name with a dot.
MANIFEST: Final = "manifest.json"
# Of tags and entries of metadata that a warning names: an object has ten tags.
_MAX_NAMES: Final = 10


def store(
    job: ImageWatermarked | SourceRemoved,
    *,
    objects: Objects,
    source_keys: SourceKeys,
    settings: Settings,
    now: Callable[[], datetime],
) -> Finish:
    """Write every rendition that watermark left to the output bucket, and remove what older versions left there.

    The version claims its source key before it writes, and looks again when it has written. So of two that are stored
    at the same time, the older one finds out and removes what it wrote, however the two overlap.

    Args:
        job: what watermark made; or that a source was removed, whose outputs go.
        objects: where the intermediate object is, if it is not in the message, and the output bucket.
        source_keys: which version of a key comes last.
        settings: the key template and headers.
        now: returns the time, for the notice.

    Raises:
        OutputKeyTaken: an output key belongs to another source.
        OutputKeyStillTaken: the same, where outputs follow deletions, so that it may be about to go.
        OutputKeyInvalid: an output key is longer than S3 allows, or several outputs would have the same.
        BadMessage: two renditions name the same file.
        IntermediateObjectMissing: what watermark left is gone or damaged.
        TransientError: AWS cannot answer now.
    """
    if isinstance(job, SourceRemoved):
        return remove(job, objects=objects, source_keys=source_keys, settings=settings, now=now)
    job = _with_room(job, settings)
    packed = _packed(job, objects, settings)
    members = intermediates.unpack(packed, tuple(rendition.member for rendition in job.renditions))
    digests = {member: hashlib.sha256(data).hexdigest() for member, data in members.items()}
    keys = _keys(job, digests, settings)
    owner = naming.owner(job.source, job.intermediate_key)
    outputs = Outputs(objects=objects, bucket=settings.output_bucket, owner=owner)
    try:
        job, before = _claimed(job, tuple(keys.values()), source_keys)
    except Overtaken:
        return _ended(job, tuple(keys.values()), outputs, source_keys, found="claim")
    owner = naming.owner(job.source, job.intermediate_key)
    outputs = replace(outputs, owner=owner)
    try:
        if before is not None and before.made_of != job.intermediate_key:
            outputs.check(keys.values())
        for each in job.renditions:
            outputs.write(keys[each.member], members[each.member], _headers(job, each, owner, settings))
        if MANIFEST in keys:
            data = manifest.manifest(job, keys, digests, keys[MANIFEST])
            outputs.write(keys[MANIFEST], data, _manifest_headers(job, owner))
    except OutputKeyTaken as error:
        if settings.output.follow_deletes:
            raise OutputKeyStillTaken(str(error)) from error
        raise
    except Overtaken:
        return _ended(job, tuple(keys.values()), outputs, source_keys, found="output")
    try:
        _replace_older(job, outputs, source_keys)
    except Overtaken:
        return _ended(job, tuple(keys.values()), outputs, source_keys, found="record")
    return Finish(
        outcome="stored",
        notice=_notice(job, keys, digests, settings, now()),
        outputs=tuple(keys[each.member] for each in job.renditions),
        intermediate_keys=_left(job),
    )


def _with_room(job: ImageWatermarked, settings: Settings) -> ImageWatermarked:
    """The message with the tags for which its outputs have room, and warnings of what they have no room for."""
    tags, metadata = job.passthrough.tags, job.passthrough.metadata
    kept, no_tags = naming.to_tags(tags if settings.output.tags else {})
    owner = naming.owner(job.source, job.intermediate_key)
    no_metadata = naming.without_room(owner, metadata) if settings.output.metadata else ()
    warnings = (
        *_left_out("tags", no_tags, tags, f"{naming.MAX_TAGS_BYTES:,} bytes of encoded tags besides metadata"),
        *_left_out("entries of metadata", no_metadata, metadata, f"{naming.MAX_METADATA_BYTES:,} bytes of metadata"),
    )
    passthrough = replace(job.passthrough, tags=kept)
    return replace(job, passthrough=passthrough, warnings=(*job.warnings, *warnings))


def _left_out(what: str, names: Sequence[str], given: Mapping[str, str], room: str) -> Iterator[str]:
    if names:
        listed = ", ".join(f"{name:.40}" for name in names[:_MAX_NAMES]) + (", …" if len(names) > _MAX_NAMES else "")
        yield f"left out {len(names)} of {len(given)} {what} ({listed}): S3 has room for {room}"


def _packed(job: ImageWatermarked, objects: Objects, settings: Settings) -> bytes:
    """What watermark made: in the message, or in the work bucket."""
    if job.inline is not None:
        return inline.file_of(job.inline)
    try:
        return objects.get(settings.work_bucket, job.intermediate_key).body
    except NotFound as error:
        raise IntermediateObjectMissing(f"what watermark left is gone: {error}") from error


def _left(job: ImageWatermarked) -> tuple[str, ...]:
    """Keys of the intermediate objects that the image leaves; what came in the message has none."""
    return job.intermediate_keys if job.inline is not None else (*job.intermediate_keys, job.intermediate_key)


def _claimed(
    job: ImageWatermarked, keys: tuple[str, ...], source_keys: SourceKeys
) -> tuple[ImageWatermarked, KeyState | None]:
    """Make a version the last one of its key; the message with its place in the sequence, and the state before.

    The version that is the last one already keeps its place: the event of a backfill may not know it.

    Raises:
        Overtaken: another version has claimed the key, or the source was removed.
        AwsUnavailable: the claim was refused, though nothing later has the key.
    """
    try:
        return job, source_keys.claim(job.source, job.intermediate_key, keys)
    except PreconditionFailed as error:
        state = source_keys.state(job.source)
        if state is None or not precedence.is_later(state, job.source):
            raise _refused(job) from error
    if state.made_of is None or not precedence.is_version(state, job.source):
        raise Overtaken("a later version has claimed the key")
    job = replace(job, source=replace(job.source, sequencer=state.sequence))
    try:
        return job, source_keys.claim(job.source, job.intermediate_key, keys)
    except PreconditionFailed as error:
        raise _refused(job) from error


def _refused(job: ImageWatermarked) -> AwsUnavailable:
    return AwsUnavailable(f"the record of {job.source.key} was not changed, and nothing later has it")


def _replace_older(job: ImageWatermarked, outputs: Outputs, source_keys: SourceKeys) -> None:
    """Remove what older versions, or other settings, left under other keys.

    Raises:
        Overtaken: a later version has claimed the key meanwhile.
        AwsUnavailable: perhaps one did, or others write a key again and again.
    """
    state = source_keys.state(job.source)
    if state is None or state.made_of != job.intermediate_key:
        raise Overtaken("the key was claimed meanwhile")
    left = state.outputs - state.keys
    if left:
        outputs.remove(left, job.source, state.sequence)
        try:
            source_keys.forget(job.source, job.intermediate_key, sorted(left))
        except PreconditionFailed as error:
            raise _refused(job) from error


def _ended(
    job: ImageWatermarked,
    keys: tuple[str, ...],
    outputs: Outputs,
    source_keys: SourceKeys,
    *,
    found: Literal["claim", "output", "record"],
) -> Finish:
    """The end of a version that is not the last one: nothing of it stays.

    Args:
        job: the version.
        keys: of its outputs.
        outputs: where they are.
        source_keys: which version of a key comes last.
        found: where something later was met: as the key was claimed, as a later version's output, or in the record
            after all outputs were written.

    Raises:
        AwsUnavailable: nothing later is there any more, or the version itself is being stored with other settings.
        BeingStored: the same version is being stored by another message, which gives it a later place.
    """
    state = source_keys.state(job.source)
    if state is None:
        raise _refused(job)
    later, sequence = precedence.is_later(state, job.source), sequences.of(job.source)
    intermediate_keys = _left(job)
    # The version alone was deleted, by its id, after it had claimed the key: its place is still the last one.
    alone = found != "claim" and precedence.is_version(state, job.source)
    if state.made_of is None and (later or alone):
        outputs.remove(keys, job.source, sequence)
        return Finish(outcome="vanished", reason="deleted before it was stored", intermediate_keys=intermediate_keys)
    if (
        found == "output"
        and later
        and precedence.is_version(state, job.source)
        and state.made_of == job.intermediate_key
    ):
        # A backfill sent it while its own event waited: the same version has two places. Nothing of it is removed.
        raise BeingStored("another message of this image, with a later place, is storing it")
    if state.made_of != job.intermediate_key:
        outputs.remove(set(keys) - state.keys, job.source, sequence)
    elif found == "output":
        outputs.remove(keys, job.source, sequence)  # what is there of a later version was never recorded
    if not later and found != "output":
        raise _refused(job)
    return Finish(
        outcome="superseded",
        reason=f"a newer version of {job.source.key} is stored",
        intermediate_keys=intermediate_keys,
    )


def _keys(job: ImageWatermarked, digests: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """The output key of each member of the intermediate object, and of the manifest if there is to be one."""
    template, of_manifest = settings.output.key, settings.output.manifest
    of_job = partial(naming.output_key, template, job.source, buckets=settings.buckets)
    keys = {each.member: of_job(rendition=each, digest=digests[each.member]) for each in job.renditions}
    if len(keys) < len(job.renditions):
        raise BadMessage(f"{len(job.renditions)} renditions have {len(keys)} files between them")
    if len(set(keys.values())) < len(keys):
        several = "several outputs would have one output key: put {page}, {rendition} and {ext} into output.key"
        raise OutputKeyInvalid(several)
    if of_manifest is not None:
        key = naming.manifest_key(of_manifest, job.source, settings.buckets)
        if key in keys.values():
            raise OutputKeyInvalid(f"the manifest and an output would both be {key}: change output.manifest")
        keys[MANIFEST] = key
    return keys


def _headers(job: ImageWatermarked, rendition: EncodedRendition, owner: naming.Owner, settings: Settings) -> Headers:
    output = settings.output
    return Headers(
        content_type=rendition.content_type,
        cache_control=output.cache_control,
        metadata=naming.to_metadata(owner, job.passthrough.metadata if output.metadata else {}),
        tags=job.passthrough.tags,
    )


def _manifest_headers(job: ImageWatermarked, owner: naming.Owner) -> Headers:
    return Headers(
        content_type=manifest.CONTENT_TYPE,
        cache_control=manifest.CACHE_CONTROL,
        metadata=naming.to_metadata(owner, {}),
        tags=job.passthrough.tags,
    )


def _notice(
    job: ImageWatermarked, keys: Mapping[str, str], digests: Mapping[str, str], settings: Settings, now: datetime
) -> ImageStored:
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
                set=rendition.set,
                sha256=digests[rendition.member],
            )
            for rendition in job.renditions
        ),
        stored_at=iso(now),
        seconds=round(max(0.0, (now - datetime.fromisoformat(source.uploaded_at)).total_seconds()), 3),
        source_format=job.source_format,
        source_width=job.source_width,
        source_height=job.source_height,
        placeholder=job.placeholder,
        dominant_colour=job.dominant_colour,
        provenance=job.provenance,
        alt_text=job.alt_text,
        manifest=keys.get(MANIFEST),
        warnings=job.warnings,
    )
