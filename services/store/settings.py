"""The settings of store: how outputs are called and what is written beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final, Self

from shared.errors import BadSetting
from shared.settings import Section, required, section_from_env

KEY_FIELDS: Final = ("dir", "stem", "rendition", "page", "ext", "image_id")
DEFAULT_KEY: Final = "{dir}{stem}-{rendition}{ext}"


@dataclass(frozen=True, kw_only=True)
class Output:
    """See `output` of pipeline.yaml.

    Args:
        key: the template of the outputs' keys, with fields of KEY_FIELDS.
        cache_control: the outputs' Cache-Control; None for none.
        metadata: whether the source's user metadata is passthrough.
        tags: whether the source's tags are passthrough.
    """

    key: str = DEFAULT_KEY
    cache_control: str | None = "public, max-age=86400"
    metadata: bool = True
    tags: bool = True


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that store is reported from outside."""

    work_bucket: str
    output_bucket: str
    output: Output = Output()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, OUTPUT_BUCKET and OUTPUT.

        Raises:
            BadSetting: names the setting, its value and what is allowed.
        """
        return cls(
            work_bucket=required(env, "WORK_BUCKET"),
            output_bucket=required(env, "OUTPUT_BUCKET"),
            output=_output(section_from_env(env, "output")),
        )


def _output(section: Section) -> Output:
    default = Output()
    key = section.text("key", default.key, longest=500)
    fields = _fields(key)
    if fields is None or not set(fields) <= set(KEY_FIELDS):
        raise section.bad("key", "fields " + ", ".join(f"{{{field}}}" for field in KEY_FIELDS))
    if "rendition" not in fields or not {"stem", "image_id"} & set(fields):
        raise section.bad("key", "a template with {rendition} and one of {stem}, {image_id}, or outputs would collide")
    cache_control = default.cache_control
    if section.has("cache_control"):
        cache_control = section.optional_text("cache_control", longest=500)
    if cache_control is not None and not (cache_control.isascii() and cache_control.isprintable()):
        raise BadSetting(f"output.cache_control is {cache_control!r}; allowed: printable ASCII")
    output = Output(
        key=key,
        cache_control=cache_control,
        metadata=section.boolean("metadata", default=default.metadata),
        tags=section.boolean("tags", default=default.tags),
    )
    section.finish()
    return output


def _fields(template: str) -> list[str] | None:
    """The fields of a template; None where it is none, or asks for more than a plain field."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError:
        return None
    if any(spec or conversion for _, _, spec, conversion in parsed):
        return None
    return [field for _, field, _, _ in parsed if field is not None]
