"""Faults of a mapping or an address that are known to cost an administrator a day (W158)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.provisioning.application import Application
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.mapping import DataType, MappingRow

_QUOTED_BOOLEAN = re.compile(r"=='(true|false)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Warning:
    """What was found, and what to do about it; ``subject`` is the attribute, or "URL"."""

    subject: str
    sentence: str


def lint(application: Application, rows: Sequence[MappingRow]) -> list[Warning]:
    """All that is suspicious about an application, in order of its mapping."""
    found = list(_address(application))
    places: dict[tuple[str, str], str] = {}
    for row in rows:
        found += _row(row)
        if row.place in places:
            found.append(
                Warning(row.variable, f"goes to the same place as {places[row.place]}; remove one of the two")
            )
        places.setdefault(row.place, row.variable)
    return found


def _address(application: Application) -> list[Warning]:
    if application.connection is None:
        return []
    url = application.connection.base_url
    found = []
    if url.endswith("/"):
        found.append(Warning("URL", "ends in a slash; vendors ask for the base URL without it"))
    if "_" in url:
        found.append(Warning("URL", "holds an underscore, which Okta refuses in a base URL (W11)"))
    return found


def _row(row: MappingRow) -> list[Warning]:
    found = []
    if not row.namespace:
        found.append(Warning(row.variable, "has no external namespace: it is never sent (W62)"))
    elif not row.namespace.startswith("urn:"):
        found.append(Warning(row.variable, f"namespace {row.namespace!r} does not begin with urn:"))
    if row.external_name.split(".", 1)[0] == "groups":
        found.append(Warning(row.variable, "groups is reserved (W75); remove this attribute"))
    if row.external_name == "roles" and row.namespace == CORE_USER:
        form = "a list of texts" if row.type is DataType.STRING_ARRAY else "a text"
        found.append(
            Warning(
                row.variable,
                f"sends roles as {form}, which SCIM does not allow (W76–W78): "
                "in Profile Editor delete this attribute, or use roles.^[primary==true].value",
            )
        )
    if _QUOTED_BOOLEAN.search(row.external_name):
        found.append(Warning(row.variable, "compares with a quoted truth value, which is text (W69)"))
    if row.required and not row.expression and row.external_name != "userName":
        found.append(Warning(row.variable, "is required and has no mapping: set it on every assignment"))
    return found
