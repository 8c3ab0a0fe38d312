"""What is in the work bucket between two services: one stored ZIP per image, one member per rendition (claim check)."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final

from shared import wire
from shared.errors import IntermediateObjectMissing
from shared.messages import Source

CONTENT_TYPE: Final = "application/zip"

# A fixed time, so that the same image gives the same bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def intermediate_key(source: Source, service: str, fingerprint: str) -> str:
    """Where a service leaves an image: the same for every redelivery, another for other settings."""
    return f"{source.image_id}/{service}-{fingerprint}.zip"


def fingerprint(settings: object) -> str:
    """A short hash of settings that change what a service makes.

    Args:
        settings: whatever shared.wire.to_json takes.
    """
    return hashlib.sha256(wire.dumps(wire.to_json(settings)).encode()).hexdigest()[:12]


def pack(members: Mapping[str, bytes]) -> bytes:
    """The members as one ZIP, stored and not compressed: they are read back within seconds."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return packed.getvalue()


def unpack(packed: bytes, names: tuple[str, ...]) -> dict[str, bytes]:
    """The named members of a ZIP.

    Raises:
        IntermediateObjectMissing: it is not a ZIP, or lacks one of them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, KeyError) as error:
        raise IntermediateObjectMissing(f"the intermediate object does not hold {', '.join(names)}: {error}") from error
