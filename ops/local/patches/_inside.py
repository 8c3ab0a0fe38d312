"""Wraps the emulator's own functions; stops the start if a function differs from the one that the patch is for."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

Function = Callable[..., Any]


def wrap(module: ModuleType, name: str, parameters: str, around: Callable[[Function], Function]) -> None:
    """Replace a function of a module of the emulator by a wrapper, which gets the original.

    `parameters` has the names of the function's parameters, in order.

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
