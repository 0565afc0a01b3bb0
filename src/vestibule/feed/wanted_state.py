"""The wanted state of a person: what the product should hold of them now, to be applied as often as one likes.

It has a *version*. The same version is the same state; whoever applied it, or will not, says the version
back (``acknowledgement``). A version carries its own proof that it was told for that person of that
tenant, so that nothing has to be kept about what was told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from vestibule.directory.resource import Access, Resource, State
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim.fold import fold

_VERSION = re.compile(r"(\d{1,18})-([egh])-([A-Za-z0-9_-]{12})([A-Za-z0-9_-]{12})")
_LETTERS = {Access.ENDED: "e", Access.GRANTED: "g", Access.HELD: "h"}
_PROOF_BYTES = 9


@dataclass(frozen=True, slots=True)
class StateRow:
    """A person or team as the store has it; ``groups`` is the JSON array of a person's teams, b"" for none."""

    resource: Resource
    groups: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A person's account at an outside service as it was found: ``state`` is a word of linking's (linked, not_found, …).

    ``value`` is what the identity provider named. ``account`` and ``email`` are the service's own; "" until it is linked.
    """

    person: str
    service: str
    value: str
    state: str
    account: str
    email: str


@dataclass(frozen=True, slots=True)
class WantedState:
    """What the product should hold of one person.

    ``identity`` is the SCIM document, externalId included. A person who was deleted ``exists`` not;
    their ``identity`` is as it was last. ``teams`` are those they are in, directly or through others.
    ``linked_accounts`` are as they were found at the services by now; they have no part in the version, as a service's
    answer is no event: whoever uses one reads it when it is used.
    """

    id: str
    tenant: str
    version: str
    exists: bool
    #: What the identity provider said.
    active: bool
    #: What the product applies: granted; ended, sessions and keys included; held, which still works.
    access: Access
    role: str | None
    rights: tuple[str, ...]
    identity: dict[str, Any]
    teams: tuple[dict[str, str], ...]
    linked_accounts: tuple[dict[str, str], ...]

    @property
    def user_name(self) -> str:
        """How the person signs in."""
        return str(self.identity.get("userName", ""))

    @property
    def works(self) -> bool:
        """Whether the person may use the product now: they exist, and access is not ended."""
        return self.exists and self.access is not Access.ENDED

    def document(self) -> dict[str, Any]:
        """As it goes out, in JSON's kinds of values."""
        return {
            "id": self.id,
            "tenant": self.tenant,
            "version": self.version,
            "exists": self.exists,
            "active": self.active,
            "access": self.access.value,
            "role": self.role,
            "rights": list(self.rights),
            "identity": self.identity,
            "teams": list(self.teams),
            "linkedAccounts": list(self.linked_accounts),
        }


@dataclass(frozen=True, slots=True)
class TeamState:
    """A team: its id, its name, and what else the identity provider said of it."""

    id: str
    tenant: str
    name: str
    identity: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a version says by itself: the number of the person's resource, and the access it told."""

    number: int
    access: Access


class Versions:
    """Makes versions, and tells those that were told from all others. ``key`` is the installation's."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, tenant: int, id: str, number: int, access: Access, content: Any) -> str:
        """The version of that content."""
        digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
        bare = f"{number}-{_LETTERS[access]}-{_text(digest)}"
        return bare + self._proof(tenant, id, bare)

    def told(self, version: str, tenant: int, id: str) -> Told | None:
        """What it says, if it was told of that person of that tenant; else None."""
        found = _VERSION.fullmatch(version)
        if found is None:
            return None
        if not hmac.compare_digest(version[-12:], self._proof(tenant, id, version[:-12])):
            return None
        return Told(int(found[1]), next(access for access, letter in _LETTERS.items() if letter == found[2]))

    def _proof(self, tenant: int, id: str, bare: str) -> str:
        return _text(hmac.digest(self._key, f"{tenant}\x1f{id}\x1f{bare}".encode(), "sha256"))


def wanted_state(
    row: StateRow,
    tenant: int,
    slug: str,
    profile: ApplicationProfile,
    own_roles: Sequence[Role],
    versions: Versions,
    linked_rows: Sequence[LinkedRow] = (),
) -> WantedState:
    """The wanted state of a person; ``own_roles`` are the tenant's own, ``linked_rows`` the person's."""
    resource = row.resource
    identity = resource.document()
    if resource.external_id is not None:
        identity["externalId"] = resource.external_id
    teams = tuple(
        {"id": group["value"], "name": group.get("display", ""), "type": group["type"]}
        for group in orjson.loads(row.groups or b"[]")
    )
    exists = resource.state is not State.TOMBSTONE
    rights = _rights(resource.role, profile, own_roles)
    linked = tuple(_linked_accounts(identity, linked_rows))
    content = (exists, resource.active, resource.role, rights, identity, teams)
    return WantedState(
        id=resource.id,
        tenant=slug,
        version=versions.of(tenant, resource.id, resource.version, resource.access, content),
        exists=exists,
        active=resource.active,
        access=resource.access,
        role=resource.role,
        rights=rights,
        identity=identity,
        teams=teams,
        linked_accounts=linked,
    )


def team_state(row: StateRow, slug: str) -> TeamState:
    """The state of a team."""
    identity = row.resource.document()
    if row.resource.external_id is not None:
        identity["externalId"] = row.resource.external_id
    return TeamState(row.resource.id, slug, str(identity.get("displayName", "")), identity)


def _rights(role: str | None, profile: ApplicationProfile, own_roles: Sequence[Role]) -> tuple[str, ...]:
    wanted = fold(role) if role is not None else None
    return next((one.rights for one in profile.roles_with(own_roles) if fold(one.name) == wanted), ())


def _linked_accounts(identity: dict[str, Any], rows: Sequence[LinkedRow]) -> list[dict[str, str]]:
    """As they were found; of services that nobody looks into, as the identity provider named them (``accounts``)."""
    found = [
        {
            "service": row.service,
            "account": row.value,
            "state": row.state,
            "id": row.account,
            "email": row.email,
        }
        for row in rows
    ]
    looked_into = {row.service for row in rows}
    accounts = identity.get("accounts")
    for one in accounts if isinstance(accounts, list) else ():
        if isinstance(one, dict) and one.get("value") and str(one.get("type", "")) not in looked_into:
            service = str(one.get("type", ""))
            found.append(
                {"service": service, "account": str(one["value"]), "state": "named", "id": "", "email": ""}
            )
    return found


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:_PROOF_BYTES]).decode()
