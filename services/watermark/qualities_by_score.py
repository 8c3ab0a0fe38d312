"""The quality of each encoder at which one picture has the score that is wanted. No AWS."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PIL import Image

from services.watermark.encoding.files import LOSSY, encode
from shared.deadline import Deadline
from shared.light_dataclass import dataclass
from shared.messages import ResizedRendition


@dataclass(frozen=True, kw_only=True)
class ByScore:
    """A rendition whose encoders' qualities are settled.

    Args:
        rendition: the rendition, with a quality for each format that it may become.
        missed: estimated score of the formats that do not reach the one that is wanted, by format.
    """

    rendition: ResizedRendition
    missed: Mapping[str, float]

    def warning(self, form: str, *, smaller: bool = False) -> str | None:
        """That the file is less alike than it should be; None if it is not.

        Args:
            form: its format.
            smaller: whether its quality was lowered after it was scored, to have fewer bytes.
        """
        if form not in self.missed:
            return None
        called, target = self.rendition.called, self.rendition.quality_target
        score = f"{'less than' if smaller else 'about'} {self.missed[form]:.0f}"
        return f"{called} has a score of {score} as {form}, not {target} (quality_target)"


def by_score(rendition: ResizedRendition, frames: list[Image.Image], deadline: Deadline) -> ByScore:
    """Settle the qualities of a rendition by its quality_target; of an animation, by what is typical for that.

    Args:
        rendition: what resize says of it.
        frames: its pixels, watermarked.
        deadline: checked before each encoding.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    target = rendition.quality_target
    if target is None:
        return ByScore(rendition=rendition, missed={})
    # Imported only here: few pipelines have a target.
    from services.watermark.encoding.target import reached, typical_quality  # noqa: PLC0415

    qualities, missed = dict(rendition.format_quality), {}
    image = frames[0]
    forms = [each for each in rendition.candidates or (rendition.format,) if each in LOSSY and each not in qualities]
    if rendition.candidates and image.mode == "RGBA":
        forms = [each for each in forms if each != "jpeg"]
    for form in forms if not rendition.animated else ():
        found = reached(image, form, target, partial(_encoded, form=form, deadline=deadline))
        qualities[form] = found.quality
        if not found.close:
            missed[form] = found.score
    settled = replace(rendition, quality=typical_quality(target), format_quality=qualities)
    return ByScore(rendition=settled, missed=missed)


def _encoded(image: Image.Image, quality: int, *, form: str, deadline: Deadline) -> bytes:
    deadline.check()
    return encode([image], form, quality=quality, format_quality={form: quality}, animation=None).data
