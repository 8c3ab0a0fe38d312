"""TIFF and BigTIFF: the first of several pages, and the preview of a camera's raw file. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.resize.formats.source import Frame, OpenedImage
from services.resize.formats.tiff import layout as kinds
from services.resize.metadata.exif_copyright import copyright_in
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.deadline import Deadline

if TYPE_CHECKING:
    from PIL import Image

    from services.resize.formats.tiff.directories import Directory
    from services.resize.formats.tiff.layout import Layout
    from services.resize.formats.tiff.pages import Pages
    from shared.messages import Copyright

_ORIENTATION: Final = 274
_LAST_ORIENTATION: Final = 8
_ICC_PROFILE: Final = 34675
_ARTIST: Final = 315
_COPYRIGHT: Final = 33432
_X_RESOLUTION, _Y_RESOLUTION = 282, 283

# Pixels count as square where their sides differ by less, as scanners round. A ratio above the second limit is not a
# page's shape but a mistake. Fax machines have 204 x 98 and 204 x 391 dots per inch: ITU-T T.4, table 2.
_SQUARE_WITHIN: Final = 1.25
_MAX_UNLIKE: Final = 4.5

_LOSSY: Final = frozenset(
    {kinds.OLD_JPEG, kinds.JPEG, kinds.WEBP, kinds.JPEG_2000, kinds.APERIO_YCBCR, kinds.APERIO_RGB}
)


class TiffSource(OpenedImage):
    """One page of a TIFF.

    Args:
        directory: directory of the page.
        pages: pages of the file.
        number: index of the page, from 0.
        limits: the limits that it must stay within.
        deadline: checked between blocks of rows.
    """

    def __init__(self, directory: "Directory", pages: "Pages", number: int, limits: Limits, deadline: Deadline) -> None:
        from services.resize.formats.tiff.layout import Layout  # noqa: PLC0415 - see open_source

        layout = Layout.of(directory, limits)
        self._profile = directory.raw(_ICC_PROFILE) or None
        # Colours that no mode of Pillow combines with alpha are converted through their profile while they are read.
        applied = layout.alpha is not None and layout.photometric in {kinds.CMYK, kinds.CIE_LAB, kinds.ICC_LAB}
        super().__init__(
            format="TIFF",
            stored_size=_shape(directory, layout),
            orientation=orientation_of(directory),
            icc_profile=None if applied else self._profile,
            bits=max(8, layout.bits) if layout.bits <= 16 else 8,
            lossless=layout.compression not in _LOSSY,
            page_count=len(pages.pictures),
        )
        self._directory = directory
        self._pages = pages
        self._number = number
        self._layout = layout
        self._limits = limits
        self._deadline = deadline
        self._image: Image.Image | None = None

    def copyright_fields(self) -> "Copyright | None":
        """Artist and copyright from the page's tags, or from the file's first directory."""
        return copyright_of(self._directory) or copyright_of(self._pages.first)

    def pages(self) -> Iterator[OpenedImage]:
        """Every page from this one on; see OpenedImage."""
        if self.page_count == 1:
            yield self
            return
        for number in range(self._number, len(self._pages.pictures)):
            yield (
                self
                if number == self._number
                else TiffSource(self._pages.pictures[number], self._pages, number, self._limits, self._deadline)
            )

    def frames(self) -> Iterator[Frame]:
        """The decoded page; see OpenedImage."""
        yield Frame(image=self.image(), duration_ms=0)

    def image(self) -> "Image.Image":
        """The decoded page, as it is stored; it is decoded once.

        Raises:
            UnreadableImage: the page does not decode.
            UnsupportedImage: the kind of TIFF is not supported.
        """
        if self._image is None:
            self._image = self._decoded()
        return self._image

    def _decoded(self) -> "Image.Image":
        from services.resize.formats.tiff import old_jpeg, picture  # noqa: PLC0415 - see open_source

        if self._layout.photometric in {kinds.LOG_L, kinds.LOG_LUV}:
            from services.resize.formats.tiff import log_luv  # noqa: PLC0415 - rarely needed

            return log_luv.picture(self._layout, self._directory, self._deadline.check)
        if self._layout.compression == kinds.OLD_JPEG:
            return old_jpeg.picture(self._layout, self._directory, self._deadline)
        return picture.picture(self._layout, self._directory, self._deadline.check, self._profile)


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a TIFF; see opener.opened."""
    # Imported when the first TIFF needs it, as every decoder is.
    import importlib  # noqa: PLC0415

    from services.resize.formats import raw  # noqa: PLC0415
    from services.resize.formats.pillow import decoder_errors  # noqa: PLC0415
    from services.resize.formats.tiff.pages import pages_of  # noqa: PLC0415

    importlib.import_module("PIL.TiffImagePlugin")
    with decoder_errors(limits):
        pages = pages_of(data, deadline.check)
        if pages.raw:
            with raw.preview_of_tiff(data, pages, limits, deadline) as source:
                yield source
            return
        yield TiffSource(pages.pictures[0], pages, 0, limits, deadline)


def copyright_of(directory: "Directory") -> "Copyright | None":
    """Artist and copyright from the tags of a directory."""
    return copyright_in(directory.raw(_ARTIST), directory.raw(_COPYRIGHT))


def orientation_of(directory: "Directory") -> int:
    """Tag 274 of any integer type, 1 to 8; 1 where it is missing or has another value."""
    value = directory.integer(_ORIENTATION, 1)
    return value if 1 <= value <= _LAST_ORIENTATION else 1


def _shape(directory: "Directory", layout: "Layout") -> Size:
    """(width, height) in pixels, enlarged where the resolution says that pixels are not square."""
    across = next(iter(directory.values(_X_RESOLUTION)), 0)
    down = next(iter(directory.values(_Y_RESOLUTION)), 0)
    # Only for pages of fax machines and scanners: photographs often have meaningless resolutions.
    if layout.colours == 1 and layout.photometric <= kinds.BLACK_IS_ZERO and across > 0 and down > 0:
        ratio = across / down
        if _SQUARE_WITHIN < ratio < _MAX_UNLIKE:
            return layout.width, round(layout.height * ratio)
        if _SQUARE_WITHIN < 1 / ratio < _MAX_UNLIKE:
            return round(layout.width / ratio), layout.height
    return layout.width, layout.height
