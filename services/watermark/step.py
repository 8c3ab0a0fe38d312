"""One image's renditions: watermarked, encoded, kept for store."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from PIL import Image

from services.watermark import gain_maps
from services.watermark.blending import Placed, blend, is_watermarked, placed, showing
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.fitted_renditions import FittedRendition, fitted_rendition
from services.watermark.set_formats import SetFormats
from services.watermark.settings import Settings
from services.watermark.unpacking import unpack
from shared import inline, intermediates
from shared.deadline import Deadline
from shared.errors import BadMessage, IntermediateObjectMissing, NotFound
from shared.messages import EncodedRendition, ImageResized, ImageWatermarked, ResizedRendition
from shared.ports import Headers, Objects
from shared.removals import SourceRemoved
from shared.runner.steps import Emit


def watermark(
    job: ImageResized | SourceRemoved,
    ends: float = math.inf,
    *,
    objects: Objects,
    settings: Settings,
    watermarks: DrawnWatermarks,
    cpu: Callable[[float], AbstractContextManager[object]],
    clock: Callable[[], float],
) -> Emit:
    """Watermark and encode every rendition that resize left; the files go into the message, or to the work bucket.

    Args:
        job: what resize made; or that a source was removed, which is passed on.
        ends: when nobody waits for it any more, by the clock.
        objects: where the intermediate object is.
        settings: settings of the service.
        watermarks: kept from image to image, since drawing one costs more than blending it.
        cpu: what is held while pixels are worked on; waited for until the moment that it is given.
        clock: seconds that only go forward; an image that takes too many fails.

    Raises:
        IntermediateObjectMissing: what resize left is gone or damaged.
        BadOverride: an override of the watermark is wrong.
        ImageTooSlow: it takes longer than limits.seconds.
        TransientError: AWS cannot answer now.
    """
    if isinstance(job, SourceRemoved):
        return Emit(message=job)
    try:
        fetched = objects.get(settings.work_bucket, job.intermediate_key)
    except NotFound as error:
        raise IntermediateObjectMissing(f"what resize left is gone: {error}") from error
    with cpu(ends):
        deadline = Deadline(settings.seconds, clock, ends)
        watermark = watermarks.of(job.source.key, job.passthrough.metadata)
        renditions, packed, warnings = _worked(job, fetched.body, watermark, deadline)
    # While this one is written others are worked on: of this one only what is written is still held.
    del fetched
    message = ImageWatermarked(
        source=job.source,
        # The object that was read is part of the name: other renditions of the same image are another object.
        intermediate_key=intermediates.intermediate_key(
            job.source,
            "watermark",
            intermediates.fingerprint(
                (job.intermediate_key, watermark.settings, job.copyright_fields, job.provenance, job.alt_text)
            ),
        ),
        intermediate_keys=(job.intermediate_key,),
        renditions=renditions,
        source_format=job.source_format,
        source_width=job.source_width,
        source_height=job.source_height,
        passthrough=job.passthrough,
        provenance=job.provenance,
        alt_text=job.alt_text,
        placeholder=job.placeholder,
        dominant_colour=job.dominant_colour,
        warnings=(*job.warnings, *warnings),
    )
    message = inline.with_file(message, packed)
    if message.inline is None:
        objects.put(
            settings.work_bucket, message.intermediate_key, packed, Headers(content_type=intermediates.CONTENT_TYPE)
        )
    return Emit(message=message)


def _worked(
    job: ImageResized, intermediate: bytes, watermark: DrawnWatermark, deadline: Deadline
) -> tuple[tuple[EncodedRendition, ...], bytes, tuple[str, ...]]:
    """The message's part on the files, the intermediate object, and warnings; the pixels are gone by then."""
    from deflate import crc32  # noqa: PLC0415 - when the first image needs it

    names = dict.fromkeys(name for each in job.renditions for name in gain_maps.members_of(each))
    members = intermediates.unpack(intermediate, tuple(names), crc32)
    formats = SetFormats(job.renditions)
    made: dict[int, tuple[EncodedRendition, bytes, tuple[str, ...]]] = {}
    # One that decides a set's format comes first. Files keep the order of the renditions: a browser chooses by it.
    for alike in sorted(_alike(job.renditions), key=lambda some: not any(formats.decides(each) for _, each in some)):
        renditions = [each for _, each in alike]
        encoded = _files(renditions, members, job, watermark, deadline=deadline, formats=formats)
        made.update((index, file) for (index, _), file in zip(alike, encoded, strict=True))
    files = [made[index] for index in range(len(job.renditions))]
    warnings = tuple(warning for *_, some in files for warning in some)
    packed = intermediates.pack({each.member: data for each, data, _ in files}, crc32)
    return tuple(each for each, *_ in files), packed, warnings


def _alike(renditions: Sequence[ResizedRendition]) -> Collection[Sequence[tuple[int, ResizedRendition]]]:
    """The renditions, with their places, by what is watermarked once; a still one may stand between two that move."""
    groups: dict[tuple[object, ...], list[tuple[int, ResizedRendition]]] = {}
    for index, each in enumerate(renditions):
        groups.setdefault((gain_maps.pixels_of(each), each.watermark, each.animated), []).append((index, each))
    return groups.values()


def _files(
    renditions: Sequence[ResizedRendition],
    members: Mapping[str, bytes],
    job: ImageResized,
    watermark: DrawnWatermark,
    *,
    deadline: Deadline,
    formats: SetFormats,
) -> Iterator[tuple[EncodedRendition, bytes, tuple[str, ...]]]:
    """The same pixels, watermarked once, in each of their formats; a description of each file, and warnings."""
    first = renditions[0]
    if first.animated and job.animation is None:
        raise BadMessage(f"rendition {first.name} is animated, but the message has no animation")
    playing = job.animation if first.animated else None
    pixels = gain_maps.pixels_of(first)
    frames = unpack(members[pixels], frames=len(playing.durations_ms) if playing is not None else None)
    mark = None
    if first.watermark and is_watermarked(frames[0].size, watermark):
        deadline.check()
        frames = showing(frames, watermark)
        mark = placed(frames, watermark)
        blend(frames, mark)
    # Where there is a watermark, its pixels are no longer these.
    originals = members if mark is None else {}
    for rendition in map(formats.settled, renditions):
        fitted = _fitted(rendition, frames, originals, mark, members=members, job=job, deadline=deadline)
        encoded = fitted.encoded
        formats.note(rendition, encoded.form)
        data = gain_maps.added(encoded, rendition, members)
        described = EncodedRendition(
            name=rendition.name,
            member=pixels if len(renditions) == 1 else f"{pixels}.{encoded.form}",
            width=fitted.size[0],
            height=fitted.size[1],
            frames=encoded.frames,
            format=encoded.form,
            content_type=encoded.content_type,
            size_bytes=len(data),
            page=rendition.page,
            set=rendition.set,
        )
        yield described, data, fitted.warnings


def _fitted(
    rendition: ResizedRendition,
    frames: list[Image.Image],
    originals: Mapping[str, bytes],
    watermark: Placed | None,
    *,
    members: Mapping[str, bytes],
    job: ImageResized,
    deadline: Deadline,
) -> FittedRendition:
    """The rendition as a file: in HDR where it has such pixels, or in SDR with the reason."""
    reason = None
    if rendition.hdr is not None and rendition.format == "avif":
        # Imported only here: few pipelines keep HDR.
        from services.watermark.hdr.fitting import NotHdrError, fitted_hdr  # noqa: PLC0415

        try:
            return fitted_hdr(
                rendition, rendition.hdr, frames, members=members, watermark=watermark, job=job, deadline=deadline
            )
        except NotHdrError as error:
            reason = f"{rendition.name} is SDR: {error}"
    reserved = gain_maps.reserved_bytes(rendition, members)
    fitted = fitted_rendition(rendition, frames, originals, job, deadline, reserved=reserved)
    return fitted if reason is None else replace(fitted, warnings=(*fitted.warnings, reason))
