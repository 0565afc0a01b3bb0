"""A visit to one tenant's pages: who may come in, and what its pages work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from vestibule.profiles.profile import ApplicationProfile
from vestibule.tenancy.tenant import Tenant
from vestibule.web.console.languages import message
from vestibule.web.console.pages import nothing_there
from vestibule.web.console.receiving.menu import GLOBAL, OPERATORS, SETTINGS
from vestibule.web.console.receiving.retelling import RETELLING
from vestibule.web.console.receiving.tenant_room import TenantRoom
from vestibule.web.console.refusals import PageRefused, SignInFirst
from vestibule.web.console.visit import Visit
from vestibule.web.premises import Premises

PREFIX = "/tenants/{slug}"


class LookFirst(PageRefused):
    """An operator opened a customer's page without saying that they mean to look at it."""

    status = 403


@dataclass(slots=True)
class OperatorVisit(Visit):
    """Somebody who runs the service, on the operators' own pages."""

    premises: Premises = field(kw_only=True)

    @property
    def actor(self) -> str:
        """For the audit."""
        return self.administrator.actor

    def context(self) -> dict[str, Any]:
        """What templates of these pages know besides."""
        path = _path_within(self)
        return {
            **Visit.context(self),
            "operators_menu": [(entry, entry.is_open(path)) for entry in OPERATORS],
        }


@dataclass(slots=True)
class TenantVisit(Visit):
    """Somebody who looks after this tenant; or an operator who looks at its screens."""

    premises: Premises = field(kw_only=True)
    room: TenantRoom = field(kw_only=True)
    #: Every tenant that they may choose.
    tenants: Sequence[Tenant] = field(kw_only=True)

    @property
    def tenant(self) -> Tenant:
        """The tenant."""
        return self.room.tenant

    @property
    def profile(self) -> ApplicationProfile:
        """Its product."""
        return self.room.profile

    @property
    def actor(self) -> str:
        """For the audit."""
        return self.administrator.actor

    @property
    def is_viewing(self) -> bool:
        """Whether it is an operator who looks at a customer's screens."""
        return self.administrator.is_operator and not _may_reach(self)

    def below(self, path: str) -> str:
        """An address of this tenant's pages, as ``go`` takes it."""
        return f"/tenants/{self.tenant.slug}{path}"

    def retold(self, sentence: str) -> str:
        """A sentence that was kept in English, in the visitor's language."""
        return RETELLING.told(sentence, self.language)

    def context(self) -> dict[str, Any]:
        """What templates of these pages know besides."""
        path = _path_within(self).removeprefix(f"/tenants/{self.tenant.slug}")
        return {
            **Visit.context(self),
            "tenant": self.tenant,
            "profile": self.profile,
            "product": self.profile.product,
            "word": self.profile.product.wording.get("tenant") or "tenant",
            "here": lambda path: self.at(self.below(path)),
            "retold": self.retold,
            "menu": [
                (entry, entry.is_open(path))
                for entry in GLOBAL
                if self.profile.teams or not entry.needs_teams
            ],
            "sub_menu": [(entry, entry.is_open(path)) for entry in SETTINGS]
            if path.startswith("/settings")
            else (),
            "page_path": path,
            "tenants": self.tenants,
        }


def _may_reach(visit: TenantVisit) -> bool:
    return any(one.id == visit.tenant.id for one in visit.tenants)


def _path_within(visit: Visit) -> str:
    root: str = visit.request.scope.get("root_path", "")
    return visit.request.url.path.removeprefix(root)


async def tenants_of(premises: Premises, visit: Visit) -> list[Tenant]:
    """The tenants that whoever visits looks after."""
    one = visit.administrator
    accounts = {account.name: account.id for account in await premises.tenancy.accounts()}
    return [
        tenant
        for tenant in await premises.tenancy.tenants()
        if tenant.account in accounts and one.reaches(accounts[tenant.account], tenant.id)
    ]


async def enter_tenant(premises: Premises, visit: Visit) -> TenantVisit:
    """The visit to the tenant in the path. SignInFirst; the same answer for what is not theirs and what is not there."""
    if not visit.is_signed_in:
        raise SignInFirst()
    slug = visit.path("slug")
    mine = await tenants_of(premises, visit)
    tenant = next((one for one in mine if one.slug == slug), None)
    if tenant is None and visit.administrator.is_operator:
        named = [one for one in await premises.tenancy.tenants_named(slug) if one.slug == slug]
        tenant = named[0] if named else None
        if tenant is not None and (visit.session is None or visit.session.viewing != tenant.id):
            raise LookFirst(
                message(
                    "These are a customer's screens. Open the tenant {slug} under Customers, and press See their screens."
                ),
                slug=tenant.slug,
            )
    if tenant is None:
        raise nothing_there()
    return await visit_to(premises, visit, tenant, mine)


async def visit_to(
    premises: Premises, visit: Visit, tenant: Tenant, tenants: Sequence[Tenant]
) -> TenantVisit:
    """The visit to that tenant, for somebody who may."""
    room = TenantRoom(
        premises,
        tenant,
        await premises.profiles.current(tenant.profile),
        await premises.tenancy.connections(tenant.id),
        visit.administrator.actor,
        visit.request.state.request_id,
    )
    return TenantVisit(**_own(visit), premises=premises, room=room, tenants=tenants)


async def enter_operators(premises: Premises, visit: Visit) -> OperatorVisit:
    """The visit of an operator. SignInFirst; for everybody else there is nothing."""
    if not visit.is_signed_in:
        raise SignInFirst()
    if not visit.administrator.is_operator:
        raise nothing_there()
    return OperatorVisit(**_own(visit), premises=premises)


def _own(visit: Visit) -> dict[str, Any]:
    return {part.name: getattr(visit, part.name) for part in fields(Visit)}
