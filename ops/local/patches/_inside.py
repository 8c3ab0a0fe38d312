"""Takes hold of the emulator's own functions, and lets none start whose inside is not the one that was patched."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

Function = Callable[..., Any]


def wrap(module: ModuleType, name: str, parameters: str, around: Callable[[Function], Function]) -> None:
    """Put a function of ours, which knows the emulator's own, in its place.

    Args:
        module: of the emulator.
        name: of its function.
        parameters: that the function must have, by name and in order.
        around: the function there to the one that takes its place.

    Raises:
        RuntimeError: it has no such function: another version, on which this patch was never tried.
    """
    found = getattr(module, name, None)
    if not inspect.isfunction(found):
        raise RuntimeError(f"{module.__name__} has no {name}: this patch is for another version of the emulator")
    there = " ".join(inspect.signature(found).parameters)
    if there != parameters:
        raise RuntimeError(f"{module.__name__}.{name} takes ({there}), and was expected to take ({parameters})")
    setattr(module, name, around(found))
