"""Reading the words of a filter or path from left to right, with the place of every fault."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from vestibule.scim.errors import InvalidFilter, InvalidPath
from vestibule.scim.filter.tree import AttributePath, Literal

_WORD = re.compile(r"[A-Za-z$][A-Za-z0-9$_.:/%+~@#=!*;-]*")
_NAME = re.compile(r"([A-Za-z$][A-Za-z0-9$_-]*)(?:\.([A-Za-z$][A-Za-z0-9$_-]*))?")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_PLAIN_STRING = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"')
_STRING = re.compile(
    r'"[^"\\\x00-\x1f\ud800-\udfff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f\ud800-\udfff]*)*"'
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_FOUND = re.compile(r"[A-Za-z0-9$_.:-]{1,40}")
_WORDS_FOR_VALUES: dict[str, Literal] = {"true": True, "false": False, "null": None}

#: Digits and exponent beyond which a number is refused rather than computed with.
MAX_DIGITS = 40
MAX_EXPONENT = 250
_LONGEST_EXPONENT = len("E+9999")


class Reader:
    """A text and how far it has been read; every fault is raised as ``error`` with its position."""

    __slots__ = ("at", "error", "kind", "text")

    def __init__(self, text: str, kind: str, error: type[InvalidFilter] | type[InvalidPath]) -> None:
        self.text = text
        self.at = 0
        self.kind = kind
        self.error = error

    def skip_spaces(self) -> bool:
        """Whether there was a space; none is left."""
        text, at = self.text, self.at
        while text.startswith(" ", at):
            at += 1
        moved = at > self.at
        self.at = at
        return moved

    def take(self, mark: str) -> bool:
        """Whether ``mark`` stood here; it is read then."""
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def peek_word(self) -> str:
        """The word that stands here, or "" for none."""
        found = _WORD.match(self.text, self.at)
        return found.group() if found else ""

    def attribute_path(self) -> AttributePath:
        """``[URN ":"] name ["." sub]``, or a URN alone."""
        word = self.peek_word()
        if not word:
            raise self.expected("an attribute name")
        path = split_attribute_path(word)
        if path is None:
            self.at += self._fault_in(word)
            raise self.expected("an attribute path such as userName, name.familyName or URN:name")
        self.at += len(word)
        return path

    def sub_attribute(self) -> str:
        """The name after a dot that has been read."""
        word = self.peek_word()
        found = _NAME.fullmatch(word)
        if found is None or found.group(2):
            raise self.expected("the name of a sub-attribute")
        self.at += len(word)
        return word

    def literal(self) -> Literal:
        """A comparison value: JSON string, number, true, false or null."""
        text, at = self.text, self.at
        if text.startswith('"', at):
            return self._string()
        if word := self.peek_word():
            if word.lower() not in _WORDS_FOR_VALUES:
                raise self.expected(f'a value (text needs quotes: "{word[:40]}")')
            self.at += len(word)
            return _WORDS_FOR_VALUES[word.lower()]
        found = _NUMBER.match(text, at)
        if found is None:
            raise self.expected("a value (text in double quotes, number, true, false or null)")
        return self._number(found)

    def expected(self, what: str) -> InvalidFilter | InvalidPath:
        """The error for this place: what was expected and what was found."""
        return self.fault(f"expected {what}, found {self._found()}")

    def fault(self, what: str) -> InvalidFilter | InvalidPath:
        """The error for this place."""
        return self.error(f"The {self.kind} does not parse: at character {self.at + 1}: {what}.")

    def _string(self) -> str:
        plain = _PLAIN_STRING.match(self.text, self.at)
        if plain is not None:
            self.at = plain.end()
            return plain.group(1)
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self.expected("a JSON string with its closing quote, control characters escaped")
        value: str = json.loads(found.group())
        if "\0" in value or _SURROGATE.search(value):
            raise self.fault("U+0000 and lone surrogates are no text")
        self.at = found.end()
        return value

    def _number(self, found: re.Match[str]) -> int | Decimal:
        text = found.group()
        if len(text) > 2 * MAX_DIGITS or len(found.group(2) or "") > _LONGEST_EXPONENT:
            raise self.fault("the number is too long")
        value = Decimal(text)
        # Of its value, not of its notation: what is printed must be read again.
        if len(value.as_tuple().digits) > MAX_DIGITS or abs(value.adjusted()) > MAX_EXPONENT:
            raise self.fault("the number is too long")
        self.at = found.end()
        if not (found.group(1) or found.group(2)):
            return int(text)
        return value if value else value.copy_abs()

    def _found(self) -> str:
        if self.at >= len(self.text):
            return "the end"
        word = _FOUND.match(self.text, self.at)
        return repr(word.group() if word else self.text[self.at])

    def _fault_in(self, word: str) -> int:
        """Where in a word that is no attribute path the fault lies."""
        start = word.rfind(":") + 1
        good = _NAME.match(word, start)
        return good.end() if good else start


def split_attribute_path(word: str) -> AttributePath | None:
    """The parts of an attribute path; None where it is none.

    A URN holds dots and colons itself, so the attribute begins after the last colon. A word that
    only makes sense as a URN is one: ``AttributePath("", urn=word)``.
    """
    colon = word.rfind(":")
    urn = word[:colon] if colon >= 0 else None
    found = _NAME.fullmatch(word, colon + 1)
    if found is not None and urn != "":
        return AttributePath(found.group(1), found.group(2), urn)
    if word.lower().startswith(("urn:", "http:", "https:")) and not word.endswith(":"):
        return AttributePath("", urn=word)
    return None
