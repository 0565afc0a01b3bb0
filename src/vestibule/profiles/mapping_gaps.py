"""Required attributes that no row of the attribute table maps: whoever follows the help page cannot provision."""

from __future__ import annotations

from collections.abc import Iterable

from vestibule.profiles.external_name import parse_external_name
from vestibule.profiles.profile import ApplicationProfile


def unmapped_required(profile: ApplicationProfile) -> list[str]:
    """Paths a person cannot be without and that ``[[attributes]]`` says nothing about; defaults stand in for themselves."""
    user = profile.types["User"]
    nobody = user.with_defaults({"schemas": [user.base_urn]})
    required = dict.fromkeys((*user.missing(nobody), *profile.required))
    mapped = {_path(row.namespace, row.external_name, user.base_urn) for row in profile.attributes}
    return [
        path
        for path in required
        if not _is_among(path, mapped) and not any(one.startswith(f"{path}.") for one in required)
    ]


def _is_among(path: str, mapped: Iterable[str]) -> bool:
    return any(one == path or one.startswith((f"{path}.", f"{path}:")) for one in mapped)


def _path(namespace: str, external_name: str, base_urn: str) -> str:
    dotted = ".".join(parse_external_name(external_name).names)
    return dotted if namespace == base_urn else f"{namespace}:{dotted}"
