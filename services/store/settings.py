"""The settings of store: the keys and headers of outputs."""

from collections.abc import Mapping
from dataclasses import replace
from string import Formatter
from typing import Any, Final, Self

from shared.buckets import OWN, Buckets
from shared.light_dataclass import dataclass
from shared.settings import bad, from_env, required, schema_beside

KEY_FIELDS: Final = ("dir", "stem", "rendition", "page", "ext", "image_id", "width", "digest")
MANIFEST_FIELDS: Final = ("dir", "stem", "name", "image_id")
DEFAULT_KEY: Final = "{dir}{stem}-{rendition}{ext}"
# What has the digest of its bytes in its key never changes under that key.
# https://www.rfc-editor.org/rfc/rfc8246
IMMUTABLE: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, kw_only=True)
class Output:
    """How outputs are written; docs/reference/settings.md describes each field of `output`."""

    key: str = DEFAULT_KEY
    cache_control: str | None = "public, max-age=86400"
    metadata: bool = True
    tags: bool = True
    follow_deletes: bool = False
    manifest: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of store from its environment."""

    work_bucket: str
    output_bucket: str
    output: Output = Output()
    buckets: Buckets = OWN

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, OUTPUT_BUCKET, OUTPUT and BUCKETS.

        Raises:
            BadSetting: a setting is wrong; names it, its value and what is allowed.
        """
        given = from_env(env, schema_beside(__file__))
        return cls(
            work_bucket=required(env, "WORK_BUCKET"),
            output_bucket=required(env, "OUTPUT_BUCKET"),
            output=_output(given.get("output", {})),
            buckets=Buckets.of(given.get("buckets", {})),
        )


def _output(given: Mapping[str, Any]) -> Output:
    output = Output(**given)
    fields = _fields(output.key)
    if fields is not None and "digest" in fields and "cache_control" not in given:
        output = replace(output, cache_control=IMMUTABLE)
    if fields is None or not set(fields) <= set(KEY_FIELDS):
        raise bad("output.key", output.key, "fields " + ", ".join(f"{{{field}}}" for field in KEY_FIELDS))
    if "rendition" not in fields or not {"stem", "image_id"} & set(fields):
        enough = "a template with {rendition} and one of {stem}, {image_id}, or outputs would collide"
        raise bad("output.key", output.key, enough)
    if output.manifest is not None:
        _check_manifest(output.manifest)
    return output


def _check_manifest(template: str) -> None:
    fields = _fields(template)
    if fields is None or not set(fields) <= set(MANIFEST_FIELDS):
        raise bad("output.manifest", template, "fields " + ", ".join(f"{{{field}}}" for field in MANIFEST_FIELDS))
    if not {"stem", "name", "image_id"} & set(fields):
        raise bad("output.manifest", template, "a template with one of {stem}, {name}, {image_id}")


def _fields(template: str) -> list[str] | None:
    """The fields of a template; None where it is not a template, or has other than plain fields."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError:
        return None
    if any(spec or conversion for _, _, spec, conversion in parsed):
        return None
    return [field for _, field, _, _ in parsed if field is not None]
