"""The words that settings and overrides choose from, defined once for the services that share them."""

from typing import Final, Literal, get_args

Fit = Literal["inside", "cover", "contain"]
Extra = Literal["jxl", "avif10"]
Format = Literal["keep", "smallest", "jpeg", "png", "webp", "avif", "jxl"]
Candidate = Literal["avif", "webp", "jpeg", "png", "jxl"]
SetFormat = Literal["jpeg", "png", "webp", "avif", "jxl", "smallest"]
Gravity = Literal[
    "center",
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
    "attention",
    "faces",
]
FacesMode = Literal["keep", "blur", "pixelate"]
Hdr = Literal["sdr", "keep"]
Metadata = Literal["none", "copyright", "provenance", "copyright+provenance"]
Pages = Literal["first", "all"]
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

# ColourPrimaries of ITU-T H.273 that an HDR output may have: those of sRGB, BT.2020 and Display P3.
HDR_PRIMARIES: Final = (1, 9, 12)
# TransferCharacteristics of H.273 of an HDR output: PQ and HLG.
PQ: Final = 16
HLG: Final = 18
HDR_TRANSFERS: Final = (PQ, HLG)

# Formats of one frame, as they are written here.
STILL_FORMATS: Final = frozenset({"jpeg", "jxl"})
# Those of smallest where nothing else is set: no extra is needed for them.
CANDIDATES: Final[tuple[Candidate, ...]] = ("avif", "webp", "jpeg", "png")
EXTRAS: Final[tuple[Extra, ...]] = get_args(Extra)
AVIF10: Final[Extra] = "avif10"
FITS: Final[tuple[Fit, ...]] = get_args(Fit)
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
GRAVITIES: Final[tuple[Gravity, ...]] = get_args(Gravity)
# Faces cost a request to Rekognition, so pipeline.yaml alone asks for them.
FREE_GRAVITIES: Final[tuple[Gravity, ...]] = tuple(each for each in GRAVITIES if each != "faces")
HDR: Final[tuple[Hdr, ...]] = get_args(Hdr)
METADATA: Final[tuple[Metadata, ...]] = get_args(Metadata)
PAGES: Final[tuple[Pages, ...]] = get_args(Pages)
POSITIONS: Final[tuple[Position, ...]] = get_args(Position)
