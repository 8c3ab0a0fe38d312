"""The floor for a JPEG: libjpeg-turbo alone decodes it at the next larger scale, and encodes the target's pixels."""

import simplejpeg
from serve import serve

_SIDE_PX = 1024
_QUALITY = 82

# libjpeg-turbo supports all eighths, but only these have vector code: 1/2 of 12 MP takes no longer than 3/8.
_DIVISORS = (8, 4, 2, 1)


def chain(data: bytes, kind: str, logo: str | None) -> bytes:  # noqa: ARG001 - a worker's signature
    """Decode at a scale, crop to the size, encode."""
    height, width, *_ = simplejpeg.decode_jpeg_header(data)
    scale = min(1, _SIDE_PX / width, _SIDE_PX / height)
    size = (round(width * scale), round(height * scale))
    divisor = next(each for each in _DIVISORS if width / each >= size[0] and height / each >= size[1])
    pixels = simplejpeg.decode_jpeg(data, min_width=width // divisor, min_height=height // divisor, min_factor=1)
    cut = pixels[: size[1], : size[0]].copy()
    return simplejpeg.encode_jpeg(cut, quality=_QUALITY, colorsubsampling="420")


if __name__ == "__main__":
    serve(f"simplejpeg {simplejpeg.__version__}", chain)
