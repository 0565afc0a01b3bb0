"""Attribute paths (RFC 7644 §3.10) and PATCH paths (§3.5.2), read from text."""

from __future__ import annotations

from collections.abc import Collection

from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.parse import MAX_LENGTH, FilterParser
from vestibule.scim.filter.reader import Reader
from vestibule.scim.filter.tree import AttributePath, Path


def parse_path(text: str) -> Path:
    """The path of a PATCH operation. InvalidPath says at which character what was expected."""
    reader = _reader(text)
    attribute = reader.attribute_path()
    if not reader.take("["):
        _expect_end(reader, '"[" or the end')
        return Path(attribute)
    inner = FilterParser(reader).value_filter()
    sub = reader.sub_attribute() if reader.take(".") else None
    _expect_end(reader, "the end" if sub else "a sub-attribute or the end")
    return Path(attribute, inner, sub)


def parse_attribute_path(text: str, urns: Collection[str] = ()) -> AttributePath:
    """One attribute path, as in ``attributes`` or ``sortBy``; InvalidPath where it is none.

    A text that equals one of ``urns`` in any letter case is the extension object itself:
    ``AttributePath("", urn=…)``.
    """
    reader = _reader(text)
    word = text.strip(" ")
    for urn in urns:
        if len(urn) == len(word) and urn.lower() == word.lower():
            return AttributePath("", urn=word)
    path = reader.attribute_path()
    _expect_end(reader, "the end")
    return path


def _reader(text: str) -> Reader:
    if len(text) > MAX_LENGTH:
        raise InvalidPath(f"The path has {len(text)} characters; at most {MAX_LENGTH} are read.")
    reader = Reader(text, "path", InvalidPath)
    reader.skip_spaces()
    return reader


def _expect_end(reader: Reader, expected: str) -> None:
    reader.skip_spaces()
    if reader.at < len(reader.text):
        raise reader.expected(expected)
