"""What a person is known by, and taking it out of what was kept about others. Pure.

What is kept about the person themselves goes as a whole, by their id. Elsewhere (a bulk request, a group's
members with their names, a filter, a sign-in that failed) only what tells who is meant is taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

ERASED = "[erased]"

#: Attributes whose values tell who somebody is. Others (a title, a department) many people share.
_TELLING = frozenset(
    {
        "username",
        "externalid",
        "displayname",
        "nickname",
        "profileurl",
        "emails",
        "phonenumbers",
        "ims",
        "photos",
        "accounts",
        "x509certificates",
        "employeenumber",
    }
)
_ADDRESS_PARTS = ("formatted", "streetAddress")
#: A shorter value would be found in the middle of anything.
_SHORTEST = 3
#: What stays of an object that is about the person: none of it tells who they are.
_STAYS = frozenset(
    {"schemas", "id", "value", "path", "location", "method", "op", "type", "status", "$ref", "bulkid"}
)
_JSON = ("{", "[")
_HALVES = frozenset({"name.givenName", "name.familyName"})
#: Letters that a regular expression takes for an i, and ``casefold`` does not.
_EYES = str.maketrans({"İ": "i", "ı": "i"})


def telling_values(documents: Iterable[Mapping[str, Any]], further: Iterable[str] = ()) -> tuple[str, ...]:
    """The values of these SCIM documents, and the further ones, by which their person is known; longest first."""
    known = Known()
    for document in documents:
        known.document(document)
    return known.values(further)


def documents_of_event(payload: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """What an event's ``{path: [before, after]}`` says of attributes, as documents."""
    for path, values in (payload or {}).items():
        if not isinstance(values, list):
            continue
        head, *rest = re.split(r"[.\[]", path.rpartition(":")[2])
        for value in values:
            if head.lower() == "name" and rest and isinstance(value, str):
                yield {"name": {rest[0]: value}}
            elif value is not None:
                yield {head: value}


class Known:
    """Gathers what a person was ever known by: from documents, and from what events say, the oldest first."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._name: dict[str, Any] = {}

    def document(self, document: Mapping[str, Any]) -> None:
        """As the person was at some time."""
        self._found.update(dict.fromkeys(value.strip() for value in _of(document)))

    def event(self, payload: Mapping[str, Any] | None) -> None:
        """``{path: [before, after]}``. A name is whole by what earlier events said of its other half."""
        for document in documents_of_event(payload):
            self.document(document)
        for at in (0, 1):
            for path, values in (payload or {}).items():
                if path in _HALVES and isinstance(values, list) and len(values) == 2:
                    self._name[path.partition(".")[2]] = values[at]
            self.document({"name": self._name})

    def values(self, further: Iterable[str] = ()) -> tuple[str, ...]:
        """All of it with the further ones, longest first; without what is too short to tell anybody."""
        found = {**self._found, **dict.fromkeys(value.strip() for value in further)}
        return tuple(sorted((v for v in found if len(v) >= _SHORTEST), key=lambda v: (-len(v), v)))


class Traces:
    """Finds a person of that id and those values in texts, and takes them out."""

    def __init__(self, id: str, values: Iterable[str]) -> None:
        self._id = id
        values = tuple(values)
        self._values = {value.casefold() for value in values}
        self._folded = {_folded(value) for value in values}
        words = [re.escape(value) for value in values]
        #: Letters and digits beside a value make it another one; in scripts without spaces nothing does.
        self._named = (
            re.compile(
                "|".join(f"{_edge(v, 0)}{w}{_edge(v, -1)}" for v, w in zip(values, words, strict=True)), re.I
            )
            if words
            else None
        )

    def speak_in(self, text: str) -> bool:
        """Whether the text may speak of the person: by a value, or by the id, in whatever spelling."""
        if self._id in text or self._names(text):
            return True
        if "\\u" in text or "%" in text:
            return self._names(unquote_plus(_unescaped(text)))
        return False

    def without(self, text: str | None) -> str | None:
        """The text without them; the very text where it does not speak of them."""
        if not text or not self.speak_in(text):
            return text
        return self._text(text)

    def without_in(self, value: Any) -> Any:
        """JSON's kinds of values without them."""
        if isinstance(value, dict):
            about = self._is_about(value)
            return {
                key: self.without_in(one) if not about or key.lower() in _STAYS else ERASED
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [self.without_in(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if text.startswith(_JSON):
            try:
                parsed = json.loads(text)
            except (ValueError, RecursionError):
                parsed = None
            if isinstance(parsed, dict | list):
                clean = self.without_in(parsed)
                return text if clean == parsed else json.dumps(clean, ensure_ascii=False)
        if self._named is None:
            return text
        if "%" in text and self._names(unquote_plus(text)) and not self._names(text):
            return ERASED
        return self._named.sub(ERASED, text)

    def _is_about(self, value: Mapping[str, Any]) -> bool:
        for key, one in value.items():
            if not isinstance(one, str):
                continue
            if one == self._id or one.casefold() in self._values:
                return True
            if key.lower() in ("path", "location") and one.rpartition("/")[2] == self._id:
                return True
        return False

    def _names(self, text: str) -> bool:
        if self._named is None:
            return False
        # Of a thousand names and more: a regular expression tries them one by one at every letter.
        folded = _folded(text)
        return any(value in folded for value in self._folded) and self._named.search(text) is not None


def _of(document: Mapping[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        word = key.lower()
        if word in _TELLING:
            yield from _texts(value)
        elif word == "name" and isinstance(value, Mapping):
            yield from _whole_names(value)
        elif word == "addresses" and isinstance(value, list):
            for address in value:
                if isinstance(address, Mapping):
                    yield from (str(address[part]) for part in _ADDRESS_PARTS if address.get(part))
        elif key.startswith("urn:") and isinstance(value, Mapping):
            yield from _of(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        for key in ("value", "display", "$ref"):
            yield from _texts(value.get(key))


def _whole_names(name: Mapping[str, Any]) -> Iterator[str]:
    """Given and family name together, in either order; one alone is somebody else's too."""
    if isinstance(name.get("formatted"), str):
        yield name["formatted"]
    given, family = name.get("givenName"), name.get("familyName")
    if isinstance(given, str) and isinstance(family, str) and given and family:
        for joint in (" ", "", ", ", "\u3000"):
            yield f"{given}{joint}{family}"
            yield f"{family}{joint}{given}"


def _folded(text: str) -> str:
    return text.translate(_EYES).casefold()


def _edge(value: str, at: int) -> str:
    if not (value[at].isascii() and value[at].isalnum()):
        return ""
    return r"(?<![0-9A-Za-z])" if at == 0 else r"(?![0-9A-Za-z])"


def _unescaped(text: str) -> str:
    """``\\u00e9`` as the letter it stands for, however often its backslash was escaped."""
    return re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
