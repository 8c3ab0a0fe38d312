"""Sources that Pillow decodes, with its errors converted to the pipeline's. No AWS."""

import importlib
import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from PIL import Image, UnidentifiedImageError

from services.resize import icc_tags
from services.resize.bounds import check_frames, check_size
from services.resize.colour_codes import ColourEncoding
from services.resize.formats.memory_cost import Cost, check_memory, cost
from services.resize.formats.source import Frame, OpenedImage
from services.resize.formats.structure_limits import check_tags
from services.resize.metadata.exif_copyright import copyright_of
from services.resize.settings import Limits
from shared.deadline import Deadline, WatchedBytes
from shared.errors import ImageTooLarge, PipelineError, UnreadableImage
from shared.messages import Copyright

# Pillow's decoders get a file in blocks of 64 kB, each copied twice. A block of this size is all of it, and not copied.
WHOLE: Final = 2**30
# Plug-ins that decode to bytes, from which Pillow then reads the pixels.
_DECODED_TO_BYTES: Final = frozenset({"WEBP", "AVIF"})

_BYTE_BITS: Final = 8
_MAX_REASON: Final = 200
_EXIF_PREFIX: Final = b"Exif\x00\x00"

# Pillow warns about damaged metadata, which is discarded anyway.
warnings.filterwarnings("ignore", module=r"PIL\.")
# A size for which Pillow only warns is not decoded either.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class PillowSource(OpenedImage):
    """A source that Pillow has opened.

    Args:
        image: the image as Pillow opened it.
        format: the format's common name.
        limits: the limits that its frames must stay within.
        deadline: checked at every frame.
        orientation: the EXIF orientation of the stored pixels, 1 to 8.
        encoding: what the numbers mean, where that is not sRGB; the profile is then ignored.
        bits: bits of a sample in the file.
        animated: whether more than its first frame is used.
        plays: how often an animation is shown; 0 is forever.
        lossless: whether the file stores the pixels losslessly.
        warnings: what the uploader should know of the result.
    """

    def __init__(
        self,
        image: Image.Image,
        format: str,  # noqa: A002 - the field's word
        limits: Limits,
        deadline: Deadline,
        *,
        orientation: int = 1,
        encoding: ColourEncoding | None = None,
        bits: int = 8,
        animated: bool = False,
        plays: int = 0,
        lossless: bool = False,
        warnings: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            format=format,
            stored_size=image.size,
            orientation=orientation,
            icc_profile=image.info.get("icc_profile"),
            encoding=encoding,
            bits=bits,
            animated=animated,
            plays=plays,
            lossless=lossless,
            warnings=warnings,
        )
        self._image = image
        self._limits = limits
        self._deadline = deadline

    def copyright_fields(self) -> Copyright | None:
        """Artist and copyright by its own metadata."""
        return copyright_of(self._image)

    def frames(self) -> Iterator[Frame]:
        """The decoded frames, one at a time; see OpenedImage."""
        if not self.animated:
            self._image.load()
            yield Frame(image=self._image, duration_ms=0)
            return
        for image in self._each():
            yield Frame(image=image, duration_ms=_duration_ms(image))

    def _each(self) -> Iterator[Image.Image]:
        """Go from frame to frame while there is one: the header's count is not trusted."""
        image = self._image
        for count in itertools.count(1):
            self._deadline.check()
            try:
                image.seek(count - 1)
            except EOFError:
                return
            check_size(*image.size, self._limits)
            check_frames(count, *image.size, self._limits)
            image.load()
            yield image


@contextmanager
def opened_image(data: bytes, form: str, module: str, limits: Limits, deadline: Deadline) -> Iterator[Image.Image]:
    """Let Pillow open a file with only one decoder, within limits; errors within the block are converted, too.

    Args:
        data: the file.
        form: Pillow's name of the format: naming it keeps every other decoder out.
        module: the module that registers the decoder, imported when an image first needs it: a cold start imports none,
            and Pillow does not import all of its decoders to find it.
        limits: the limits to stay within.
        deadline: any read past it stops the decoder.

    Raises:
        UnreadableImage: damaged or truncated.
        ImageTooLarge: a limit is exceeded.
        ImageTooSlow: the deadline is exceeded.
    """
    plugin = importlib.import_module(module)
    if form == "HEIF":
        plugin.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    with decoder_errors(limits), Image.open(WatchedBytes(data, deadline), formats=(form,)) as image:
        check_size(*image.size, limits)
        if form in _DECODED_TO_BYTES:
            image.decodermaxblock = WHOLE
        if form not in {"JPEG", "JPEG2000"}:  # that depends on the fraction at which it will decode
            check_memory(_cost(image, form), limits)
        # The pixels are used within this, too: damage in a palette appears when something first reads
        # it.
        yield image


def _cost(image: Image.Image, form: str) -> Cost:
    return cost(
        form,
        image.size,
        image.mode,
        transparent="transparency" in image.info,
        animated=is_animated(image),
        bits=int(image.info.get("bit_depth", _BYTE_BITS)),
    )


@contextmanager
def opened_or_repaired(
    data: bytes,
    form: str,
    module: str,
    limits: Limits,
    deadline: Deadline,
    *,
    repair: Callable[[bytes], Iterator[bytes]],
) -> Iterator[Image.Image]:
    """Like opened_image, but a file that does not open is opened again without what the picture does not need.

    Args:
        data: the file.
        form: see opened_image.
        module: see opened_image.
        limits: see opened_image.
        deadline: see opened_image.
        repair: yields the files to open instead, one or two; none where nothing can be left out.

    Raises:
        UnreadableImage: see opened_image, also for the others.
    """
    image = None
    with ExitStack() as stack:
        try:
            image = stack.enter_context(opened_image(data, form, module, limits, deadline))
        except UnreadableImage:
            for candidate in repair(data):
                with suppress(UnreadableImage):
                    image = stack.enter_context(opened_image(candidate, form, module, limits, deadline))
                    break
            if image is None:
                raise
        yield image


def without_grey_profile(image: Image.Image) -> Image.Image:
    """An image in colours, without a profile of grey: Chromium 156 ignores that, even where all its pixels are grey."""
    if (image.info.get("icc_profile") or b"")[icc_tags.COLOUR_SPACE] == b"GRAY":
        del image.info["icc_profile"]
    return image


@contextmanager
def decoder_errors(limits: Limits) -> Iterator[None]:
    """Convert anything that a decoder raises to a permanent error: the same bytes give the same error again.

    Args:
        limits: limits that also set Pillow's own limit of pixels, as a backstop.
    """
    # Pillow has one limit for all threads, and a process has one set of limits.
    Image.MAX_IMAGE_PIXELS = limits.pixels
    try:
        yield
    except (PipelineError, MemoryError, GeneratorExit, ImportError):  # a missing module is not the file's fault
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        found = f"the image has {int(pixels[0]):,} pixels" if pixels else "the image has too many pixels"
        raise ImageTooLarge(f"{found}; the limit is {limits.pixels:,} (limits.pixels)") from error
    except UnidentifiedImageError as error:
        raise UnreadableImage("the header is damaged or of an unsupported kind") from error
    except Exception as error:
        raise UnreadableImage(f"the image does not decode: {_plain(error)}") from error


# Phrases in which Pillow 13 reports damage in terms of its own internals.
_INNER_WORDS: Final = re.compile("data stream|decoder object|cannot load this image|Expected to read", re.IGNORECASE)


def _plain(error: Exception) -> str:
    """A decoder's error in plain words: Python's messages about an index or a key mean nothing to people."""
    message = str(error)
    if re.search("truncat|incomplete|premature|more data|not enough", message, re.IGNORECASE):
        return "it is truncated"
    if (
        not isinstance(error, OSError | SyntaxError | RuntimeError)
        or isinstance(error, RecursionError | NotImplementedError)
        or not message.isprintable()
        or "'" in message
        or _INNER_WORDS.search(message)
    ):
        return "its data is damaged"
    if isinstance(error, OSError) and error.errno is not None:
        return "its data is damaged"
    return message[:_MAX_REASON] or "its data is damaged"


def without_exif_bomb(image: Image.Image) -> Image.Image:
    """The image without EXIF that would fill the memory when a tag is read."""
    exif = image.info.get("exif") or b""  # a HEIC without it has None
    try:
        check_tags(exif, len(_EXIF_PREFIX) if exif.startswith(_EXIF_PREFIX) else 0, "the EXIF")
    except ImageTooLarge:
        del image.info["exif"]
    return image


def is_animated(image: Image.Image) -> bool:
    """Whether Pillow counts more than one frame."""
    return bool(getattr(image, "is_animated", False))


def _duration_ms(image: Image.Image) -> int:
    value = image.info.get("duration") or 0
    return round(value) if isinstance(value, int | float) and math.isfinite(value) and value > 0 else 0
