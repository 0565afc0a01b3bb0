"""What the directory asks of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vestibule.directory.change import Change
from vestibule.directory.facts import FactKey, Facts, Need
from vestibule.directory.pieces import Pieces
from vestibule.directory.resource import Resource
from vestibule.scim.filter.resolved import ResolvedFilter, SearchValue
from vestibule.scim.frozen import frozen
from vestibule.scim.target import Target


@frozen
class Row:
    """A resource as it goes out: its row and the ready JSON fragments spliced onto ``doc``.

    ``groups`` is the JSON array of a user's groups (b"" where none or not asked for).
    """

    resource: Resource
    groups: bytes = b""


@dataclass(slots=True)
class LookAhead:
    """What a request seems to ask for: one resource, by id, userName or externalId, whose SQL needs no profile.

    A store over a network reads it together with the token, in one round trip rather than two. What
    was found is used only where the request, once understood, asks for just that.
    """

    type: str
    attribute: str
    #: As the column has it: userName folded.
    value: str
    #: The base of ``$ref`` links.
    base_url: str
    #: What was found for the tenant and connection of the token, with groups; None where nobody looked.
    rows: Sequence[Row] | None = None

    def found(self, type: str, attribute: str, value: object, base_url: str) -> Sequence[Row] | None:
        """What was found, if it was looked for just so."""
        if (self.type, self.attribute, self.value, self.base_url) == (type, attribute, value, base_url):
            return self.rows
        return None


@frozen
class Anew:
    """While a tenant's rows are derived anew: the profile version they shall follow from, and how.

    ``find`` gives the search form (JSON) of a document by the name of its type. Rows of that version,
    or of minus that version, have it already.
    """

    profile_version: int
    find: Callable[[str, bytes], str]
    #: For a store that cannot call ``find`` from SQL: what it found, ``seq`` → search form, as JSON.
    found: str | None = None


@frozen
class Query:
    """A list request over one resource type, every part resolved against its schema.

    ``start`` is 1-based. ``count`` None is the store's default page (100). Only managed
    resources are listed, unless ``lookup`` (see ``DirectoryStore.page``). ``order`` None sorts
    by creation, unique and immutable (W56).
    """

    type: str
    connection: int
    filter: ResolvedFilter | None = None
    order: Target | None = None
    descending: bool = False
    start: int = 1
    count: int | None = None
    with_groups: bool = True
    #: A lookup (one eq on userName, emails.value, emails[type eq "work"].value): unclaimed people are found too.
    lookup: bool = False
    #: The base of ``$ref`` links, e.g. ``https://…/scim/v2``.
    base_url: str = ""
    #: Attribute paths with key rows (``ApplicationProfile.keyed``): an ``eq`` on one reads an index.
    indexed: tuple[str, ...] = ()
    #: Where resources of a type that a profile declares are served: ``/Devices``.
    endpoint: str = ""
    #: Rows that follow from another profile are searched by what is derived from them now.
    anew: Anew | None = None
    #: What was read together with the token, perhaps just what is asked for here.
    ahead: LookAhead | None = None


@frozen
class Page:
    """One page: rows, how many match in all, and where it starts."""

    rows: Sequence[Row]
    total: int
    start: int


@frozen
class Boundary:
    """A place between two resources of a list: whatever is up to ``key`` and ``seq`` in its order stands before it.

    ``key`` is what the list is sorted by, as the database compares it; None for no value, and where
    nothing is sorted. ``seq`` is the order of creation.
    """

    key: SearchValue | None
    seq: int


@frozen
class Stretch:
    """A part of a list found by its place: rows, how many match in all, and the ends.

    ``previous`` and ``next`` are there only where something stands before or after the rows.
    """

    rows: Sequence[Row]
    total: int
    previous: Boundary | None
    next: Boundary | None


@frozen
class Recorded:
    """One request for the request log: written in the change's transaction, or buffered.

    Bodies are redacted and capped before they come here; they and the query stand in the
    nullable ``payload``.
    """

    id: str
    tenant: int | None
    connection: int | None
    at: str
    method: str
    path: str
    status: int
    duration_us: int
    dialect: str = ""
    token_name: str = ""
    subject_type: str = ""
    subject_id: str = ""
    rule: str = ""
    reason: str = ""
    payload: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = field(default=())
    #: Tolerances that a read, or a request refused before it was decided, needed; a Change has its own.
    tolerances: Mapping[str, int] | None = None


@frozen
class Applied:
    """What became of a Change: the one that was committed (perhaps decided again)."""

    change: Change


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A member value that means nobody yet: who named it, and when first."""

    value: str
    connection: int
    since: str


class DirectoryStore(Protocol):
    """Reads see one snapshot each; ``apply`` is one transaction, durable when it returns.

    Every method that reaches the database may raise ``scim.errors.Unavailable`` (locked, full,
    stopping): then nothing was changed.
    """

    async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
        """The answers to ``keys`` from one snapshot."""
        ...

    async def apply(
        self,
        tenant: int,
        change: Change,
        again: Callable[[Facts], Change | Need],
        record: Callable[[Change], Recorded] | None = None,
    ) -> Applied:
        """Do all of ``change``, or what ``again`` decides inside the transaction where a precondition failed.

        ``record`` gives the request-log row for the Change that is committed. A Change that
        ``changes_something`` not, and has no ``tolerances``, may be recorded in the buffered log.
        """
        ...

    async def get(
        self,
        tenant: int,
        type: str,
        id: str,
        connection: int,
        *,
        with_groups: bool,
        base_url: str,
        ahead: LookAhead | None = None,
    ) -> Row | None:
        """The managed or unclaimed resource of that id; None for unknown ids and tombstones (R161).

        ``ahead`` is what was read together with the token, perhaps just this.
        """
        ...

    async def page(self, tenant: int, query: Query) -> Page:
        """Resources that match, in a stable order."""
        ...

    async def search(self, tenant: int, queries: Sequence[Query]) -> Page:
        """A page of several resource types as one list: what each query matches, sorted and paged together.

        The queries are of different types; each has its own filter, and the key to sort its type by
        (``order`` None: no value). All else they have in common. Two keys have values of one kind.
        """
        ...

    async def walk(
        self, tenant: int, queries: Sequence[Query], boundary: Boundary | None, *, backward: bool = False
    ) -> Stretch:
        """The rows after ``boundary``, or before it, of the list that ``search`` pages; None is its beginning.

        Rows come in the list's order either way. The cost does not grow with the distance from the
        beginning, and nothing is kept between two calls: whoever is there throughout is met exactly
        once, whatever comes and goes meanwhile. ``start`` says nothing here.
        """
        ...

    async def members(self, tenant: int, group_id: str, base_url: str) -> Pieces:
        """The group's direct ``members`` as a JSON array, empty for none; no cursor stays open.

        Tombstones and unresolved values are left out. Each piece is a bracket, a comma, or
        whole members.
        """
        ...

    async def members_of_many(
        self, tenant: int, group_ids: Sequence[str], base_url: str
    ) -> Mapping[str, Pieces]:
        """``members`` for the groups of one page."""
        ...

    async def unresolved_members(self, tenant: int, group_id: str) -> Sequence[Unresolved]:
        """The group's member values that mean nobody yet, oldest first; () for an unknown group."""
        ...

    async def forget_unresolved(self, before: str, *, limit: int = 1000) -> int:
        """Forget unresolved values kept since before that moment, of all tenants, at most ``limit``; how many."""
        ...

    async def count(self, tenant: int, type: str) -> int:
        """Managed resources of that type, kept rather than counted."""
        ...

    def record(self, row: Recorded) -> None:
        """Buffer a request-log row; flushed within a second, may be lost in a crash."""
        ...
