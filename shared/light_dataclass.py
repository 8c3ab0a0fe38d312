"""The standard library's frozen dataclass at a quarter of its cost at a cold start."""

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ["dataclass"]

if TYPE_CHECKING:
    # To a type checker it is the standard library's.
    from dataclasses import dataclass
else:
    from collections.abc import Callable
    from typing import Literal

    def dataclass(*, frozen: Literal[True], kw_only: bool = False) -> Callable[[type], type]:
        """Make a class a frozen dataclass, of which one method is compiled and not six.

        dataclasses.dataclass writes six methods of a frozen class as source and compiles each. Only __init__ differs
        from class to class: the others are those of _Methods, and do the same. __init__ sets each field by an ordinary
        assignment, so a field can be set once. docs/adr/0056-light-dataclasses.md has figures.

        Args:
            frozen: True. Other classes take dataclasses.dataclass.
            kw_only: whether __init__ takes its arguments by name alone.
        """
        if frozen is not True:
            raise TypeError("dataclasses.dataclass makes a class that is not frozen")

        def made(cls: type) -> type:
            own = set(vars(cls))
            cls = dataclasses.dataclass(kw_only=kw_only, repr=False, eq=False)(cls)
            for name in _METHODS - own:
                setattr(cls, name, vars(_Methods)[name])
            return cls

        return made


class _Methods:
    """What every frozen dataclass has in common."""

    __dataclass_fields__: "ClassVar[dict[str, dataclasses.Field[Any]]]"

    def __repr__(self) -> str:
        shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        hashed = (each for each in dataclasses.fields(self) if (each.compare if each.hash is None else each.hash))
        return hash(tuple(getattr(self, each.name) for each in hashed))

    def __setattr__(self, name: str, value: object) -> None:
        values = self.__dict__
        if name in values or name not in self.__dataclass_fields__:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        values[name] = value  # twice as fast as object.__setattr__

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_METHODS = frozenset({"__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"})


def _compared(instance: _Methods) -> tuple[object, ...]:
    return tuple(getattr(instance, each.name) for each in dataclasses.fields(instance) if each.compare)
