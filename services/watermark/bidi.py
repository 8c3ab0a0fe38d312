"""The visual order of characters in a line that runs from right to left, or partly so.

Unicode's bidirectional algorithm, https://www.unicode.org/reports/tr9/, whose rules are named at each step; without
its invisible controls and combining marks, which texts of watermarks do not contain.
"""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final

_STRONG: Final = frozenset({"L", "R", "AL"})
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON"})

# The partner of a mirrored sign has the same name except for one word.
_MIRROR: Final = (("LEFT", "RIGHT"), ("RIGHT", "LEFT"), ("LESS", "GREATER"), ("GREATER", "LESS"))


def visual(line: str) -> str:
    """Reorder a line's characters as they are seen, from left to right.

    Args:
        line: line in the order in which it is written and read, with Arabic glyphs already joined.
    """
    kinds = [unicodedata.bidirectional(char) for char in line]
    # P2, P3: the first strong character sets the line's direction.
    base = int(next((kind for kind in kinds if kind in _STRONG), "L") != "L")
    if base == 0 and not {"R", "AL", "AN"} & set(kinds):
        return line
    levels = _levels(line, kinds, base)
    # L4: a bracket opens in the line's direction.
    seen = [_mirrored(char) if level % 2 else char for char, level in zip(line, levels, strict=True)]
    return "".join(seen[index] for index in _order(levels))


def _levels(line: str, kinds: list[str], base: int) -> list[int]:
    resolved = _weak(kinds, _direction(base))
    _brackets(line, resolved, _direction(base))
    _neutral(resolved, base)
    # I1, I2: text against its surroundings' direction is one level deeper; numbers always run from left to right.
    deeper = ({"R": 1, "AN": 2, "EN": 2}, {"L": 1, "AN": 1, "EN": 1})[base]
    return [base + deeper.get(kind, 0) for kind in resolved]


def _direction(level: int) -> str:
    return "R" if level % 2 else "L"


def _weak(kinds: list[str], before: str) -> list[str]:
    """W2 to W7: the kinds of numbers and their signs, by their surroundings."""
    resolved = _numbers(kinds, before, after="AL", become="AN")  # W2
    resolved = ["R" if kind == "AL" else kind for kind in resolved]  # W3
    for index in range(1, len(resolved) - 1):  # W4
        left, kind, right = resolved[index - 1 : index + 2]
        if left == right and ((kind == "CS" and left in {"EN", "AN"}) or (kind == "ES" and left == "EN")):
            resolved[index] = left
    for start, end in _runs(resolved, frozenset({"ET"})):  # W5
        if "EN" in resolved[max(0, start - 1) : start] + resolved[end : end + 1]:
            resolved[start:end] = ["EN"] * (end - start)
    resolved = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in resolved]  # W6
    return _numbers(resolved, before, after="L", become="L")  # W7


def _numbers(kinds: list[str], strong: str, *, after: str, become: str) -> list[str]:
    """Change the kind of numbers where the strong character before them is of one kind."""
    resolved = []
    for kind in kinds:
        strong = kind if kind in _STRONG else strong
        resolved.append(become if kind == "EN" and strong == after else kind)
    return resolved


def _brackets(line: str, resolved: list[str], embedding: str) -> None:
    """N0: both brackets of a pair take the direction of their content, or else of the text before them."""
    for opening, closing in sorted(_pairs(line, resolved)):
        inside = {_as_strong(kind) for kind in resolved[opening + 1 : closing]} - {None}
        if embedding in inside:
            direction = embedding
        elif inside:
            direction = next(filter(None, map(_as_strong, reversed(resolved[:opening]))), embedding)
        else:
            continue
        resolved[opening] = resolved[closing] = direction


def _pairs(line: str, resolved: list[str]) -> Iterator[tuple[int, int]]:
    """BD16: offsets of opening brackets, each with that of its closing one."""
    waiting: list[tuple[str, int]] = []
    for index, char in enumerate(line):
        if resolved[index] != "ON" or not unicodedata.mirrored(char):
            continue
        if unicodedata.category(char) == "Ps":
            waiting.append((_mirrored(char), index))
        elif unicodedata.category(char) == "Pe":
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == char:
                    yield waiting[depth][1], index
                    del waiting[depth:]
                    break


def _neutral(resolved: list[str], base: int) -> None:
    """N1, N2: neutrals take the direction of both their sides, or else the line's; so L1 has nothing to do."""
    for start, end in _runs(resolved, _NEUTRAL):
        before = _as_strong(resolved[start - 1]) if start else _direction(base)
        after = _as_strong(resolved[end]) if end < len(resolved) else _direction(base)
        resolved[start:end] = [(before if before == after else None) or _direction(base)] * (end - start)


def _as_strong(kind: str) -> str | None:
    """Among neutrals, numbers count as running from right to left."""
    return {"L": "L", "R": "R", "AN": "R", "EN": "R"}.get(kind)


def _runs(kinds: list[str], of: frozenset[str]) -> list[tuple[int, int]]:
    """(start, end) of each unbroken run of these kinds."""
    runs, start = [], 0
    for inside, group in groupby(kinds, lambda kind: kind in of):
        end = start + sum(1 for _ in group)
        if inside:
            runs.append((start, end))
        start = end
    return runs


def _order(levels: list[int]) -> list[int]:
    """L2: from the deepest level up, every run is reversed."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        here = ["in" if levels[index] >= level else "out" for index in order]
        for start, end in _runs(here, frozenset({"in"})):
            order[start:end] = reversed(order[start:end])
    return order


def _mirrored(char: str) -> str:
    """The mirrored sign; the same sign where there is none."""
    if unicodedata.mirrored(char):
        words = unicodedata.name(char)
        for word, other in _MIRROR:
            if word in words:
                try:
                    return unicodedata.lookup(words.replace(word, other))
                except KeyError:
                    continue
    return char
