"""PURE · An expression as somebody writes it → as CEL reads it, sign for sign.

``user.title`` becomes one variable, ``String.append`` one function, ``null`` a variable too: what is
rewritten keeps its length, so that a place in one is the same place in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vestibule.provisioning.expression_functions import CEL_FUNCTIONS, CEL_METHODS, FUNCTIONS
from vestibule.refused import Refused

#: How long an expression may be, and how deep its brackets and choices.
LONGEST = 4_000
DEEPEST = 30

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%!<>?:(),.\[\]])
    )""",
    re.VERBOSE,
)
_ROOTS = ("user", "appuser")
_KEYWORDS = ("true", "false", "null", "in")
_COMPARE = frozenset({"==", "!=", "<", ">", "<=", ">=", "&&", "||", "!", "in"})


class InvalidExpression(Refused, ValueError):
    """The text is no expression; the message says where."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Written:
    """``references`` are what a person must give: variable → (user or appuser, attribute)."""

    text: str
    cel: str
    references: dict[str, tuple[str, str]]
    functions: frozenset[str]
    tokens: tuple[_Token, ...] = field(repr=False)

    @property
    def is_plain(self) -> bool:
        """Whether it is one attribute and nothing else."""
        return len(self.tokens) == 1 and len(self.references) == 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """One of the ends that a choice can take. ``compares``: it is true or false."""

    text: str
    references: bool
    compares: bool


def written(text: str) -> Written:
    """The expression rewritten; raises InvalidExpression for a name that is not known, or too much of anything."""
    if len(text) > LONGEST:
        raise InvalidExpression(
            f"expression of {len(text)} signs: at position {LONGEST + 1} it is too long; {LONGEST} are allowed"
        )
    tokens = tuple(_split(text))
    if not tokens:
        raise InvalidExpression(f"expression {text!r}: at position 1 the end was found, expected {_EXPECTED}")
    _check_depth(text, tokens)
    signs = list(text)
    references: dict[str, tuple[str, str]] = {}
    functions: set[str] = set()
    for number, token in enumerate(tokens):
        if token.kind != "word":
            continue
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        before = tokens[number - 1].text if number else ""
        name = _word(text, token, before, following == "(", references, functions)
        signs[token.at : token.at + len(token.text)] = name
    _check_arguments(text, tokens)
    return Written(text, "".join(signs), references, frozenset(functions), tokens)


def leaves(read: Written) -> Iterator[Leaf]:
    """The ends that its outermost choice can take, in order; itself where it has none."""
    yield from _leaves(read.text, list(read.tokens), read)


_EXPECTED = "user.NAME, appuser.NAME, a text in quotation marks, or a function"


def _word(
    text: str,
    token: _Token,
    before: str,
    is_called: bool,
    references: dict[str, tuple[str, str]],
    functions: set[str],
) -> str:
    word = token.text
    if before == ".":
        if is_called and word in CEL_METHODS:
            return word
        raise _fault(text, token, f"one of {', '.join(CEL_METHODS)}")
    root, dot, rest = word.partition(".")
    if root in _ROOTS and dot and rest:
        attribute, _, method = rest.rpartition(".") if is_called else (rest, "", "")
        if is_called and (not attribute or method not in CEL_METHODS):
            raise _fault(text, token, f"one of {', '.join(CEL_METHODS)} after the attribute")
        name = f"{root}_{attribute.replace('.', '_')}"
        if references.setdefault(name, (root, attribute)) != (root, attribute):
            raise _fault(text, token, "an attribute that differs in more than a dot")
        return f"{name}.{method}" if is_called else name
    if word == "null":
        return "nul_"
    if word in _KEYWORDS:
        return word
    if is_called and word in FUNCTIONS:
        functions.add(word)
        return word.replace(".", "_")
    if is_called and word in CEL_FUNCTIONS:
        return word
    known = (
        f"user.NAME or one of {', '.join(sorted({*FUNCTIONS, *CEL_FUNCTIONS}))}" if is_called else _EXPECTED
    )
    raise _fault(text, token, known)


def _check_depth(text: str, tokens: tuple[_Token, ...]) -> None:
    depth = choices = 0
    for token in tokens:
        if token.kind != "sign":
            continue
        depth += (token.text in "([") - (token.text in ")]")
        choices += token.text in "?!-"
        if depth > DEEPEST or choices > DEEPEST * 2:
            raise _fault(text, token, "fewer brackets")


def _check_arguments(text: str, tokens: tuple[_Token, ...]) -> None:
    open_calls: list[tuple[str, int, int]] = []  # name, commas, where its values begin
    for number, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in "([":
            before = tokens[number - 1] if number else None
            called = before.text if before and before.kind == "word" and token.text == "(" else ""
            open_calls.append((called, 0, number + 1))
        elif token.text == "," and open_calls:
            name, commas, start = open_calls[-1]
            open_calls[-1] = name, commas + 1, start
        elif token.text in ")]" and open_calls:
            name, commas, start = open_calls.pop()
            count = 0 if start == number else commas + 1
            least, most = _takes(name, count)
            if not least <= count <= most:
                expected = f"{least}" if least == most else f"{least} or more"
                raise InvalidExpression(
                    f"expression {text!r}: at position {token.at + 2} {name} has {count} value(s), expected {expected}"
                )


def _takes(name: str, count: int) -> tuple[int, int]:
    if name in FUNCTIONS:
        return FUNCTIONS[name][:2]
    if name in CEL_FUNCTIONS:
        return CEL_FUNCTIONS[name], CEL_FUNCTIONS[name]
    method = name.rpartition(".")[2]
    if method in CEL_METHODS:
        return CEL_METHODS[method], CEL_METHODS[method]
    return count, count


def _leaves(text: str, tokens: list[_Token], read: Written) -> Iterator[Leaf]:
    tokens = _bare(tokens)
    if not tokens:
        return
    split = _choice(tokens)
    if split is not None:
        question, colon = split
        yield from _leaves(text, tokens[question + 1 : colon], read)
        yield from _leaves(text, tokens[colon + 1 :], read)
        return
    references = any(token.kind == "word" and token.text.split(".", 1)[0] in _ROOTS for token in tokens)
    compares = references and any(
        token.text in _COMPARE and depth == 0 for token, depth in _with_depth(tokens)
    )
    last = tokens[-1]
    yield Leaf(text[tokens[0].at : last.at + len(last.text)], references, compares)


def _choice(tokens: list[_Token]) -> tuple[int, int] | None:
    """Where the outermost choice has its question mark and its colon."""
    question, nested = -1, 0
    for number, (token, depth) in enumerate(_with_depth(tokens)):
        if depth or token.kind != "sign":
            continue
        if token.text == "?":
            question, nested = (number, 0) if question < 0 else (question, nested + 1)
        elif token.text == ":" and question >= 0:
            if not nested:
                return question, number
            nested -= 1
    return None


def _bare(tokens: list[_Token]) -> list[_Token]:
    """Without the brackets around all of it."""
    while len(tokens) > 1 and tokens[0].text == "(" and tokens[-1].text == ")":
        depths = [depth for _, depth in _with_depth(tokens)]
        if 0 in depths[1:-1]:
            break
        tokens = tokens[1:-1]
    return tokens


def _with_depth(tokens: list[_Token]) -> Iterator[tuple[_Token, int]]:
    """Each with the brackets around it; a bracket itself stands outside."""
    depth = 0
    for token in tokens:
        is_sign = token.kind == "sign"
        depth -= is_sign and token.text in ")]"
        yield token, depth
        depth += is_sign and token.text in "(["


def _split(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise InvalidExpression(
                f"expression {text!r}: at position {at + 1} {text[at]!r} is not understood"
            )
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind))
        position = match.end()


def _fault(text: str, token: _Token, expected: str) -> InvalidExpression:
    return InvalidExpression(
        f"expression {text!r}: at position {token.at + 1} {token.text!r} was found, expected {expected}"
    )
