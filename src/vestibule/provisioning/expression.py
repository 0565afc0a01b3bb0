"""The expressions of an attribute mapping, in Okta's notation (W74).

``user.email``, ``"work"``, ``user.firstName + " " + user.lastName``,
``String.substringBefore(user.email, "@")``, ``user.primaryPhone != null ? "work" : null``.
A variable without a value is null; null added to text is nothing.

Pure; nothing here can reach beyond the person it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Value = str | bool | None


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: the person's attributes in, the value out.

    ``constants`` are the values it can give that depend on nobody: all of ``"Manager"``, both ends
    of ``user.title == "CEO" ? "Administrator" : "User"``, none of ``user.title``.
    """

    evaluate: Callable[[Mapping[str, str]], Value]
    constants: frozenset[Value] = frozenset()
    #: Whether it gives the same for everybody.
    is_constant: bool = False

    def __call__(self, person: Mapping[str, str]) -> Value:
        return self.evaluate(person)


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"[^"]*"|'[^']*')
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<sign>==|!=|[+?:(),])
    )""",
    re.VERBOSE,
)
_DEEPEST = 30


class InvalidExpression(ValueError):
    """The text is no expression; the message says where."""


@lru_cache(maxsize=512)
def compile_expression(text: str) -> Expression:
    """The expression that ``text`` spells; raises InvalidExpression."""
    return _Parser(text).whole()


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _before(value: str, mark: str) -> str:
    return value.split(mark, 1)[0] if mark else value


def _after(value: str, mark: str) -> str:
    return value.split(mark, 1)[1] if mark and mark in value else ""


_FUNCTIONS: dict[str, tuple[int, Callable[..., str]]] = {
    "String.toLowerCase": (1, str.lower),
    "String.toUpperCase": (1, str.upper),
    "String.substringBefore": (2, _before),
    "String.substringAfter": (2, _after),
    "String.append": (2, str.__add__),
    "String.removeSpaces": (1, lambda value: value.replace(" ", "")),
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    """Reads one expression, from left to right; nesting is bounded."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._tokens = self._split(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._choice()
        if self._peek().kind != "end":
            raise self._fault("the end")
        return expression

    def _choice(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fault("fewer brackets")
        condition = self._comparison()
        if self._take("?"):
            yes = self._choice()
            if not self._take(":"):
                raise self._fault("a colon")
            no = self._choice()
            self._depth -= 1
            return Expression(
                lambda person: yes(person) if condition(person) else no(person),
                yes.constants | no.constants,
            )
        self._depth -= 1
        return condition

    def _comparison(self) -> Expression:
        left = self._sum()
        for sign, wanted in (("==", True), ("!=", False)):
            if self._take(sign):
                return _compared(left, self._sum(), wanted)
        return left

    def _sum(self) -> Expression:
        parts = [self._single()]
        while self._take("+"):
            parts.append(self._single())
        if len(parts) == 1:
            return parts[0]
        return _made_of(parts, lambda person: "".join(_text(part(person)) for part in parts))

    def _single(self) -> Expression:
        token = self._peek()
        if token.kind == "text":
            self._next += 1
            return _constant(token.text[1:-1])
        if token.kind == "word":
            self._next += 1
            return self._word(token)
        if self._take("("):
            inner = self._choice()
            if not self._take(")"):
                raise self._fault("a closing bracket")
            return inner
        raise self._fault("user.NAME, a text in quotation marks, or a function")

    def _word(self, token: _Token) -> Expression:
        if token.text in ("null", "true", "false"):
            return _constant({"null": None, "true": True, "false": False}[token.text])
        if token.text.startswith("user."):
            name = token.text.removeprefix("user.")
            return Expression(lambda person: person.get(name) or None)
        if token.text not in _FUNCTIONS:
            self._next -= 1
            raise self._fault(f"user.NAME or one of {', '.join(_FUNCTIONS)}")
        count, function = _FUNCTIONS[token.text]
        if not self._take("("):
            raise self._fault("an opening bracket")
        arguments = [self._choice()]
        while self._take(","):
            arguments.append(self._choice())
        if not self._take(")"):
            raise self._fault("a closing bracket")
        if len(arguments) != count:
            raise self._fault(f"{count} argument(s) for {token.text}")
        return _made_of(
            arguments, lambda person: function(*(_text(argument(person)) for argument in arguments))
        )

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, sign: str) -> bool:
        token = self._peek()
        if token.kind == "sign" and token.text == sign:
            self._next += 1
            return True
        return False

    def _split(self, text: str) -> list[_Token]:
        tokens = []
        position = 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                raise InvalidExpression(
                    f"expression {text!r}: at position {position + 1} {text[position]!r} is not understood"
                )
            kind = match.lastgroup or ""
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            position = match.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def _fault(self, expected: str) -> InvalidExpression:
        token = self._peek()
        found = repr(token.text) if token.kind != "end" else "the end"
        return InvalidExpression(
            f"expression {self._source!r}: at position {token.position + 1} {found} was found, expected {expected}"
        )


def _constant(value: Value) -> Expression:
    return Expression(lambda person: value, frozenset({value}), is_constant=True)


def _compared(left: Expression, right: Expression, wanted: bool) -> Expression:
    return Expression(
        lambda person: (_null(left(person)) == _null(right(person))) is wanted, frozenset({True, False})
    )


def _made_of(parts: Sequence[Expression], evaluate: Callable[[Mapping[str, str]], Value]) -> Expression:
    """Of constants alone, a constant."""
    return _constant(evaluate({})) if all(part.is_constant for part in parts) else Expression(evaluate)


def _null(value: Value) -> Value:
    """Empty text and null are one to a mapping."""
    return value if value != "" else None
