"""Valid resources to try a server with, made from its own declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vestibule.judge.discovered import Declared, Kind, subs_of

#: What a value looks like, by the name of its attribute, where any text would not do.
_BY_NAME: Mapping[str, str] = {
    "country": "DE",
    "preferredlanguage": "en",
    "locale": "en-US",
    "timezone": "Europe/Berlin",
    "profileurl": "https://check.example.com/profile",
}
_BY_TYPE: Mapping[str, Any] = {
    "boolean": True,
    "integer": 7,
    "decimal": 7.5,
    "datetime": "2026-01-02T03:04:05Z",
    "binary": "dmVzdGlidWxl",
    "reference": "https://check.example.com/reference",
}
#: What clients send for a person in the field, as far as the server declares it.
_USUAL = ("name", "displayName", "emails", "active", "externalId")
#: Common attributes: no schema lists them, every resource has them (RFC 7643 §3.1).
_COMMON = frozenset({"externalid", "schemas", "id", "meta"})


class Specimens:
    """Numbered people and groups of one run, each with names that begin with its prefix."""

    def __init__(self, kinds: Mapping[str, Kind], prefix: str, domain: str) -> None:
        self._kinds = kinds
        self._prefix = prefix
        self._domain = domain
        self._count = 0

    def name(self) -> str:
        """The next name that nobody has."""
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def user(self, **attributes: Any) -> dict[str, Any]:
        """The body of a POST to /Users; an attribute given as None is left out."""
        kind, name = self._kinds["User"], self.name()
        address = attributes.get("userName") or f"{name}@{self._domain}"
        usual: dict[str, Any] = {
            "name": {"givenName": "Robin", "familyName": "Vale"},
            "displayName": f"{name} Robin Vale",
            "emails": [{"value": address, "type": "work", "primary": True}],
            "active": True,
            "externalId": f"{name}-external",
        }
        body: dict[str, Any] = {"schemas": [kind.urn], "userName": address}
        body |= {key: usual[key] for key in _USUAL if key.lower() in _COMMON or kind.declares(key)}
        return self._finished(kind, body, attributes)

    def group(self, **attributes: Any) -> dict[str, Any]:
        """The body of a POST to /Groups."""
        kind = self._kinds["Group"]
        return self._finished(kind, {"schemas": [kind.urn], "displayName": self.name()}, attributes)

    def _finished(self, kind: Kind, body: dict[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
        for name, declared in _required(kind.attributes):
            if name.lower() not in {key.lower() for key in body}:
                body[name] = self._value(declared)
        for urn, required, declared_there in kind.extensions:
            if required:
                there = {name: self._value(declared) for name, declared in _required(declared_there)}
                body[urn] = there or {name: self._value(one) for name, one in _first(declared_there)}
                body["schemas"] = [*body["schemas"], urn]
        body |= attributes
        for urn in body:
            if urn.lower().startswith("urn:") and urn not in body["schemas"]:
                body["schemas"] = [*body["schemas"], urn]
        return {key: value for key, value in body.items() if value is not None}

    def _value(self, declared: Declared) -> Any:
        value = self._one(declared)
        return [value] if declared.get("multiValued") is True else value

    def _one(self, declared: Declared) -> Any:
        kind, name = str(declared.get("type", "string")).lower(), str(declared.get("name", "")).lower()
        if kind == "complex":
            subs = subs_of(declared)
            wanted = [one for one in subs.values() if one.get("required") is True]
            wanted = wanted or [subs[key] for key in ("value",) if key in subs] or list(subs.values())[:1]
            return {str(one["name"]): self._value(one) for one in wanted if _is_writable(one)}
        canonical = declared.get("canonicalValues")
        if isinstance(canonical, list) and canonical:
            return canonical[0]
        return _BY_TYPE.get(kind) or _BY_NAME.get(name) or f"{self.name()}"


def _required(attributes: Mapping[str, Declared] | None) -> Iterator[tuple[str, Declared]]:
    for declared in (attributes or {}).values():
        name = str(declared.get("name"))
        if declared.get("required") is True and _is_writable(declared) and name.lower() not in _COMMON:
            yield name, declared


def _first(attributes: Mapping[str, Declared] | None) -> Iterator[tuple[str, Declared]]:
    for declared in (attributes or {}).values():
        if _is_writable(declared):
            yield str(declared.get("name")), declared
            return


def _is_writable(declared: Declared) -> bool:
    return str(declared.get("mutability", "readWrite")).lower() != "readonly"
