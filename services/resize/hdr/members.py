"""Where the HDR pixels of a rendition are on their way to watermark: a member of the intermediate ZIP. No AWS."""

from typing import Final

from services.resize.rendered import KeptHdr
from shared.messages import HdrPixels

# Suffix of the member's name; no rendition has a name with a dot.
_HDR: Final = ".hdr"


def hdr_pixels(kept: KeptHdr, member: str, members: dict[str, bytes]) -> HdrPixels:
    """Add the HDR pixels of a rendition to the members, and say which they are.

    Args:
        kept: the pixels.
        member: name of the rendition's member.
        members: the members so far.
    """
    members[member + _HDR] = kept.words
    return HdrPixels(member=member + _HDR, primaries=kept.primaries, transfer=kept.transfer, max_cll=kept.max_cll)
