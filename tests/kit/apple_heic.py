"""HEICs with a gain map of Apple's, as iPhones write them: an auxiliary picture of grey, and its headroom in XMP."""

import base64

from kit import heif

KIND = "urn:com:apple:photo:2020:aux:hdrgainmap"

# 64 x 48 px in 4:2:0: red falls from left to right, green grows downwards. Both are written by pillow-heif 1.8.1.
COLOUR_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAWltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABjQABAAAAAAAAAHIAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA6WlwcnAA"
    "AADKaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkA"
    "AAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAQAAAAAEAAAAw"
    "AAAAAQAAAAAAAAAC////8AAAAAIAAAAQcGl4aQAAAAADCAgIAAAAF2lwbWEAAAAAAAAAAQABBIECBIMAAAB6bWRhdAAAAG4oAa8TgPVFPeNVwb"
    "P7BdHfp2CQd916wX8VBaj7fArSb+n9ffipzTNdP/rqJI0cAQiqMzBgp5M6/WUXbznziuuWUE/w+jr8rdzZ6Zb7jEdQhWO/QelI048EnGAwqdW7"
    "shHJTwCUbtze9t9g/6luTg=="
)
# 32 x 24 px of grey: white at the top right, black elsewhere.
GREY_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAWJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABhgABAAAAAAAAADEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA4mlwcnAA"
    "AADDaXBjbwAAAHFodmNDAQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAYQABACZCAQEECAAAAwCf+A"
    "AAAwAAHsCCBBZbqrprmwIAAAMAMgAAAwACEGIAAQAGRAHBc8GJAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAACAAAAABAAAAGAAAAAH/"
    "///gAAAAAv///9gAAAACAAAADnBpeGkAAAAAAQgAAAAXaXBtYQAAAAAAAAABAAEEgQIEgwAAADltZGF0AAAALSgBrh2QtSEgifWgMf8GZjocjD"
    "voKKvafXi+0n6hQF5cAdsUR5HmNCBBzMHvgA=="
)


def apple_heic(headroom="4.0", *, gain=GREY_HEIC, kind=KIND, turns=0):
    """A HEIC with a gain map.

    Args:
        headroom: its headroom in XMP; None for no XMP.
        gain: the HEIC whose picture is the gain map.
        kind: URN of the auxiliary picture.
        turns: anticlockwise quarter turns of both.
    """
    turned = (heif.box(b"irot", bytes([turns])),) if turns else ()
    file = heif.Heif(b"heic", b"mif1")
    for number, source in ((1, COLOUR_HEIC), (2, gain)):
        properties, data = _coded(source)
        auxiliary = (heif.auxc(kind),) if number == 2 else ()
        file.item(number, b"hvc1", *properties, *auxiliary, *turned, data=data, hidden=number == 2)
    file.refer(b"auxl", 2, 1)
    if headroom is not None:
        xmp = f"<HDRGainMap:HDRGainMapHeadroom>{headroom}</HDRGainMap:HDRGainMapHeadroom>".encode()
        file.item(3, b"mime", data=xmp, hidden=True).refer(b"cdsc", 3, 2)
    return file.bytes()


def _coded(data):
    """The properties and the coded picture of a HEIC with one item, whose data is at its end."""
    begin = data.index(b"ipco") + 4
    end = begin - 8 + int.from_bytes(data[begin - 8 : begin - 4], "big")
    properties = []
    while begin < end:
        length = int.from_bytes(data[begin : begin + 4], "big")
        properties.append(data[begin : begin + length])
        begin += length
    return properties, data[data.index(b"mdat") + 4 :]
