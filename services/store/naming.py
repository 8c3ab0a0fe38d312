"""The keys of outputs, and the source to which an output belongs. Text only: no AWS."""

import hashlib
import posixpath
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import quote, unquote, urlencode

from shared import sequence as sequences
from shared.buckets import OWN, Buckets
from shared.errors import OutputKeyInvalid, OutputKeyTaken
from shared.light_dataclass import dataclass
from shared.messages import EncodedRendition, Source
from shared.release import VERSION
from shared.sequence import is_newer

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
MAX_KEY_BYTES: Final = 1024
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: names and values together
MAX_METADATA_BYTES: Final = 2048
# Tags travel in a header, encoded. All headers of a PUT have 8 KB (the same page): metadata may take 2.3 KB of it with
# the names of its headers, session token and signature 2 KB, and the others 1 KB.
MAX_TAGS_BYTES: Final = 3_000
_MAX_QUOTED_KEY: Final = 600

# A new name gets the first of each; a source that has one of them keeps its own, capitals included.
EXTENSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png", ".apng"),
    "gif": (".gif",),
    "webp": (".webp",),
    "avif": (".avif",),
    "jxl": (".jxl",),
}
_IMAGE_EXTENSIONS: Final = frozenset(
    {each for group in EXTENSIONS.values() for each in group}
    | {".heic", ".heif", ".hif", ".tif", ".tiff", ".bmp", ".dib", ".mpo", ".avifs"}
    | {".jp2", ".jpx", ".jpf", ".j2k", ".j2c", ".jpc"}
    | {".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"}
)

# Users' own x-amz-meta-pipeline-* are overrides, not facts about the picture: they are not passed through.
_OURS: Final = "pipeline-"


# How many of the hexadecimal digits of a file's SHA-256 are in its key: 64 bits.
DIGEST_LENGTH: Final = 16


def output_key(template: str, source: Source, rendition: EncodedRendition, digest: str, buckets: Buckets = OWN) -> str:
    """The key of an output: "a/test.jpg" gives "a/test-resized.jpg" by the default template.

    Args:
        template: template with fields of services.store.settings.KEY_FIELDS.
        source: source of the output.
        rendition: the output.
        digest: SHA-256 of its bytes, in hexadecimal.
        buckets: whose output prefix the key has in place of the source's own.

    Raises:
        OutputKeyInvalid: the key is longer than S3 allows.
    """
    form = rendition.format
    stem, extension = _stem(source)
    if extension.lower() not in EXTENSIONS[form]:
        extension = EXTENSIONS[form][0]
    fields: dict[str, object] = {"rendition": rendition.name, "page": rendition.page, "width": rendition.width}
    fields |= {"dir": _folder(source, buckets), "image_id": source.image_id, "digest": digest[:DIGEST_LENGTH]}
    key = buckets.output.prefix + template.format(stem=stem, ext=extension, **fields)
    return _checked(key, source, f"rendition {rendition.name}", "output.key")


def manifest_key(template: str, source: Source, buckets: Buckets = OWN) -> str:
    """The key of the manifest of an image.

    Args:
        template: template with fields of services.store.settings.MANIFEST_FIELDS.
        source: the image.
        buckets: whose output prefix the key has in place of the source's own.

    Raises:
        OutputKeyInvalid: the key is longer than S3 allows.
    """
    name = source.key.rpartition("/")[2]
    fields = {"dir": _folder(source, buckets), "stem": _stem(source)[0], "name": name, "image_id": source.image_id}
    key = buckets.output.prefix + template.format(**fields)
    return _checked(key, source, "the manifest", "output.manifest")


def _folder(source: Source, buckets: Buckets) -> str:
    folder, slash, _ = buckets.input.relative(source.key).rpartition("/")
    return folder + slash


def _stem(source: Source) -> tuple[str, str]:
    """The name of a source without its folder, and the extension that images have; empty where it has none of those."""
    name = source.key.rpartition("/")[2]
    stem, extension = posixpath.splitext(name)
    # "v1.2" has no extension: cutting it would make two names equal.
    return (stem, extension) if extension.lower() in _IMAGE_EXTENSIONS else (name, "")


def _checked(key: str, source: Source, what: str, setting: str) -> str:
    length = len(key.encode())
    if length > MAX_KEY_BYTES:
        name = source.key.rpartition("/")[2]
        raise OutputKeyInvalid(
            f"the output key of {what} would have {length:,} bytes;"
            f" S3 allows {MAX_KEY_BYTES:,}: shorten the name {name[:40]!r}… or {setting}"
        )
    return key


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The source to which an output belongs, according to its metadata.

    Args:
        source_hash: hash of the source's bucket and key.
        source_key: key of the source, as far as metadata has room.
        sequence: orders the source's versions: the sequencer, or else the time of the upload.
        made_of: key of the intermediate object from which it was written.
    """

    source_hash: str
    source_key: str
    sequence: str
    made_of: str


def owner(source: Source, made_of: str) -> Owner:
    """The owner of an output of this source."""
    return Owner(
        source_hash=_identity(source),
        source_key=source.key,
        sequence=sequences.of(source),
        made_of=made_of,
    )


def to_metadata(owned: Owner, passthrough: Mapping[str, str]) -> dict[str, str]:
    """The output's metadata: its owner, this version, and as much of the source's as S3 has room for.

    Args:
        owned: the owner.
        passthrough: the source's user metadata; empty where none is kept.
    """
    ours = {
        f"{_OURS}source": owned.source_hash,
        f"{_OURS}source-key": quote(owned.source_key)[:_MAX_QUOTED_KEY],
        f"{_OURS}sequence": owned.sequence,
        f"{_OURS}made-of": owned.made_of,
        # Not part of the owner: a new version of the pipeline does not rewrite outputs of an older one.
        f"{_OURS}version": VERSION,
    }
    room = MAX_METADATA_BYTES - _size_bytes(ours)
    for name in sorted(passthrough):
        cost = _size_bytes({name: passthrough[name]})
        if not name.lower().startswith(_OURS) and cost <= room:
            ours[name] = passthrough[name]
            room -= cost
    return ours


def without_room(owned: Owner, passthrough: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the source's metadata for which an output has no room besides its owner's.

    Args:
        owned: the owner.
        passthrough: the source's user metadata.
    """
    kept = to_metadata(owned, passthrough)
    return tuple(name for name in sorted(passthrough) if name not in kept and not name.lower().startswith(_OURS))


def to_tags(tags: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags for which an output has room besides its metadata, and the names of the others.

    Args:
        tags: the source's.
    """
    kept: dict[str, str] = {}
    for name, value in tags.items():
        if len(urlencode({**kept, name: value})) <= MAX_TAGS_BYTES:
            kept[name] = value
    return kept, tuple(name for name in tags if name not in kept)


def from_metadata(metadata: Mapping[str, str]) -> Owner | None:
    """The owner that an output's metadata names; None where this pipeline did not write it."""
    if f"{_OURS}source" not in metadata:
        return None
    return Owner(
        source_hash=metadata[f"{_OURS}source"],
        source_key=unquote(metadata.get(f"{_OURS}source-key", ""), errors="replace"),
        sequence=metadata.get(f"{_OURS}sequence", ""),
        made_of=metadata.get(f"{_OURS}made-of", ""),
    )


def decide(ours: Owner, theirs: Owner | None, key: str) -> Literal["write", "keep", "superseded"]:
    """What to do with an existing output.

    Returns:
        "write" over an older one, or one with other content; "keep" an equal one; "superseded" by a newer one.

    Raises:
        OutputKeyTaken: the output belongs to another source.
    """
    if theirs is None:
        raise OutputKeyTaken(f"the output key {key} is taken by an object that this pipeline did not write")
    if theirs.source_hash != ours.source_hash:
        raise OutputKeyTaken(f"the output key {key} belongs to {theirs.source_key}: rename one of the two sources")
    if is_newer(theirs.sequence, ours.sequence):
        return "superseded"
    same = not is_newer(ours.sequence, theirs.sequence)
    return "keep" if same and ours.made_of == theirs.made_of else "write"


def may_remove(theirs: Owner | None, source: Source, sequence: str) -> bool:
    """Whether an output is one of this source's, and not of a later version.

    Args:
        theirs: owner of the output; None where this pipeline did not write it.
        source: any version of the source.
        sequence: sequence of the version up to which outputs may be removed.
    """
    if theirs is None or theirs.source_hash != _identity(source):
        return False
    return not is_newer(theirs.sequence, sequence)


def _identity(source: Source) -> str:
    return hashlib.sha256(f"{source.bucket}/{source.key}".encode()).hexdigest()[:20]


def _size_bytes(metadata: Mapping[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
