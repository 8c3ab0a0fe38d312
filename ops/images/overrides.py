"""`--set NAME=VALUE`: overrides for the images of one command, as metadata of their objects."""

from collections.abc import Iterable
from email.header import Header

from ops import settings as pipeline_settings
from ops.errors import CommandError, Exit
from ops.settings import PipelineSettings
from services.resize import effective_settings
from services.resize.settings import Settings as ResizeSettings
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings as WatermarkSettings
from shared import overrides


def metadata_of(pairs: Iterable[str]) -> dict[str, str]:
    """The overrides as user metadata of an object.

    Args:
        pairs: each "name=value".

    Raises:
        CommandError: one has no name or no value, or is given twice.
    """
    metadata: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value.strip()):
            raise CommandError(f"--set {pair}: it must be NAME=VALUE, such as quality=60", Exit.USAGE)
        if overrides.PREFIX + name in metadata:
            raise CommandError(f"--set {name} is given twice", Exit.USAGE)
        metadata[overrides.PREFIX + name] = header(value)
    return metadata


def header(value: str) -> str:
    """A value as a header holds it: ASCII, and anything else as encoded words of RFC 2047, which S3 decodes."""
    if value.isascii() and value.isprintable() and "=?" not in value:
        return value
    return Header(value, "utf-8").encode(linesep="")


def check(settings: PipelineSettings, keys: Iterable[str], metadata: dict[str, str]) -> None:
    """Let the services say now what they would say to these overrides.

    Raises:
        BadOverride: one is wrong for an image under one of these keys.
    """
    resize = ResizeSettings.from_env(pipeline_settings.placeholders(settings, "resize"))
    watermarks = DrawnWatermarks(WatermarkSettings.from_env(pipeline_settings.placeholders(settings, "watermark")))
    for key in keys:
        effective_settings.chosen(resize, key, metadata)
        watermarks.of(key, metadata)
