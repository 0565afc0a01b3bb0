"""Does a resource fit a profile? What it holds that the profile does not allow, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vestibule.directory.derived import Derived
from vestibule.directory.requirements import email_is_missing, missing_paths
from vestibule.directory.role_source import role_source
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import ScimError
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.fold import fold
from vestibule.scim.frozen import frozen
from vestibule.scim.target import Target

_DERIVED = ("schemas", "id")


@frozen
class Misfit:
    """One thing that does not fit: the attribute, and a sentence with value and what is allowed.

    ``hides`` says that nothing is wrong with the value: the profile does not declare it, so that
    it is not shown.
    """

    path: str
    sentence: str
    hides: bool = False


def misfits(
    profile: ApplicationProfile, type_name: str, document: Document, roles: Sequence[Role] = ()
) -> Iterator[Misfit]:
    """All of a stored document; ``roles`` are the tenant's own."""
    type = profile.types.get(type_name)
    if type is None:
        yield Misfit(type_name, f"{profile.product.name} has no resources of the type {type_name}.")
        return
    for name, value in document.items():
        if name in _DERIVED:
            continue
        target = type.target(AttributePath(name)) or type.target(AttributePath("", urn=name))
        if target is None:
            yield Misfit(name, f"{name} is not declared: it stays, and is not shown.", hides=True)
        elif name in type.urns and isinstance(value, dict):
            yield from _of_extension(type, name, value)
        else:
            yield from _of_value(type, target, value)
    for path in missing_paths(profile, type, document):
        yield Misfit(path, f"{path} is required and has no value.")
    if type.name == "User":
        yield from _of_person(profile, document, roles)


def unique_values(
    profile: ApplicationProfile, type_name: str, document: Document
) -> Iterator[tuple[str, str]]:
    """(path, value in search form) of each value that the profile says is unique in the type."""
    type = profile.types.get(type_name)
    if type is not None and type.unique:
        for key in Derived(type, profile, document).unique_keys():
            yield key.attribute, key.value


def _of_extension(type: CompiledType, urn: str, held: Document) -> Iterator[Misfit]:
    for name, value in held.items():
        target = type.target(AttributePath(name, urn=urn))
        if target is None:
            path = f"{urn}:{name}"
            yield Misfit(path, f"{path} is not declared: it stays, and is not shown.", hides=True)
        else:
            yield from _of_value(type, target, value)


def _of_value(type: CompiledType, target: Target, value: object) -> Iterator[Misfit]:
    try:
        type.coerce(target, value)
    except ScimError as refusal:
        yield Misfit(str(target), refusal.detail)


def _of_person(profile: ApplicationProfile, document: Document, own: Sequence[Role]) -> Iterator[Misfit]:
    if email_is_missing(profile, document):
        yield Misfit("userName", f'userName "{document.get("userName", "")[:80]}" is not an e-mail address.')
    roles = profile.roles_with(own)
    known = {fold(role.name) for role in roles}
    for text in profile.role_sources:
        source = role_source(text)
        values = source.values(document) if source else []
        if not values:
            continue
        # The first source that has a value decides; only that one can be wrong.
        if unknown := [value for value in values if fold(value) not in known]:
            allowed = ", ".join(role.name for role in roles)
            yield Misfit(text, f'{text} "{unknown[0][:80]}" is no role. Allowed are: {allowed}.')
        return
