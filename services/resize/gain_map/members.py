"""Where the gain map of a rendition is on its way to watermark: members of the intermediate ZIP. No AWS."""

from typing import Final

from services.resize.packing import pack
from services.resize.rendered import KeptGainMap
from shared.messages import GainMapMembers

# Suffixes of members' names; no rendition has a name with a dot.
_GAIN_MAP: Final = ".gain-map"
_BASE: Final = ".base"
_PROFILE: Final = ".profile"


def gain_map_members(kept: KeptGainMap, member: str, members: dict[str, bytes]) -> GainMapMembers:
    """Add a gain map to the members, and say which they are.

    Args:
        kept: the gain map, and the picture that it applies to.
        member: name of the rendition's member.
        members: the members so far.
    """
    members[member + _GAIN_MAP] = kept.jpeg
    if kept.base is None or kept.profile is None:
        return GainMapMembers(jpeg=member + _GAIN_MAP)
    # The rendition in sRGB stays beside it: other formats get it, and releases of watermark that know no gain map.
    members[member + _BASE] = pack([kept.base], animated=False)
    members[member + _PROFILE] = kept.profile
    return GainMapMembers(jpeg=member + _GAIN_MAP, base=member + _BASE, profile=member + _PROFILE)
