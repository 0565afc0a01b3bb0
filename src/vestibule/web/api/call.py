"""One call of an operation, as its function sees it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from starlette.requests import Request

from vestibule.scim.fold import fold
from vestibule.tenancy.api_token import ApiToken
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import ChangedMeanwhile, UnknownTenant
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import Place
from vestibule.web.api.problems import BoundElsewhere
from vestibule.web.premises import Premises


@dataclass(slots=True)
class Call:
    """Who calls, on whose behalf, and what is noted for the request log."""

    premises: Premises
    #: All there are: what the API says of itself.
    resources: Sequence[Resource]
    request: Request
    request_id: str
    at: str
    operation: str
    started: float = field(default_factory=time.perf_counter)
    #: Whose token it is; an operation that is open to all has none.
    caller: ApiToken | None = None
    #: Headers of the answer.
    headers: dict[str, str] = field(default_factory=dict)
    #: The body as it came.
    raw: bytes = b""
    #: The request-log row is written already, in the change's own transaction.
    recorded: bool = False
    #: For the request log: whose it is, and what it is about.
    tenant_id: int | None = None
    subject_type: str = ""
    subject_id: str = ""

    @property
    def token(self) -> ApiToken:
        """The token that was shown."""
        assert self.caller is not None, "this operation is open to all"
        return self.caller

    @property
    def actor(self) -> str:
        """Whose hand it is, for the audit."""
        return f"api:{self.token.name}"

    @property
    def desk(self) -> Desk:
        """Where the functions of tenancy work on the caller's behalf."""
        return self.premises.desk(self.actor, self.request_id)

    def seconds(self) -> float:
        """Since the request began."""
        return time.perf_counter() - self.started

    def about(self, subject_type: str, subject_id: str) -> None:
        """Note what the request is about, so that its story is found."""
        self.subject_type, self.subject_id = subject_type, subject_id

    async def tenant(self, slug: str) -> Tenant:
        """The tenant of that slug. ``UnknownTenant``, in the same words for one that the token may not see."""
        for tenant in await self.premises.tenancy.tenants_named(slug):
            if tenant.slug == slug and self.sees(tenant):
                self.tenant_id = tenant.id
                return tenant
        raise UnknownTenant(slug)

    def sees(self, tenant: Tenant) -> bool:
        """Whether the token is of that tenant, of its account, or of the installation."""
        token = self.token
        if token.tenant is not None:
            return token.tenant == tenant.id
        return token.account is None or fold(token.account) == fold(tenant.account)

    def demand_installation(self) -> None:
        """``BoundElsewhere`` unless the token is of the whole installation."""
        if self.token.tenant is not None or self.token.account is not None:
            raise BoundElsewhere(
                f"The API token {self.token.name!r} is bound to {self.token.bound_to}; this operation concerns the whole "
                "installation. Use a token that is bound to neither an account nor a tenant."
            )

    def versioned(self, version: object) -> None:
        """Give the answer this version as its ETag."""
        self.headers["etag"] = f'"{version}"'

    def desk_for(self, tenant: Tenant) -> Desk:
        """The desk for a change of that tenant's settings; it meets the version that If-Match names, or none is made.

        ``ChangedMeanwhile``.
        """
        if self.request.headers.get("if-match") is None:
            return self.desk
        self.demand_version(tenant.settings_version)
        return replace(self.desk, expects=tenant.settings_version)

    def demand_version(self, version: object) -> None:
        """``ChangedMeanwhile`` where If-Match names other versions than this one (RFC 9110 §13.1.1)."""
        wanted = self.request.headers.get("if-match")
        if wanted is None or wanted.strip() == "*":
            return
        named = {part.strip().removeprefix("W/") for part in wanted.split(",")}
        if f'"{version}"' not in named:
            raise ChangedMeanwhile(f'what If-Match names as {wanted[:100]}, and is "{version}" by now,')

    async def places(self, *parts: object) -> Place:
        """Where this list's cursors lead; ``parts`` are what it is confined to."""
        return await Place.of(self.premises.cursors, self.at, "api", self.operation, self.token.id, *parts)
