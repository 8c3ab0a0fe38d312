"""What the model of pipeline.yaml is made of: mappings, and settings with bounds, units and meanings."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

REQUIRED: Final = ...


class Group(BaseModel):
    """A mapping of settings: others than its own are refused, and no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


def setting(
    default: object,
    meaning: str,
    *,
    unit: str | None = None,
    words: str | None = None,
    functions: tuple[str, ...] = (),
    **bounds: Any,  # noqa: ANN401 - numbers and patterns, as pydantic takes them
) -> Any:  # noqa: ANN401 - it stands for a value of the setting's type
    """One setting.

    Args:
        default: REQUIRED where there is none.
        meaning: of the setting, whole sentences.
        unit: of a number.
        words: what a text's pattern means, for people.
        functions: the services that read the setting from their environment.
        bounds: of pydantic's Field: ge, le, min_length, max_length, pattern.
    """
    extra: dict[str, Any] = {"unit": unit, "patternErrorMessage": words, "functions": list(functions)}
    stated = {name: value for name, value in extra.items() if value}
    return Field(default, description=meaning, json_schema_extra=stated, **bounds)


def group(meaning: str, functions: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - as setting
    """A mapping of settings, empty by default."""
    return setting({}, meaning, functions=functions)


def string(default: object, longest: int, meaning: str, **more: Any) -> Any:  # noqa: ANN401 - as setting
    """A text of 1 to `longest` characters."""
    return setting(default, meaning, min_length=1, max_length=longest, **more)


def number(default: object, low: float, high: float, meaning: str, **more: Any) -> Any:  # noqa: ANN401 - as setting
    """A number from low to high."""
    return setting(default, meaning, ge=low, le=high, **more)
