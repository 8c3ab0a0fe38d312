"""One uploaded image to its renditions, kept losslessly for the watermark."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PIL import Image

from services.resize import effective_settings, sets
from services.resize.bounds import check_bytes
from services.resize.dominant_colour import dominant_colour
from services.resize.formats.opener import opened
from services.resize.formats.source import OpenedImage
from services.resize.gain_map.members import gain_map_members
from services.resize.hdr.members import hdr_pixels
from services.resize.metadata.source_metadata import source_metadata
from services.resize.original import original_of
from services.resize.output_formats import alternatives, candidates, output_formats, wanted
from services.resize.packing import pack
from services.resize.page_frames import frames_of
from services.resize.placeholder import placeholder
from services.resize.removal import removal
from services.resize.rendered import RenderedPage, ResizedImage
from services.resize.settings import MAX_OUTPUTS, Rendition, Settings
from shared import intermediates, overrides
from shared.choices import AVIF10, STILL_FORMATS
from shared.deadline import NEVER, Deadline
from shared.errors import BadSetting, EmptyImage, ImageTooLarge, NotFound, OwnOutput, PipelineError
from shared.messages import NULL_VERSION, Animation, ImageResized, ImageUploaded, Passthrough, ResizedRendition, Source
from shared.ports import FetchedObject, Headers, Objects
from shared.removals import SourceRemoved
from shared.runner.steps import Emit, Finish
from shared.upload_batches import Claim, place_of

if TYPE_CHECKING:
    from services.resize.faces import DetectedFaces
    from services.resize.hdr.keepers import Keeper
    from services.resize.moderation import ModerationPolicy
    from shared.key_states import SourceKeys
    from shared.ports import FaceDetector

# Suffixes of members' names; no rendition has a name with a dot.
_ORIGINAL: Final = ".original"
_STILL: Final = ".still"


def resize(
    job: ImageUploaded | SourceRemoved,
    ends: float = math.inf,
    *,
    objects: Objects,
    settings: Settings,
    cpu: Callable[[float], AbstractContextManager[object]],
    clock: Callable[[], float],
    policy: "ModerationPolicy | None" = None,
    detector: "FaceDetector | None" = None,
    claim: Claim = lambda _, __: True,
    source_keys: "Callable[[], SourceKeys] | None" = None,
) -> Emit | Finish:
    """Read one image by its version, make every rendition of it, and keep them as one object.

    Args:
        job: what was uploaded; or that a source was removed, which is passed on, or brings an older version back.
        ends: when nobody waits for it any more, by the clock.
        objects: where it lies, and where the renditions are kept for the next service.
        settings: renditions and limits, of all images and of some prefixes; allowed overrides.
        cpu: what is held while pixels are worked on, so that a batch overlaps its reading and writing but not its
            memory; waited for until the moment that it is given.
        clock: seconds that only go forward; an image that takes too many fails.
        policy: that images must pass before anything of them is kept; None where moderation is off.
        detector: finds faces; None where nothing is done with them.
        claim: takes a place in an upload batch for an image id.
        source_keys: makes the records of which version's outputs stand; None where deletions are passed on as they are.

    Raises:
        PermanentError: not an image, damaged, over a limit, or too slow; or an override is wrong, or the
            moderator does not take it.
        EmptyImage: the object has no bytes yet.
        TransientError: AWS cannot answer now.
    """
    if isinstance(job, SourceRemoved):
        same = {"objects": objects, "settings": settings, "cpu": cpu, "clock": clock, "claim": claim}
        same |= {"policy": policy, "detector": detector}
        again = partial(resize, ends=ends, **same)  # type: ignore[arg-type]  # as they came
        return removal(job, objects=objects, source_keys=source_keys, made_again=again)
    if policy is None and settings.moderation is not None:
        raise BadSetting("moderation.enabled is true, but no moderator is configured")
    source = job.source
    if source.size_bytes == 0:
        return _empty(source, objects, claim)
    check_bytes(source.size_bytes, settings.limits)
    try:
        fetched = objects.get_undeleted(source.bucket, source.key, version_id=source.version_id)
        passthrough = _passthrough(source, fetched, objects)
    except NotFound as error:
        return Finish(outcome="vanished", reason=f"deleted before it was read: {error}")
    source = source.with_batch(place_of(source, fetched.info, claim))
    own_output = overrides.is_output(passthrough.metadata)
    log_fields: Mapping[str, object] = {}
    try:
        if own_output and settings.buckets.is_one:
            raise OwnOutput(
                f"{source.key} is an output (x-amz-meta-{overrides.PREFIX}made-of) in the bucket that outputs go to;"
                " to process it, upload it without that metadata"
            )
        settings = effective_settings.chosen(settings, source.key, passthrough.metadata)
        begun = partial(Deadline, settings.limits.seconds, clock, ends)
        faces = _faces(fetched.body, settings, detector, partial(cpu, ends), begun) if settings.detects_faces else None
        with cpu(ends):
            made = partial(render, fetched.body, settings, begun(), policy, faces)
            message, packed, shown = _worked(source, made, passthrough, settings)
            del made
        # While this one is shown and written another is worked on: of this one only what is written is still held.
        del fetched
        if policy is not None:
            verdict = policy.verdict(shown)
            log_fields = verdict.log_fields()
            if verdict.finding is not None:
                return policy.rejection(source, verdict.finding, verdict)
        objects.put(
            settings.work_bucket, message.intermediate_key, packed, Headers(content_type=intermediates.CONTENT_TYPE)
        )
    except PipelineError as error:
        error.batch = source.batch
        raise
    return Emit(message=message, own_output=own_output, log_fields=log_fields)


def _empty(source: Source, objects: Objects, claim: Claim) -> Finish:
    """The outcome of an object without bytes that is no longer the current version.

    Raises:
        EmptyImage: it still is the current version.
    """
    try:
        current = objects.head(source.bucket, source.key)
    except NotFound as error:
        return Finish(outcome="vanished", reason=f"deleted before it was read: {error}")
    # A backfill names the version "null", too.
    is_current = (current.version_id or NULL_VERSION) == source.version_id
    if is_current if source.version_id is not None else current.size_bytes == 0:
        empty = EmptyImage("the file is empty (0 bytes)")
        empty.batch = place_of(source, current, claim)
        raise empty
    reason = f"the file was empty (0 bytes); a newer version has {current.size_bytes:,} bytes"
    return Finish(outcome="superseded", reason=reason)


def _faces(
    data: bytes,
    settings: Settings,
    detector: "FaceDetector | None",
    cpu: Callable[[], AbstractContextManager[object]],
    begun: Callable[[], Deadline],
) -> "DetectedFaces":
    """The faces of an image, from a decode of its own, so that nothing else waits for the answer.

    Raises:
        PermanentError: not an image, damaged or over a limit; or none whose faces can all be found.
        TransientError: the detector cannot answer now.
    """
    if detector is None:
        raise BadSetting("moderation.faces or gravity: faces is set, but no face detector is configured")
    # Imported only here: few pipelines look for faces.
    from services.resize import faces  # noqa: PLC0415

    with cpu(), opened(data, settings.limits, begun(), settings.formats) as source:
        faces.check(source, settings)
        picture = faces.shown(source)
    return faces.detected(picture, detector, settings.faces)


def render(
    data: bytes,
    settings: Settings,
    deadline: Deadline = NEVER,
    policy: "ModerationPolicy | None" = None,
    faces: "DetectedFaces | None" = None,
) -> ResizedImage:
    """Every rendition of the image in these bytes, and what a moderator is shown of it, all from one decode.

    Raises:
        PermanentError: not an image, damaged, over a limit, or not done at the deadline.
    """
    if settings.hdr == "sdr":
        return _rendered_image(data, settings, deadline, policy, keeper=None, faces=faces)
    # Imported only here: few pipelines keep HDR.
    from services.resize.hdr.keepers import keeper_of  # noqa: PLC0415

    keeper = keeper_of(data, settings.extras, hides_faces=faces is not None and faces.hidden)
    picture = _rendered_image(data, settings, deadline, policy, keeper=keeper, faces=faces)
    # The picture's own pixels are gone by now: never both are in memory.
    renditions = keeper.kept(picture.renditions, settings.limits, deadline)
    return replace(picture, renditions=renditions, warnings=keeper.warnings(picture.warnings))


def _rendered_image(
    data: bytes,
    settings: Settings,
    deadline: Deadline,
    policy: "ModerationPolicy | None",
    *,
    keeper: "Keeper | None",
    faces: "DetectedFaces | None",
) -> ResizedImage:
    with opened(data, settings.limits, deadline, settings.formats) as source:
        metadata = source_metadata(data, source, settings.metadata)
        _check_pages(source.page_count, settings)
        rendered: list[RenderedPage] = []
        animation: Animation | None = None
        shown: tuple[bytes, ...] = ()
        warnings: dict[str, None] = {}  # each once, of all pages
        pixels = 0  # all pages are in memory at once, as an animation's frames are
        for number, page in enumerate(source.pages() if settings.pages == "all" else (source,), start=1):
            made = frames_of(page, settings, deadline, policy, keeper=keeper, faces=faces if number == 1 else None)
            pixels += sum(each[0].width * each[0].height for each in made.frames)
            if number > 1 and pixels > settings.limits.frame_pixels:
                raise ImageTooLarge(
                    f"the outputs of the first {number} pages have {pixels:,} pixels;"
                    f" the limit is {settings.limits.frame_pixels:,} (limits.frame_pixels)"
                )
            if len(made.durations_ms) > 1:
                animation = Animation(durations_ms=tuple(made.durations_ms), plays=page.plays)
            rendered += [
                _rendered(page, number, rendition, frames, deadline)
                for rendition, frames in zip(made.renditions, made.frames, strict=True)
            ]
            shown += made.shown
            warnings |= dict.fromkeys(made.warnings)
        smallest = _whole([each for each in rendered if each.page == 1])
        return ResizedImage(
            format=source.format,
            size=source.size,
            animation=animation,
            renditions=tuple(rendered),
            metadata=metadata,
            placeholder=placeholder(smallest),
            dominant_colour=dominant_colour(smallest),
            lossless=source.lossless,
            warnings=(*_page_warning(source, settings), *source.warnings, *warnings, *metadata.warnings),
            shown=shown,
        )


def _rendered(
    page: OpenedImage, number: int, rendition: Rendition, frames: list[Image.Image], deadline: Deadline
) -> RenderedPage:
    formats = output_formats(page.format, rendition, has_alpha=frames[0].mode == "RGBA", animated=len(frames) > 1)
    originals = ((form, original_of(page, frames, form, deadline)) for form in formats)
    # A source has one format, so at most one of these is there.
    form, original = next(((form, data) for form, data in originals if data is not None), (None, None))
    return RenderedPage(
        rendition=rendition, page=number, frames=frames, formats=formats, original=original, original_format=form
    )


def _check_pages(count: int, settings: Settings) -> None:
    """Refuse a document of more outputs than a notification holds.

    Raises:
        ImageTooLarge: says how many there would be.
    """
    of_each = sets.outputs(settings)
    outputs = count * of_each
    if settings.pages == "all" and outputs > MAX_OUTPUTS:
        raise ImageTooLarge(
            f"{count} pages of {of_each} renditions are {outputs} outputs; the limit is {MAX_OUTPUTS}"
            " (pages: first takes page 1 alone)"
        )


def _page_warning(source: OpenedImage, settings: Settings) -> tuple[str, ...]:
    if source.page_count == 1:
        return ()
    return (f"page 1 of {source.page_count}",) if settings.pages == "first" else (f"{source.page_count} pages",)


def _whole(renditions: Sequence[RenderedPage]) -> Image.Image:
    """What a placeholder is made of: the smallest rendition that shows the whole picture, else the smallest of all."""
    whole = [each.frames[0] for each in renditions if each.rendition.fit == "inside"]
    return min(whole or [each.frames[0] for each in renditions], key=lambda image: image.width * image.height)


def _intermediate(
    source: Source, picture: ResizedImage, passthrough: Passthrough, settings: Settings
) -> tuple[ImageResized, dict[str, bytes]]:
    """The message to the watermark, and the members of the intermediate object."""
    members: dict[str, bytes] = {}
    renditions = tuple(each for rendered in picture.renditions for each in _passed_on(rendered, picture, members))
    hdr = () if settings.hdr == "sdr" else (settings.hdr, *(each for each in settings.extras if each == AVIF10))
    trim = (settings.trim,) if settings.trim else ()
    faces = () if settings.faces == "keep" else (settings.faces,)
    fingerprint = intermediates.fingerprint((settings.renditions, settings.sets, settings.pages, *hdr, *trim, *faces))
    message = ImageResized(
        source=source,
        intermediate_key=intermediates.intermediate_key(source, "resize", fingerprint),
        renditions=renditions,
        source_format=picture.format,
        source_width=picture.size[0],
        source_height=picture.size[1],
        animation=picture.animation,
        passthrough=passthrough,
        copyright_fields=picture.metadata.copyright_fields,
        provenance=picture.metadata.provenance,
        alt_text=picture.metadata.alt_text,
        placeholder=picture.placeholder,
        dominant_colour=picture.dominant_colour,
        warnings=picture.warnings,
    )
    return message, members


def _passed_on(rendered: RenderedPage, picture: ResizedImage, members: dict[str, bytes]) -> Iterator[ResizedRendition]:
    """What watermark needs to know of one rendition, once per format; its pixels are added to the members once."""
    rendition, frames, kept = rendered.rendition, rendered.frames, rendered.gain_map
    base = rendition.name if rendered.page == 1 else f"{rendition.name}.{rendered.page}"
    for form, named in zip(rendered.formats, wanted(rendition), strict=True):
        # A format without animation gets the first frame, and no others are passed on.
        animated = picture.animation is not None and form not in STILL_FORMATS
        still_beside = picture.animation is not None and not animated and len(rendered.formats) > 1
        member = base + _STILL if still_beside else base
        if member not in members:
            members[member] = pack(frames if animated else frames[:1], animated=animated)
        # No larger than the pixels themselves, so the object is at most twice as large.
        original = rendered.original if form == rendered.original_format else None
        if original is not None and len(original) <= len(members[member]):
            members[member + _ORIGINAL] = original
        else:
            original = None
        yield ResizedRendition(
            name=rendition.name,
            member=member,
            width=frames[0].width,
            height=frames[0].height,
            format=form,
            quality=rendition.quality,
            format_quality=rendition.format_quality,
            quality_target=rendition.quality_target,
            max_bytes=rendition.max_bytes,
            candidates=candidates(rendition, named, animated=picture.animation is not None),
            watermark=rendition.watermark,
            animated=animated,
            lossless=picture.lossless,
            alternatives=alternatives(picture.format, rendition, lossless=picture.lossless),
            page=rendered.page,
            original=None if original is None else member + _ORIGINAL,
            set=rendition.set,
            gain_map=gain_map_members(kept, member, members) if kept is not None and form == "jpeg" else None,
            hdr=hdr_pixels(rendered.hdr, member, members) if rendered.hdr is not None and form == "avif" else None,
        )


def _worked(
    source: Source, made: Callable[[], ResizedImage], passthrough: Passthrough, settings: Settings
) -> tuple[ImageResized, bytes, tuple[bytes, ...]]:
    """The message to the watermark, the intermediate object, and what a moderator is shown, without the pixels."""
    picture = made()
    message, members = _intermediate(source, picture, passthrough, settings)
    from isal.isal_zlib import crc32  # noqa: PLC0415 - when the first image needs it

    return message, intermediates.pack(members, crc32), picture.shown


def _passthrough(source: Source, fetched: FetchedObject, objects: Objects) -> Passthrough:
    """Metadata came with the bytes; tags cost a request, made only where there are some."""
    tags: Mapping[str, str] = {}
    if fetched.info.tag_count:
        tags = objects.tags(source.bucket, source.key, version_id=source.version_id)
    # AWS's own tags are not for others to write.
    kept = {name: value for name, value in tags.items() if not name.startswith("aws:")}
    return Passthrough(metadata=dict(fetched.info.metadata), tags=kept)
