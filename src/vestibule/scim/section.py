"""The attributes of one schema of a resource type, compiled: the top level, or one extension's object."""

from __future__ import annotations

from typing import Any

from vestibule.scim.attribute import Mutability, Type
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.errors import Mutability as MutabilityError
from vestibule.scim.findings import Findings, respelled, shown
from vestibule.scim.fold import fold, fold_user_name
from vestibule.scim.schema import Schema
from vestibule.scim.search_form import Folder, folder
from vestibule.scim.simple_values import Reader
from vestibule.scim.values import is_secret, kept_row, reader


class Section:
    """``urn`` is the extension's URN, or "" for the base schema, whose attributes stand at the top."""

    def __init__(self, schema: Schema, urn: str = "") -> None:
        self.urn = urn
        self.order = tuple(attribute.name for attribute in schema.attributes)
        self.names = {name.lower(): name for name in self.order}
        self._prefix = f"{urn}:" if urn else ""
        self._exact_names = frozenset(self.order)
        self._rows = tuple(
            kept_row(attribute, self._prefix + attribute.name) for attribute in schema.attributes
        )
        self._secrets: list[tuple[str, Reader]] = []
        #: (attribute, sub-attribute or None) that cannot change once set.
        self._immutable: list[tuple[str, str | None]] = []
        #: The other attributes: those that are folded as any text is, and the functions for the rest.
        self._texts: set[str] = set()
        self._folders: dict[str, Folder] = {}
        #: (name, value) of attributes that count as having that value when absent.
        self.defaults = tuple((a.name, a.default) for a in schema.attributes if a.default is not None)
        for attribute in schema.attributes:
            path = self._prefix + attribute.name
            is_user_name = path == "userName" and not attribute.case_exact
            if is_secret(attribute):
                self._secrets.append((attribute.name, reader(attribute, path)))
            elif (fold_value := fold_user_name if is_user_name else folder(attribute)) is fold:
                self._texts.add(attribute.name)
            else:
                self._folders[attribute.name] = fold_value
            if attribute.mutability is Mutability.IMMUTABLE:
                self._immutable.append((attribute.name, None))
            elif attribute.type is Type.COMPLEX and not attribute.multi_valued:
                self._immutable += (
                    (attribute.name, sub.name)
                    for sub in attribute.sub_attributes
                    if sub.mutability is Mutability.IMMUTABLE
                )

    def read(self, raw: Document, stored: Document, findings: Findings) -> Document:
        """The kept attributes of ``raw``, whose keys are spelled as declared, in declared order."""
        out: Document = {}
        for name, limit, read in self._rows:
            if name not in raw:
                continue
            given = value = raw[name]
            if type(given) is str and given and len(given) <= limit and given.isascii() and "\0" not in given:
                out[name] = given
                continue
            if read is None:
                continue
            if given is not None:
                held = stored.get(name) if stored else None
                value = held if held == given else read(given, findings)
            if value is not None:
                out[name] = value
            elif not given or isinstance(given, list):
                # An object whose parts were null or unknown clears these, not the attribute.
                findings.cleared.add(self._prefix + name)
        if stored and self._immutable:
            return self._with_immutable(out, raw, stored)
        return out

    def declares(self, document: Document) -> bool:
        """Whether it has no other attributes than these."""
        return document.keys() <= self._exact_names

    def declared_part(self, document: Document) -> Document:
        """The attributes of it that are these."""
        return {name: value for name, value in document.items() if name in self._exact_names}

    def read_object(self, raw: Any, stored: Document, findings: Findings) -> Document:
        """As ``read``, for the object under the extension's URN; null clears each of its attributes."""
        if isinstance(raw, dict):
            if not self._exact_names.issuperset(raw):
                raw = respelled(raw, self.names, self._prefix, findings)
            return self.read(raw, stored, findings)
        if raw is None or raw == [] or raw == "":
            return self.read(dict.fromkeys(self.order), stored, findings)
        raise InvalidValue(f"{self.urn} must be an object with the extension's attributes, not {shown(raw)}.")

    def has_secret(self, raw: Any, findings: Findings) -> bool:
        """Whether ``raw`` gives a value to an attribute that is never returned. Raises InvalidValue if a wrong one."""
        given = False
        if isinstance(raw, dict):
            for name, read in self._secrets:
                if raw.get(name) is not None and read(raw[name], findings) is not None:
                    given = True
        return given

    def folded(self, document: Document) -> Document:
        """The search form of the declared attributes in ``document``; what no longer fits is left out."""
        out: Document = {}
        texts, folders = self._texts, self._folders
        for name, value in document.items():
            try:
                if name in texts:
                    out[name] = value.lower() if value.isascii() else fold(value)
                elif name in folders:
                    out[name] = folders[name](value)
            except (TypeError, ValueError, AttributeError):
                continue
        return out

    def _with_immutable(self, out: Document, raw: Document, stored: Document) -> Document:
        """R136: what is set may be repeated or left out, and stays; anything else is refused."""
        for name, sub in self._immutable:
            held, given, given_at_all = stored.get(name), out.get(name), name in raw
            path = self._prefix + name
            if sub is not None:
                held = held.get(sub) if isinstance(held, dict) else None
                given_at_all = isinstance(given, dict) and sub in given
                given = given[sub] if isinstance(given, dict) and given_at_all else None
                path = f"{path}.{sub}"
            if held is None or given == held:
                continue
            if given_at_all:
                raise MutabilityError(f"{path} is {shown(held)} and cannot be changed once it is set.")
            if sub is None:
                out[name] = held
            elif name in out:
                out[name] = {**out[name], sub: held}
        return {name: out[name] for name in self.order if name in out}
