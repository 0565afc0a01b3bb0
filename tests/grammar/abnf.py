"""ABNF (RFC 5234) read from a file, and texts made by its rules: what is generated is what the file says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.reference.worlds import Chooser

#: RFC 5234 appendix B.1, as far as it is used.
_CORE = r"""
ALPHA  = %x41-5A / %x61-7A
DIGIT  = %x30-39
HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
DQUOTE = %x22
SP     = %x20
"""
_TOKEN = re.compile(
    r'"[^"]*"|%x[0-9A-Fa-f]+(?:-[0-9A-Fa-f]+)?|[0-9]*\*[0-9]*|[0-9]+|[A-Za-z][A-Za-z0-9-]*|[/()\[\]]'
)


@dataclass(frozen=True)
class Text:
    """A word, in any letter case."""

    text: str


@dataclass(frozen=True)
class Range:
    """One character from a range of code points."""

    first: int
    last: int


@dataclass(frozen=True)
class Rule:
    """Another rule."""

    name: str


@dataclass(frozen=True)
class Repeated:
    """Something so many times; ``most`` None has no bound."""

    what: Element
    least: int
    most: int | None


@dataclass(frozen=True)
class Sequence:
    """One after another."""

    parts: tuple[Element, ...]


@dataclass(frozen=True)
class Choice:
    """One of them."""

    parts: tuple[Element, ...]


Element = Text | Range | Rule | Repeated | Sequence | Choice


class Grammar:
    """The rules of a file."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Element] = {}
        for name, body in _definitions(_CORE) + _definitions(text):
            reader = _Reader(_TOKEN.findall(body))
            self.rules[name] = reader.choice()
            assert not reader.left, f"{name}: {reader.left}"
        self._depths = self._least_depths()

    def text(
        self, rule: str, choose: Chooser, *, depth: int = 12, never_within: dict[str, str] | None = None
    ) -> str:
        """A text of that rule. ``never_within``: a rule and another that never stands inside of it."""
        return "".join(_Maker(self, choose, never_within or {}).make(Rule(rule), depth, frozenset()))

    def depth(self, element: Element) -> int:
        """How many rules the shortest text of the element goes through."""
        match element:
            case Rule(name):
                return self._depths.get(name, 1_000) + 1
            case Repeated(what, least, _):
                return self.depth(what) if least else 0
            case Sequence(parts):
                return max(map(self.depth, parts), default=0)
            case Choice(parts):
                return min(map(self.depth, parts))
        return 0

    def _least_depths(self) -> dict[str, int]:
        self._depths = {}
        while True:
            known = {name: self.depth(body) for name, body in self.rules.items()}
            known = {name: depth for name, depth in known.items() if depth < 1_000}
            if known == self._depths:
                assert known.keys() == self.rules.keys(), "a rule without an end"
                return known
            self._depths = known


class _Maker:
    def __init__(self, grammar: Grammar, choose: Chooser, never_within: dict[str, str]) -> None:
        self._grammar, self._choose, self._never_within = grammar, choose, never_within

    def make(self, element: Element, depth: int, barred: frozenset[str]) -> list[str]:
        choose = self._choose
        match element:
            case Text(text):
                return [choose.one_of([text, text, text.upper(), text.lower()])]
            case Range(first, last):
                return [chr(_code_point(choose, first, last))]
            case Rule("SP"):
                return [choose.one_of([" ", " ", " ", "  "])]
            case Rule(name):
                if name in self._never_within:
                    barred = barred | {self._never_within[name]}
                return self.make(self._grammar.rules[name], depth - 1, barred)
            case Repeated(what, least, most):
                times = least
                if self._grammar.depth(what) < depth:
                    times += choose.below(min(4, (most if most is not None else least + 3) - least + 1))
                return [piece for _ in range(times) for piece in self.make(what, depth, barred)]
            case Sequence(parts):
                return [piece for part in parts for piece in self.make(part, depth, barred)]
            case Choice(parts):
                allowed = [part for part in parts if not (isinstance(part, Rule) and part.name in barred)]
                fitting = [part for part in allowed if self._grammar.depth(part) < depth]
                shortest = min(allowed, key=self._grammar.depth)
                return self.make(choose.one_of(fitting) if fitting else shortest, depth, barred)


def _code_point(choose: Chooser, first: int, last: int) -> int:
    """Mostly one of the first 64, for letters; now and then from anywhere."""
    if last - first > 255 and choose.one_in(3):
        return first + (choose.below(256) * 65_536 + choose.below(256) * 256 + choose.below(256)) % (
            last - first + 1
        )
    return first + choose.below(min(64, last - first + 1))


def _definitions(text: str) -> list[tuple[str, str]]:

    joined = re.sub(r"\n[ \t]+", " ", "\n".join(map(_without_comment, text.splitlines())))
    return [
        (name.strip(), body)
        for name, _, body in (line.partition("=") for line in joined.splitlines())
        if body
    ]


def _without_comment(line: str) -> str:
    return re.sub(r'^((?:[^";]|"[^"]*")*);.*', r"\1", line)


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def choice(self) -> Element:
        parts = [self._sequence()]
        while self.left and self.left[0] == "/":
            self.left.pop(0)
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Element:
        parts = []
        while self.left and self.left[0] not in ("/", ")", "]"):
            parts.append(self._repeated())
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self) -> Element:
        count = re.fullmatch(r"([0-9]*)(\*?)([0-9]*)", self.left[0])
        if count is None:
            return self._element()
        self.left.pop(0)
        least, star, most = count.groups()
        if not star:
            return Repeated(self._element(), int(least), int(least))
        return Repeated(self._element(), int(least or 0), int(most) if most else None)

    def _element(self) -> Element:
        token = self.left.pop(0)
        if token in ("(", "["):
            inner = self.choice()
            assert self.left.pop(0) == {"(": ")", "[": "]"}[token]
            return inner if token == "(" else Repeated(inner, 0, 1)
        if token.startswith('"'):
            return Text(token[1:-1])
        if token.startswith("%x"):
            first, _, last = token[2:].partition("-")
            return Range(int(first, 16), int(last or first, 16))
        return Rule(token)
