"""From the text of a filter to its tree; the grammar in words is ``grammar.abnf`` beside this file."""

from __future__ import annotations

import re

from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.reader import Reader
from vestibule.scim.filter.tree import (
    And,
    AttributePath,
    Compare,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)

MAX_DEPTH = 50
MAX_TERMS = 500
MAX_LENGTH = 16_384

_OPERATORS: dict[str, Operator] = {str(operator): operator for operator in Operator}
_OPERATOR_NAMES = ", ".join([*_OPERATORS, "pr"])
_NEGATION = re.compile(r"not *\(", re.IGNORECASE)
#: The lookup before every create (W17), read in one go.
_LOOKUP = re.compile(r'([A-Za-z]+)(?:\.([A-Za-z]+))? ([A-Za-z]{2}) "([^"\\\x00-\x1f\ud800-\udfff]*)"')


def parse_filter(
    text: str, *, max_depth: int = MAX_DEPTH, max_terms: int = MAX_TERMS, max_length: int = MAX_LENGTH
) -> Filter:
    """The tree of a filter. InvalidFilter says at which character what was expected.

    Depth counts open brackets of both kinds, terms the comparisons; beyond the limits the
    filter is refused before any of it is held, however long it is.
    """
    if len(text) > max_length:
        raise InvalidFilter(f"The filter has {len(text)} characters; at most {max_length} are read.")
    if (lookup := _LOOKUP.fullmatch(text)) and (operator := _OPERATORS.get(lookup[3].lower())):
        return Compare(AttributePath(lookup[1], lookup[2]), operator, lookup[4])
    parser = FilterParser(Reader(text, "filter", InvalidFilter), max_depth, max_terms)
    tree = parser.filter()
    if parser.reader.at < len(text):
        raise parser.reader.expected('"and", "or" or the end')
    return tree


class FilterParser:
    """One method for each production of the grammar that can nest."""

    __slots__ = ("_depth", "_in_value_path", "_max_depth", "_max_terms", "_terms", "reader")

    def __init__(self, reader: Reader, max_depth: int = MAX_DEPTH, max_terms: int = MAX_TERMS) -> None:
        self.reader = reader
        self._max_depth = max_depth
        self._max_terms = max_terms
        self._depth = 0
        self._terms = 0
        self._in_value_path = False

    def filter(self) -> Filter:
        """Terms joined by "or", each of terms joined by "and"; spaces around it are read too."""
        alternatives: list[Filter] = []
        together: list[Filter] = []
        reader = self.reader
        while True:
            reader.skip_spaces()
            together.append(self._term())
            spaced = reader.skip_spaces()
            word = reader.peek_word()
            joint = word.lower()
            if not spaced or joint not in ("and", "or"):
                break
            reader.at += len(word)
            if not reader.text.startswith(" ", reader.at):
                raise reader.expected(f'a space after "{joint}"')
            if joint == "or":
                alternatives.append(_all_of(together))
                together = []
        if not alternatives:
            return _all_of(together)
        alternatives.append(_all_of(together))
        return Or(tuple(alternatives))

    def value_filter(self) -> Filter:
        """What stands between [ (which has been read) and ], up to and with the latter."""
        if self._in_value_path:
            self.reader.at -= 1
            raise self.reader.expected("an operator: a value path does not hold another")
        self._in_value_path = True
        inner = self._bracketed("]")
        self._in_value_path = False
        return inner

    def _term(self) -> Filter:
        reader = self.reader
        if reader.take("("):
            return self._bracketed(")")
        negation = _NEGATION.match(reader.text, reader.at)
        if negation is not None:
            reader.at = negation.end()
            return Not(self._bracketed(")"))
        path = reader.attribute_path()
        if not reader.take("["):
            return self._test(path)
        inner = self.value_filter()
        if reader.take("."):
            inner = _and_also(inner, self._test(AttributePath(reader.sub_attribute())))
        return ValuePath(path, inner)

    def _test(self, path: AttributePath) -> Filter:
        reader = self.reader
        self._terms += 1
        if self._terms > self._max_terms:
            raise reader.fault(f"more than {self._max_terms} comparisons")
        spaced = reader.skip_spaces()
        word = reader.peek_word()
        keyword = word.lower()
        if spaced and keyword == "pr":
            reader.at += len(word)
            return Present(path)
        operator = _OPERATORS.get(keyword)
        if operator is None or not spaced:
            raise reader.expected(f"an operator ({_OPERATOR_NAMES})")
        reader.at += len(word)
        if not reader.skip_spaces():
            raise reader.expected("a space and a value")
        return Compare(path, operator, reader.literal())

    def _bracketed(self, closing: str) -> Filter:
        reader = self.reader
        self._depth += 1
        if self._depth > self._max_depth:
            raise reader.fault(f"brackets are nested deeper than {self._max_depth}")
        inner = self.filter()
        if not reader.take(closing):
            raise reader.expected(f'"and", "or" or "{closing}"')
        self._depth -= 1
        return inner


def _all_of(terms: list[Filter]) -> Filter:
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _and_also(inner: Filter, test: Filter) -> Filter:
    return And((*inner.terms, test)) if isinstance(inner, And) else And((inner, test))
