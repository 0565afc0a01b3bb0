"""What a client asks the directory to change, already in strict SCIM, and on whose behalf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from vestibule.directory.change import Seats
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.checker import Checked
from vestibule.scim.document import Document
from vestibule.scim.frozen import frozen
from vestibule.scim.patch import Operation


@frozen
class Standing:
    """On whose behalf: settled once at the door, passed along as one value."""

    tenant: int
    connection: int
    profile: ApplicationProfile
    dialect: str
    actor: str
    request_id: str
    #: Where links in error texts lead, without trailing slash.
    public_url: str = ""
    #: Tolerances the dialect already used on this request, by quirk name.
    tolerances: Mapping[str, int] = field(default_factory=dict)
    #: What the dialect did, in words, for the explanation.
    notes: tuple[str, ...] = ()
    #: The tenant's settings as they were when the request was let in.
    settings_version: int | None = None
    #: Unknown attributes and values are refused rather than dropped (dialect strict).
    strict: bool = False
    #: A PATCH whose value filter finds nothing makes the value (``Dialect.upsert_on_no_target``, K19).
    upsert: bool = False
    #: Member values may name a person by externalId or userName (``Dialect.match_people``).
    match_people: bool = True
    #: Of the tenant's plan; None where it has no limit.
    seats: Seats | None = None


@frozen
class Create:
    """POST: a document of that resource type.

    ``checked`` is what ``CompiledType.check`` makes of a person's, as strict as the standing, where that is known already.
    """

    type: str
    document: Document
    checked: Checked | None = None


@frozen
class Replace:
    """PUT on an id."""

    type: str
    id: str
    document: Document
    if_match: str | None = None
    #: Attributes that stay as they are although the document lacks them (``Repaired.kept``, W81).
    kept: frozenset[str] = frozenset()
    if_none_match: str | None = None


@frozen
class Patch:
    """PATCH on an id; operations in order."""

    type: str
    id: str
    operations: tuple[Operation, ...]
    if_match: str | None = None
    #: The client named ``attributes``: the answer to a group PATCH is 200, else 204.
    wants_body: bool = False
    if_none_match: str | None = None


@frozen
class Delete:
    """DELETE on an id."""

    type: str
    id: str
    if_match: str | None = None
    if_none_match: str | None = None


@frozen
class Erase:
    """An operator's or administrator's word: nothing personal of that person stays (``vestibule user erase``).

    ``values`` are what the rest of the log is looked through for: kept with the job, gone with it.
    """

    id: str
    values: tuple[str, ...] = ()


@frozen
class Import:
    """A person who existed in the product before (``vestibule user import``)."""

    document: Document


@frozen
class Link:
    """An administrator's answer to a review entry: this person is the one asked for."""

    review_id: str
    user_id: str


@frozen
class KeepApart:
    """An administrator's answer to a review entry: these are two people.

    ``from_all``: whoever was asked for is none of the candidates; ``user_id`` is any one of them.
    """

    review_id: str
    user_id: str
    from_all: bool = False


@frozen
class SettleHeld:
    """The end of a hold: access of that person ends, or is given back."""

    id: str
    ends: bool


Request = Erase | SettleHeld | Create | Replace | Patch | Delete | Import | Link | KeepApart
