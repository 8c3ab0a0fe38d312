"""Light dataclasses do what the standard library's do."""

import ast
import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import pytest

from ops.settings import ROOT
from shared.light_dataclass import dataclass as light

T = TypeVar("T")


@light(frozen=True, kw_only=True)
class Picture:
    """A class of all that fields can be."""

    key: str
    width_px: int = 640
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    body: bytes = dataclasses.field(default=b"", repr=False, compare=False)


Light = Picture


@dataclasses.dataclass(frozen=True, kw_only=True)
class Picture:  # the same name, which is part of repr
    """As above."""

    key: str
    width_px: int = 640
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    body: bytes = dataclasses.field(default=b"", repr=False, compare=False)


Standard = Picture


@light(frozen=True)
class Point:
    """A class whose fields have places."""

    x: int
    y: int = 0


@light(frozen=True, kw_only=True)
class Square(Light):
    """A class that inherits, and has a method of its own."""

    side_px: int

    def __repr__(self):
        return "a square"


@light(frozen=True, kw_only=True)
class Parcel(Generic[T]):
    """A class with a parameter."""

    content: T


@pytest.mark.parametrize("of", [Light, Standard])
def test_it_shows_and_compares_its_fields(of):
    """Both pass one test, so that no sentence of it is about the light ones alone."""
    one, same, other = of(key="a", body=b"1"), of(key="a", body=b"2"), of(key="b")
    assert repr(one) == "Picture(key='a', width_px=640, tags={})"
    assert one == same
    assert one != other
    assert one != "a"
    assert one.__eq__("a") is NotImplemented
    assert one.tags is not same.tags
    assert dataclasses.asdict(one) == {"key": "a", "width_px": 640, "tags": {}, "body": b"1"}
    assert dataclasses.replace(one, key="b", tags={}) == other
    assert [each.name for each in dataclasses.fields(of)] == ["key", "width_px", "tags", "body"]
    assert copy.copy(one) == copy.deepcopy(one) == one


@pytest.mark.parametrize("of", [Light, Standard])
@pytest.mark.parametrize(
    "change",
    [
        lambda each: setattr(each, "key", "b"),
        lambda each: setattr(each, "width_px", 1),
        lambda each: setattr(each, "colour", "red"),
        lambda each: delattr(each, "key"),
        lambda each: delattr(each, "colour"),
    ],
)
def test_no_field_changes(of, change: Callable):
    one = of(key="a")
    with pytest.raises(
        dataclasses.FrozenInstanceError, match=r"cannot (assign to|delete) field '(key|width_px|colour)'"
    ):
        change(one)
    assert one == of(key="a")


@pytest.mark.parametrize("of", [Light, Standard])
def test_it_is_a_key_by_the_fields_that_are_hashed(of):
    assert hash(of(key="a", body=b"1")) == hash(of(key="a", body=b"2", tags={}))
    assert {of(key="a"): 1}[of(key="a", tags={})] == 1


@pytest.mark.parametrize("of", [Light, Standard])
@pytest.mark.parametrize("arguments", [{}, {"key": "a", "colour": "red"}])
def test_wrong_arguments_are_refused(of, arguments):
    with pytest.raises(TypeError, match=r"key|colour"):
        of(**arguments)


def test_arguments_have_places_unless_they_have_names_alone():
    assert Point(1) == Point(1, 0) != Point(1, 1)
    assert hash(Point(1)) == hash(Point(1, 0))
    with pytest.raises(TypeError, match="positional"):
        Light("a")


def test_a_class_inherits_and_keeps_the_methods_that_it_has():
    square = Square(key="a", side_px=2)
    assert repr(square) == "a square"
    assert square != Light(key="a")
    assert square == Square(key="a", side_px=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        square.side_px = 3


def test_a_class_may_have_parameters():
    assert Parcel[int](content=1) == Parcel(content=1)


def test_classes_share_their_methods():
    """What a cold start saves: docs/adr/0056-light-dataclasses.md."""
    for name in ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"):
        assert vars(Light)[name] is vars(Point)[name]


def test_only_frozen_classes_are_light():
    with pytest.raises(TypeError, match="frozen"):
        light(frozen=False)


def test_every_frozen_dataclass_of_a_function_is_light():
    """Where a file has frozen dataclasses, the name is not that of the standard library."""
    origins = {}
    for path in sorted(each for folder in ("shared", "services") for each in (ROOT / folder).rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        if any(isinstance(node, ast.keyword) and node.arg == "frozen" for node in nodes):
            imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
            origins[path.name] = {each.module for each in imports if "dataclass" in {a.name for a in each.names}}
    assert set().union(*origins.values()) == {"shared.light_dataclass"}
    assert len(origins) > 60
