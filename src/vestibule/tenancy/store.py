"""What tenancy asks of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.directory.change import AuditEntry
from vestibule.directory.store import LookAhead, Row
from vestibule.profiles.profile import Role
from vestibule.profiles.shelf import StoredProfile
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.api_token import ApiToken, KeptAnswer, MarkedStep, SetUpLink
from vestibule.tenancy.tenant import Account, Connection, Domain, Provisioning, Tenant
from vestibule.tenancy.token import NewToken, Token, TokenRequest


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant to be. The account of that name is made where there is none."""

    slug: str
    name: str
    account: str
    profile: str
    plan: str
    #: What its rows, of which there are none, follow from.
    derived: str = ""


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What shall be different of a tenant; None leaves it."""

    plan: str | None = None
    provisioning: Provisioning | None = None
    suspended: bool | None = None
    sso_confirmed: bool | None = None
    profile: str | None = None
    #: Only where the tenant's settings are still of this version.
    expected_version: int | None = None


class TenancyStore(Protocol):
    """Each change commits together with its audit entry, and is seen by every process at once.

    Every method that reaches the database may raise ``scim.errors.Unavailable`` (locked, full,
    stopping): then nothing was changed. A change of a tenant, its domains or its roles
    advances the tenant's ``settings_version``. ``at`` is when, as UTC text.
    """

    @property
    def looks_ahead(self) -> bool:
        """Whether ``admit`` reads what the request asks for as well: it spares a round trip, if there is one."""
        ...

    async def admit(self, token_hash: bytes, ahead: LookAhead | None = None) -> Admission | None:
        """The token of that hash with all it belongs to, revoked and expired ones included; else None.

        Where the store looks ahead, what ``ahead`` asks for is put into it.
        """
        ...

    def touch_last_used(self, token: str, at: str) -> None:
        """Note that a token was used: buffered, written within some seconds, may be lost in a crash."""
        ...

    async def add_tenant(self, new: NewTenant, audit: AuditEntry, at: str) -> Tenant:
        """Make a tenant with its default connection. ``SlugTaken`` where the slug is."""
        ...

    async def tenants(self) -> Sequence[Tenant]:
        """All of them, by slug."""
        ...

    async def tenants_named(self, name: str) -> Sequence[Tenant]:
        """The tenant of that slug; where there is none, those of that display name, letter case apart."""
        ...

    async def change_tenant(self, tenant: int, change: TenantChange, audit: AuditEntry, at: str) -> Tenant:
        """Apply ``change``; the tenant afterwards. ``ChangedMeanwhile`` where its settings are of another version."""
        ...

    async def accounts(self) -> Sequence[Account]:
        """All customer accounts, by name."""
        ...

    async def connections(self, tenant: int) -> Sequence[Connection]:
        """A tenant's connections, the default one first."""
        ...

    async def pin_dialect(self, connection: int, dialect: str, audit: AuditEntry, at: str) -> None:
        """Have a connection speak that dialect; "" has it recognised, anew: what was recognised is forgotten."""
        ...

    def note_recognised(self, connection: int, dialect: str, why: str, at: str) -> None:
        """Keep what a connection's traffic has shown: buffered, as ``touch_last_used`` is."""
        ...

    async def add_token(
        self,
        new: NewToken,
        audit: AuditEntry,
        at: str,
        *,
        switches_on: bool = False,
        answers: int | None = None,
        replaces: str | None = None,
        replaced_until: str | None = None,
    ) -> bool:
        """Keep a token; False (and nothing done) where its id or hash is taken.

        In the same transaction: the tenant's provisioning turns on (``switches_on``), the token
        request ``answers`` is closed, and the token ``replaces`` is revoked, or expires at
        ``replaced_until`` where that is sooner.
        """
        ...

    async def tokens(self, tenant: int | None = None) -> Sequence[Token]:
        """The tokens of a tenant, or of all, newest first, ended ones included."""
        ...

    async def token(self, id: str) -> Token | None:
        """The token of that id."""
        ...

    async def revoke_token(self, id: str, audit: AuditEntry, at: str) -> None:
        """End it for good. A token that is revoked already stays as it was."""
        ...

    async def add_token_request(
        self, tenant: int, asked_by: str, note: str, audit: AuditEntry, at: str
    ) -> int:
        """Put a request into the queue; its number."""
        ...

    async def answer_token_requests(self, tenant: int, token: str, audit: AuditEntry, at: str) -> None:
        """Note that the tenant's open requests are answered by that token."""
        ...

    async def token_requests(self, *, answered: bool = False) -> Sequence[TokenRequest]:
        """The open requests, oldest first; with ``answered``, the others too."""
        ...

    async def add_domain(self, domain: Domain, audit: AuditEntry, at: str) -> bool:
        """Keep a proven domain; False where the tenant had it."""
        ...

    async def remove_domain(self, tenant: int, name: str, audit: AuditEntry, at: str) -> bool:
        """Forget it; False where the tenant did not have it."""
        ...

    async def domains(self, tenant: int) -> Sequence[Domain]:
        """The proven domains of a tenant, by name."""
        ...

    async def put_role(self, tenant: int, role: Role, audit: AuditEntry, at: str) -> None:
        """Add a role of the tenant's own, or change the one of that name, letter case apart."""
        ...

    async def roles(self, tenant: int) -> Sequence[Role]:
        """The roles of the tenant's own, by name."""
        ...

    async def keep_profile(self, profile: StoredProfile, audit: AuditEntry, at: str) -> None:
        """Copy a profile into the database; from then on its name means this version."""
        ...

    async def stored_profile(self, name: str, version: int | None = None) -> StoredProfile | None:
        """The profile kept under that name: that version, or the one that is current."""
        ...

    async def stored_profiles(self) -> Sequence[StoredProfile]:
        """The current version of every profile kept, by name."""
        ...

    async def default_profile(self) -> str | None:
        """The name of the installation's default profile, None where none was ever set."""
        ...

    async def set_default_profile(self, name: str, audit: AuditEntry, at: str) -> None:
        """What ``tenant create`` takes where no profile is named."""
        ...

    async def listening_url(self) -> str | None:
        """Where a server over this database listens, or the last one did; None where none ever has."""
        ...

    async def keep_listening_url(self, url: str) -> None:
        """It listens there now."""
        ...

    async def kept_key(self, name: str, fresh: str) -> str:
        """The installation's key of that name, the same for every process; ``fresh`` where none was kept yet."""
        ...


class PromptReads(Protocol):
    """What a store in this process answers without waiting, for the shortest way of a lookup."""

    def admission(self, token_hash: bytes) -> Admission | None:
        """What ``TenancyStore.admit`` would answer; the very same value as long as nobody has committed anything."""
        ...

    def people_named(self, tenant: int, connection: int, base_url: str, user_name: str) -> Sequence[Row]:
        """Managed and unclaimed people of that folded userName, with their groups."""
        ...


class ApiTokenStore(Protocol):
    """API tokens. Each change commits together with its audit entry; any method may raise ``Unavailable``."""

    async def add_api_token(self, token: ApiToken, hash: bytes, audit: AuditEntry, at: str) -> bool:
        """Keep a token; False (and nothing done) where its id or hash is taken, or another live one has its name."""
        ...

    async def api_token_shown(self, hash: bytes) -> ApiToken | None:
        """The token of that hash, ended ones included; else None. Asked on every request of the API."""
        ...

    async def api_tokens(self) -> Sequence[ApiToken]:
        """All of them, newest first, ended ones included."""
        ...

    async def revoke_api_token(self, id: str, audit: AuditEntry, at: str) -> bool:
        """End it for good; False where it was revoked already, or there is none."""
        ...

    async def note_api_token_used(self, id: str, at: str) -> None:
        """Note that it was used then."""
        ...


class RepeatStore(Protocol):
    """Answers kept by ``Idempotency-Key``, so that a request sent again is not carried out again."""

    async def claim_key(
        self, token: str, key: str, request_hash: bytes, at: str, *, unless_since: str
    ) -> KeptAnswer | None:
        """None where the key is this request's from now on; else what it was used for.

        A claim without an answer from before ``unless_since`` is taken over: whoever made it died.
        """
        ...

    async def keep_answer(self, token: str, key: str, status: int, answer: bytes) -> None:
        """Keep the sealed answer of the request that claimed the key."""
        ...

    async def release_key(self, token: str, key: str) -> None:
        """The request did nothing: its key may be used again."""
        ...

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        """Forget keys claimed before that moment, at most ``limit``; how many."""
        ...


class SetUpLinkStore(Protocol):
    """One-time links for set-up. Each change commits together with its audit entry."""

    async def add_set_up_link(
        self, link: SetUpLink, code_hash: bytes, audit: AuditEntry, at: str
    ) -> SetUpLink:
        """Keep a link; ``link.id`` says nothing, the answer's is its number."""
        ...

    async def set_up_link_of(self, code_hash: bytes) -> SetUpLink | None:
        """The link of that code, whatever its state; else None."""
        ...

    async def set_up_links(self, tenant: int) -> Sequence[SetUpLink]:
        """A tenant's links, newest first."""
        ...

    async def use_set_up_link(self, link: SetUpLink, new: NewToken, audit: AuditEntry, at: str) -> bool:
        """Mark the link used and keep its token, which switches provisioning of a draft on; False, and nothing
        done, where the link is not open (any more).

        ``TokenIdTaken`` where id or hash of the token are in use: make another.
        """
        ...

    async def revoke_set_up_link(self, tenant: int, id: int, audit: AuditEntry, at: str) -> bool:
        """End it; False where it is not open or the tenant has none of that number."""
        ...


class SetUpStepStore(Protocol):
    """Steps of set-up guides marked by hand. Each change commits with its audit entry; ``Unavailable`` as elsewhere."""

    async def marked_steps(self, tenant: int) -> Sequence[MarkedStep]:
        """Those of a tenant, by guide and step."""
        ...

    async def mark_step(self, tenant: int, step: MarkedStep, audit: AuditEntry, at: str) -> None:
        """Keep the mark; one that is there already stays as it was."""
        ...

    async def unmark_step(self, tenant: int, guide: str, step: str, audit: AuditEntry, at: str) -> None:
        """Forget the mark."""
        ...
