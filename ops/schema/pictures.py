"""What the model of pipeline.yaml says of the pictures that are made: renditions, and responsive sets."""

from typing import Annotated, Final, Literal

from pydantic import Field

from ops.schema.fields import REQUIRED, Group, number, setting, string
from services.resize import settings as resizing
from shared.choices import Candidate, Fit, Format, Gravity, SetFormat
from shared.overrides import MAX_BYTES, MAX_SHARPEN, MIN_BYTES, POINT, POINT_WORDS

_NAME: Final = {
    "pattern": "^[a-z0-9][a-z0-9_-]*$",
    "words": "a-z, 0-9, - and _, beginning with a-z or 0-9",
}
Width = Annotated[int, Field(ge=1, le=8192)]
Quality = Annotated[int, Field(ge=1, le=100)]
LossyFormat = Literal["jpeg", "webp", "avif", "jxl"]
_SHARPEN: Final = "How much the edges are made clearer, once the picture has its size. 0: not at all."
_FORMAT_QUALITY: Final = "Quality of some formats instead, each as its encoder counts it: it is not made to look alike."
_QUALITY_TARGET: Final = (
    "SSIMULACRA2 that each picture has as JPEG, WebP, AVIF and JPEG XL, by a quality of its own in place of quality. 79"
    " is what quality 82 has in the median. null: quality counts."
)


class Rendition(Group):
    """One picture that is made of every image."""

    name: str = string(
        REQUIRED,
        32,
        "Name of the rendition, part of the output's key.",
        **_NAME,
    )
    width: int = number(resizing.Rendition.width, 1, 8192, "Width of the box.", unit="px")
    height: int = number(resizing.Rendition.height, 1, 8192, "Height of the box.", unit="px")
    fit: Fit = setting(
        resizing.Rendition.fit,
        "inside: within the box. cover: fills the box, cropped. contain: within the box, padded to it.",
    )
    gravity: Gravity = setting(
        resizing.Rendition.gravity,
        "What cover keeps, and where contain puts the picture; center where fit is inside. attention, of cover alone,"
        " keeps what has the most detail; faces, too, keeps the faces that Rekognition finds for $0.001 an image, else"
        " as attention.",
    )
    focus: str | None = setting(
        None,
        "Point that cover keeps as near to the middle as it can, from left and top; gravity is center then.",
        pattern=f"^{POINT}$",
        words=POINT_WORDS,
    )
    enlarge: bool = setting(
        resizing.Rendition.enlarge, "Whether an image that is smaller than the box is enlarged to it."
    )
    background: str = setting(
        resizing.Rendition.background,
        "Colour beneath all that is transparent, padding included. A JPEG, which has no transparency, gets white. auto,"
        " of contain alone: the colour that most of the edges have where the padding begins.",
        pattern="^(transparent|auto|#[0-9a-fA-F]{6})$",
        words='transparent, auto, or a colour such as "#ffcc00" in quotes',
    )
    sharpen: int = number(resizing.Rendition.sharpen, 0, MAX_SHARPEN, _SHARPEN)
    format: Format = setting(
        resizing.Rendition.format,
        "keep: HEIC, JPEG 2000, TIFF, BMP and MPO become JPEG, or PNG with alpha; TIFF and BMP with flat art"
        " (screenshots, scans) become PNG or lossless WebP, whichever is smaller. smallest: whichever of candidates"
        " has the smallest file at this quality. jxl: JPEG XL, with extras.",
    )
    candidates: list[Candidate] = setting(
        list(resizing.Rendition.candidates),
        "Formats of smallest. JPEG is left out for a picture with alpha. An animation gets the first that can move.",
        min_length=1,
        max_length=5,
    )
    quality: int = number(resizing.Rendition.quality, 1, 100, "Quality of a JPEG. WebP, AVIF and JPEG XL look like it.")
    quality_target: int | None = number(None, 50, 90, _QUALITY_TARGET)
    format_quality: dict[LossyFormat, Quality] = setting({}, _FORMAT_QUALITY)
    max_bytes: int | None = number(
        None,
        MIN_BYTES,
        MAX_BYTES,
        "Greatest size of the file. A larger one gets a lower quality, down to 40; if that is not enough, fewer pixels,"
        " down to a quarter of its sides, and the notification says so. null: any size.",
        unit="bytes",
    )
    watermark: bool = setting(resizing.Rendition.watermark, "Whether the rendition is watermarked.")


class ImageSet(Group):
    """One picture at several widths, each in several formats."""

    name: str = string(
        REQUIRED, 24, "Name of the set; its renditions are called <name>-<width>, such as hero-640.", **_NAME
    )
    widths: list[Width] = setting(
        list(resizing.ImageSet.widths),
        "Widths in pixels. A picture that is narrower than some of them gets its own width in their place.",
        min_length=1,
        max_length=16,
    )
    formats: list[SetFormat] = setting(
        list(resizing.ImageSet.formats),
        "Formats of each width, in the order in which a browser is to choose; the last is the one for all browsers."
        " smallest: one of candidates, the same for all widths of a picture.",
        min_length=1,
        max_length=6,
    )
    candidates: list[Candidate] = setting(
        list(resizing.ImageSet.candidates),
        "Formats of smallest, none of which is in formats. The one whose file is smallest at the middle width is that"
        " of all widths.",
        min_length=1,
        max_length=5,
    )
    background: str = setting(
        resizing.ImageSet.background,
        "Colour beneath all that is transparent. A JPEG gets white where there is none.",
        pattern="^(transparent|#[0-9a-fA-F]{6})$",
        words='transparent, or a colour such as "#ffcc00" in quotes',
    )
    sharpen: int = number(resizing.ImageSet.sharpen, 0, MAX_SHARPEN, _SHARPEN)
    quality: int = number(resizing.ImageSet.quality, 1, 100, "Quality of a JPEG. WebP, AVIF and JPEG XL look like it.")
    quality_target: int | None = number(None, 50, 90, _QUALITY_TARGET)
    format_quality: dict[LossyFormat, Quality] = setting({}, _FORMAT_QUALITY)
    max_bytes: int | None = number(
        None, MIN_BYTES, MAX_BYTES, "Greatest size of each file, as in a rendition. null: any size.", unit="bytes"
    )
    watermark: bool = setting(resizing.ImageSet.watermark, "Whether the pictures of the set are watermarked.")
