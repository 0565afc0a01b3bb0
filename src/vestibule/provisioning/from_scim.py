"""PURE · A SCIM user → attributes under the names of Okta's user profile: the template's mapping, backwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vestibule.profiles.external_name import ExternalName, Selector, parse_external_name
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.mapping import TEMPLATE

_PLAIN = re.compile(r"user\.(\w+)")


def value_at(resource: Mapping[str, Any], name: ExternalName, namespace: str) -> Any:
    """What stands at an external name of a resource, None where nothing does.

    Where an element is to be the primary one and none is, the first is (W59).
    """
    home: Any = resource if namespace == CORE_USER else resource.get(namespace)
    for segment in name.segments:
        if isinstance(segment, Selector):
            home = _element(home, segment)
        else:
            home = home.get(segment) if isinstance(home, Mapping) else None
        if home is None:
            return None
    return home


def profile_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a user of another SCIM server, its id as ``sourceId``, its state as ``status``."""
    found = {name: value_at(resource, path, namespace) for name, path, namespace in _READ}
    told = {name: value for name, value in found.items() if value not in (None, "", [])}
    user_name = resource.get("userName")
    told |= {"login": user_name, "sourceId": resource.get("id")}
    if "email" not in told and isinstance(user_name, str) and "@" in user_name:
        told["email"] = user_name
    if resource.get("active") is False:
        told["status"] = "DEPROVISIONED"
    return told


def _element(elements: Any, selector: Selector) -> Any:
    if not isinstance(elements, list):
        return None
    found = [one for one in elements if isinstance(one, Mapping)]
    for one in found:
        if str(one.get(selector.sub)).casefold() == str(selector.literal).casefold():
            return one
    return found[0] if found and selector.sub == "primary" else None


#: What the template fills from one attribute of the person, read the other way.
_READ = tuple(
    (match[1], parse_external_name(row.external_name), row.namespace)
    for row in TEMPLATE
    if (match := _PLAIN.fullmatch(row.expression))
)
