"""The fields of the upload form: what `pipeline upload --set` takes, as far as pipeline.yaml allows it. No AWS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ops import settings as pipeline_settings
from ops.settings import PipelineSettings
from services.resize.settings import Settings as ResizeSettings
from shared.choices import EXTRAS, FITS, FORMATS, FREE_GRAVITIES, HDR, METADATA, POSITIONS

# Before the names of fields that are overrides.
OVERRIDE: Final = "override:"

_CHOICES: Final[dict[str, Sequence[str]]] = {
    "fit": FITS,
    "gravity": FREE_GRAVITIES,
    "watermark": ("on", "off"),
    "watermark-position": POSITIONS,
    "metadata": METADATA,
    "hdr": HDR,
}
_HINTS: Final = {
    "quality": "1 to 100",
    "max-bytes": "1,000 to 100,000,000",
    "sharpen": "0 to 100",
    "trim": "0 to 100; 10 suits photographs",
    "watermark-text": "1 to 100 characters",
    "watermark-opacity": "0 to 1",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field.

    Args:
        name: of the override.
        choices: to choose from; none where it is written.
        hint: what may be written.
    """

    name: str
    choices: Sequence[str] = ()
    hint: str = ""

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.name.replace("-", " ")


def fields(settings: PipelineSettings) -> list[Field]:
    """A field for each override that uploaders may set."""
    resize = ResizeSettings.from_env(pipeline_settings.placeholders(settings, "resize"))
    names = [each.name for each in resize.renditions] + [each.name for each in resize.sets]
    renditions = ", ".join(names)
    hints = _HINTS | {"renditions": f"some of {renditions}"}
    formats = [each for each in FORMATS if each not in EXTRAS or each in resize.extras]
    choices = _CHOICES | {"format": formats}
    return [Field(name=name, choices=choices.get(name, ()), hint=hints.get(name, "")) for name in resize.overrides]


def overridden(values: Iterable[tuple[str, str]]) -> list[str]:
    """The overrides of a form, each "name=value"; an empty field sets nothing."""
    return [
        f"{name.removeprefix(OVERRIDE)}={value.strip()}"
        for name, value in values
        if name.startswith(OVERRIDE) and value.strip()
    ]
