"""Where an operator works: the store, the profiles, the clock, and whose hand it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.directory.profile_check import ProfileChecker
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import ProfileShelf
from vestibule.tenancy.errors import AmbiguousTenant, UnknownTenant
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Desk:
    """Console and command line make one and hand it to the functions of this room."""

    store: TenancyStore
    profiles: ProfileShelf
    clock: Callable[[], str]
    random: Callable[[int], bytes]
    #: For the audit: ``operator:mia``.
    actor: str
    #: Says what a changed profile means for whom there is; None asks nobody.
    checker: ProfileChecker | None = None
    #: The request on whose behalf it is, where one came; it stands in the audit.
    request: str | None = None
    #: The version that a tenant's settings must have for a change to be made; None takes any.
    expects: int | None = None

    async def tenant(self, named: str) -> Tenant:
        """The tenant of that slug, else the only one of that display name.

        ``UnknownTenant``, ``AmbiguousTenant``.
        """
        found = await self.store.tenants_named(named)
        if not found:
            raise UnknownTenant(named)
        if len(found) > 1:
            raise AmbiguousTenant(named, [tenant.slug for tenant in found])
        return found[0]

    async def profile_of(self, tenant: Tenant) -> ApplicationProfile:
        """The product this tenant is of."""
        return await self.profiles.current(tenant.profile)

    def entry(
        self, action: str, subject_type: str, subject_id: object, payload: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """The audit entry of what is done here."""
        return AuditEntry(self.actor, action, subject_type, str(subject_id), payload, self.request)
