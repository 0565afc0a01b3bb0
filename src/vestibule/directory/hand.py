"""What an operator may ask for a person by hand: the request that an identity provider would send for it."""

from __future__ import annotations

from vestibule.directory.request import Create, Patch
from vestibule.directory.resource import Resource, State
from vestibule.profiles.profile import ApplicationProfile, DeleteRule
from vestibule.scim.errors import Forbidden, NotFound
from vestibule.scim.patch import parse_patch

_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def deactivation(profile: ApplicationProfile, person: Resource, if_match: str | None = None) -> Patch:
    """``active`` false. ``NotFound`` for a deleted person, ``Forbidden`` for one whom nobody manages."""
    return _turned(person, False, if_match)


def reactivation(profile: ApplicationProfile, person: Resource, if_match: str | None = None) -> Patch:
    """``active`` true. ``NotFound`` for a deleted person, ``Forbidden`` for one whom nobody manages."""
    return _turned(person, True, if_match)


def restoration(profile: ApplicationProfile, person: Resource, if_match: str | None = None) -> Create:
    """A deleted person made again of what is kept of them. ``Forbidden`` where the profile makes a new one instead."""
    if person.state is not State.TOMBSTONE:
        raise Forbidden(f"{_name(person)} is not deleted, so there is nothing to restore.")
    if profile.delete is not DeleteRule.INACTIVATE:
        raise Forbidden(
            f"{profile.product.name} makes a new person where a deleted one comes again (delete = "
            f'"{profile.delete.value}"). Have the identity provider send {_name(person)} anew.'
        )
    document = person.document()
    return Create("User", {**{key: value for key, value in document.items() if key != "id"}, "active": True})


def _turned(person: Resource, active: bool, if_match: str | None) -> Patch:
    if person.state is State.TOMBSTONE:
        raise NotFound(f"{_name(person)} was deleted.")
    if person.state is State.UNCLAIMED:
        raise Forbidden(
            f"{_name(person)} existed before and is managed by no identity provider; the product itself says whether "
            "they are active."
        )
    message = {"schemas": [_PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": active}]}
    return Patch("User", person.id, parse_patch(message), if_match)


def _name(person: Resource) -> str:
    return repr(person.document().get("userName") or person.id)
