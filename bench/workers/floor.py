"""The floor for a JPEG: libjpeg-turbo alone decodes it at the next larger DCT scale, and encodes as many pixels."""

import simplejpeg
from serve import serve

_SIDE_PX = 1024
_QUALITY = 82


def chain(data: bytes, kind: str, logo: str | None) -> bytes:  # noqa: ARG001 - a worker's signature
    """Decode at a scale, cut to the size, encode."""
    height, width, *_ = simplejpeg.decode_jpeg_header(data)
    scale = min(1, _SIDE_PX / width, _SIDE_PX / height)
    size = (round(width * scale), round(height * scale))
    pixels = simplejpeg.decode_jpeg(data, min_width=size[0], min_height=size[1], min_factor=1, fastdct=False)
    cut = pixels[: size[1], : size[0]].copy()
    return simplejpeg.encode_jpeg(cut, quality=_QUALITY, colorsubsampling="420")


if __name__ == "__main__":
    serve(f"simplejpeg {simplejpeg.__version__}", chain)
