"""What a web page needs of an image in one JSON file: its outputs, and each responsive set as a page states it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

from shared.messages import EncodedRendition, ImageWatermarked
from shared.wire import to_json

CONTENT_TYPE: Final = "application/json"
# It is asked for again each time, by its ETag: it has to be in step with the outputs.
CACHE_CONTROL: Final = "no-cache"
SCHEMA: Final = 1


def manifest(job: ImageWatermarked, keys: Mapping[str, str], digests: Mapping[str, str], own_key: str) -> bytes:
    """The manifest of an image; docs/reference/manifest.schema.json describes each field.

    Args:
        job: what watermark made.
        keys: key of each output by its member.
        digests: SHA-256 of each output by its member, in hexadecimal.
        own_key: key of the manifest: URLs are relative to it.
    """
    source = job.source
    sets = [each for each in job.renditions if each.set is not None]
    value = {
        "schema": SCHEMA,
        "image_id": source.image_id,
        "source": {
            "bucket": source.bucket,
            "key": source.key,
            "version_id": source.version_id,
            "uploaded_at": source.uploaded_at,
            "size_bytes": source.size_bytes,
            "format": job.source_format,
            "width": job.source_width,
            "height": job.source_height,
        },
        "alt_text": job.alt_text,
        "provenance": None if job.provenance is None else to_json(job.provenance),
        "placeholder": job.placeholder,
        "dominant_colour": job.dominant_colour,
        "outputs": [
            {
                "rendition": each.name,
                "set": each.set,
                "page": each.page,
                "key": keys[each.member],
                "url": url(keys[each.member], own_key),
                "content_type": each.content_type,
                "width": each.width,
                "height": each.height,
                "frames": each.frames,
                "size_bytes": each.size_bytes,
                "sha256": digests[each.member],
            }
            for each in job.renditions
        ],
        "sets": [
            _set(name, page, tuple(members), {each.member: url(keys[each.member], own_key) for each in sets})
            for (page, name), members in groupby(
                sorted(sets, key=lambda each: (each.page, each.set)), lambda each: (each.page, each.set)
            )
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def url(key: str, own_key: str) -> str:
    """The URL of an output, relative to the manifest; percent-encoded, so that it can stand in a srcset.

    https://html.spec.whatwg.org/multipage/images.html#srcset-attributes

    Args:
        key: key of the output.
        own_key: key of the manifest.
    """
    there, here = key.split("/"), own_key.split("/")
    same = 0
    while same < min(len(there), len(here)) - 1 and there[same] == here[same]:
        same += 1
    path = "/".join([".."] * (len(here) - 1 - same) + [quote(part, safe="") for part in there[same:]])
    # A key may begin with slashes, or have several: at its beginning they would lead to the top, or to another host.
    # https://url.spec.whatwg.org/#relative-slash-state
    return f"./{path}" if path.startswith("/") else path


def _set(name: str | None, page: int, members: Sequence[EncodedRendition], urls: Mapping[str, str]) -> dict[str, Any]:
    """A set as a <picture> states it: a source per type, best first, and an img of the last type."""
    sources = list(_sources(members, urls))
    last = [each for each in members if each.content_type == sources[-1]["type"]]
    widest = max(last, key=lambda each: each.width)
    return {
        "name": name,
        "page": page,
        "sources": sources,
        "img": {"src": urls[widest.member], "width": widest.width, "height": widest.height},
    }


def _sources(members: Sequence[EncodedRendition], urls: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for form in dict.fromkeys(each.content_type for each in members):
        # Two files can have one width, since max_bytes may take pixels; a srcset has each width once.
        # https://html.spec.whatwg.org/multipage/images.html#srcset-attributes
        by_width: dict[int, str] = {}
        for each in members:
            if each.content_type == form:
                by_width.setdefault(each.width, urls[each.member])
        yield {"type": form, "srcset": ", ".join(f"{found} {width}w" for width, found in by_width.items())}
