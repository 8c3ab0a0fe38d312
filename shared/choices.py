"""The words that settings and overrides choose from, said once for the services that share them."""

from typing import Final, Literal

Fit = Literal["inside", "cover", "contain"]
Format = Literal["keep", "jpeg", "png", "webp", "avif"]
Metadata = Literal["none", "copyright"]
Position = Literal[
    "top-left",
    "top-center",
    "top-right",
    "middle-left",
    "middle-center",
    "middle-right",
    "bottom-left",
    "bottom-center",
    "bottom-right",
]

FITS: Final[tuple[Fit, ...]] = ("inside", "cover", "contain")
FORMATS: Final[tuple[Format, ...]] = ("keep", "jpeg", "png", "webp", "avif")
METADATA: Final[tuple[Metadata, ...]] = ("none", "copyright")
POSITIONS: Final[tuple[Position, ...]] = (
    "top-left",
    "top-center",
    "top-right",
    "middle-left",
    "middle-center",
    "middle-right",
    "bottom-left",
    "bottom-center",
    "bottom-right",
)
