"""The native libraries that read images: the version that is here, and the least that is safe, with the reason."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from PIL import features

# An advisory audit of Python packages does not see what a wheel bundles: PyPI's advisories name neither libheif nor
# libtiff. So each library has a floor here, which a test and `pipeline doctor` hold. Raise a floor when an advisory
# names a newer version; the lock files must then bring a wheel that has it.


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least version of a native library that may read images.

    Args:
        name: of the library, as its authors call it.
        at_least: the version.
        reason: what is wrong with older ones.
        source: where that is written.
    """

    name: str
    at_least: str
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A floor besides what is here.

    Args:
        floor: of the library.
        found: the version that is loaded; None where there is none.
    """

    floor: Floor
    found: str | None

    @property
    def safe(self) -> bool:
        """Whether the version that is loaded is the floor or newer."""
        return self.found is not None and _numbers(self.found) >= _numbers(self.floor.at_least)


FLOORS: Final = (
    Floor(
        name="libheif",
        at_least="1.23.4",
        reason="CVE-2026-84383 and two more fixes rated high; 1.23.3 and 1.23.2 fix heap overflows rated critical",
        source="https://github.com/strukturag/libheif/releases/tag/v1.23.4",
    ),
    Floor(
        name="libde265",
        at_least="1.1.3",
        reason="GHSA-xp3h-6f5r-8cxp and GHSA-mm7m-v26f-wf8x, closed in 1.1.2, and more in 1.1.3",
        source="https://github.com/strukturag/libde265/releases",
    ),
    Floor(
        name="libavif",
        at_least="1.3.0",
        reason="CVE-2025-48174 and CVE-2025-48175: buffer overflows by integer overflow",
        source="https://nvd.nist.gov/vuln/detail/CVE-2025-48174",
    ),
    Floor(
        name="libwebp",
        at_least="1.3.2",
        reason="CVE-2023-4863: heap overflow in the lossless decoder, exploited in the wild",
        source="https://github.com/webmproject/libwebp/releases/tag/v1.3.2",
    ),
    Floor(
        name="libtiff",
        at_least="4.7.2",
        reason="CVE-2026-4775; 4.7.1 fixes CVE-2025-9900, a heap write through a crafted image height",
        source="https://libtiff.gitlab.io/libtiff/releases/v4.7.2.html",
    ),
    Floor(
        name="libjpeg-turbo",
        at_least="3.0.0",
        reason="CVE-2023-2804: heap overflow in merged upsampling of 12-bit samples",
        source="https://nvd.nist.gov/vuln/detail/CVE-2023-2804",
    ),
    Floor(
        name="FreeType",
        at_least="2.14.3",
        reason="its authors ask all to update for memory safety; 2.14.2 fixes CVE-2026-23865",
        source="https://sourceforge.net/projects/freetype/files/freetype2/2.14.3/",
    ),
    Floor(
        name="Little CMS",
        at_least="2.19",
        reason="CVE-2026-41254: integer overflow in the size of a profile's table, up to 2.18",
        source="https://nvd.nist.gov/vuln/detail/CVE-2026-41254",
    ),
    Floor(
        name="zlib-ng",
        at_least="2.3.3",
        reason="no advisory is known; the version that the corpus of hostile files was read with",
        source="https://github.com/zlib-ng/zlib-ng/releases/tag/2.3.3",
    ),
    Floor(
        name="ISA-L",
        at_least="2.32.1",
        reason="its authors fixed an internal buffer overrun in igzip",
        source="https://github.com/intel/isa-l/releases/tag/v2.32.1",
    ),
    Floor(
        name="OpenJPEG",
        at_least="2.5.4",
        reason="CVE-2025-54874: heap write through a crafted JPEG 2000 header",
        source="https://nvd.nist.gov/vuln/detail/CVE-2025-54874",
    ),
)


def judged() -> Iterator[Judged]:
    """Every floor besides the version that is loaded, asked of the libraries themselves."""
    for floor in FLOORS:
        yield Judged(floor=floor, found=_FOUND[floor.name]())


def _pillow(feature: str) -> Callable[[], str | None]:
    return lambda: features.version(feature)


def _libheif() -> str | None:
    import pi_heif  # noqa: PLC0415 - only who asks loads the decoder

    return str(pi_heif.libheif_info()["libheif"])


def _isa_l() -> str | None:
    import isal  # noqa: PLC0415 - only who asks loads it

    return isal.ISAL_VERSION


def _libde265() -> str | None:
    """What libheif says of its plug-in: "libde265 HEVC decoder, version 1.1.3"."""
    import pi_heif  # noqa: PLC0415 - only who asks loads the decoder

    match = re.search(r"version ([\d.]+)", str(pi_heif.libheif_info()["decoders"].get("libde265")))
    return match[1] if match else None


_FOUND: Final[dict[str, Callable[[], str | None]]] = {
    "ISA-L": _isa_l,
    "libheif": _libheif,
    "libde265": _libde265,
    "libavif": _pillow("avif"),
    "libwebp": _pillow("webp"),
    "libtiff": _pillow("libtiff"),
    "libjpeg-turbo": _pillow("libjpeg_turbo"),
    "FreeType": _pillow("freetype2"),
    "Little CMS": _pillow("littlecms2"),
    "zlib-ng": _pillow("zlib_ng"),
    "OpenJPEG": _pillow("jpg_2000"),
}


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version: "2.3.3.zlib-ng" is (2, 3, 3)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
