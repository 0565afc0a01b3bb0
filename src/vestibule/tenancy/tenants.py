"""Making a tenant, and what an operator may change of it."""

from __future__ import annotations

from dataclasses import replace

from vestibule.directory.derive_anew import derived_as
from vestibule.profiles.builtin import DEFAULT
from vestibule.profiles.profile import ApplicationProfile
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import BadSlug, GateClosed, InvalidatesPeople, NameMissing, UnknownPlan
from vestibule.tenancy.gate import plan_refusal, sign_on_refusal
from vestibule.tenancy.store import NewTenant, TenantChange
from vestibule.tenancy.tenant import Provisioning, Tenant, is_slug, slug_from


async def create_tenant(
    desk: Desk,
    name: str,
    *,
    slug: str | None = None,
    account: str | None = None,
    plan: str | None = None,
    profile: str | None = None,
) -> Tenant:
    """A new tenant in draft, with its default connection.

    The slug is made of the name unless given, the account is called like the tenant, profile and
    plan are the installation's and the profile's defaults. ``BadSlug``, ``SlugTaken``,
    ``UnknownProfile``, ``UnknownPlan``.
    """
    name = name.strip()
    chosen = slug if slug is not None else slug_from(name)
    if not is_slug(chosen):
        raise BadSlug(chosen)
    if not name:
        raise NameMissing()
    product = await desk.profiles.current(profile or await desk.store.default_profile() or DEFAULT)
    new = NewTenant(
        slug=chosen,
        name=name,
        account=(account or name).strip(),
        profile=product.name,
        plan=_known_plan(plan or product.default_plan, product),
        derived=derived_as(product),
    )
    payload = {"name": name, "account": new.account, "profile": new.profile, "plan": new.plan}
    return await desk.store.add_tenant(
        new, desk.entry("tenant.created", "Tenant", chosen, payload), desk.clock()
    )


async def change_plan(desk: Desk, tenant: Tenant, plan: str) -> Tenant:
    """The tenant on another plan, from the next request on. ``UnknownPlan`` names those there are."""
    wanted = _known_plan(plan, await desk.profile_of(tenant))
    return await _change(
        desk, tenant, "tenant.plan_changed", TenantChange(plan=wanted), before=tenant.plan, after=wanted
    )


async def change_profile(desk: Desk, tenant: Tenant, profile: str, *, accept: bool = False) -> Tenant:
    """The tenant as one of another product, from the next request on.

    Its plan becomes that product's default where the product has none of its name. ``UnknownProfile``;
    ``InvalidatesPeople`` where somebody would not fit any more, unless that is accepted.
    """
    product, before = await desk.profiles.current(profile), await desk.profile_of(tenant)
    payload = {"before": tenant.profile, "after": product.name}
    if desk.checker is not None and product.version != before.version:
        checked = await desk.checker.check(tenant.id, product, before)
        if checked.invalidates and not accept:
            raise InvalidatesPeople(product.name, tenant.slug, checked)
        if checked.invalidates:
            payload["accepted"] = str(checked.unfit)
    plan = tenant.plan if tenant.plan in product.plans else product.default_plan
    change = TenantChange(profile=product.name, plan=plan)
    return await _change(desk, tenant, "tenant.profile_changed", change, **payload)


async def suspend(desk: Desk, tenant: Tenant) -> Tenant:
    """Every token of the tenant is refused until ``resume``."""
    return await _change(desk, tenant, "tenant.suspended", TenantChange(suspended=True))


async def resume(desk: Desk, tenant: Tenant) -> Tenant:
    """The end of a suspension."""
    return await _change(desk, tenant, "tenant.resumed", TenantChange(suspended=False))


async def confirm_sign_on(desk: Desk, tenant: Tenant, confirmed: bool = True) -> Tenant:
    """Note that sign-on is set up (or is not any more), where ``sso_first`` asks for it."""
    action = "tenant.sign_on_confirmed" if confirmed else "tenant.sign_on_confirmation_withdrawn"
    return await _change(desk, tenant, action, TenantChange(sso_confirmed=confirmed))


async def switch_provisioning(desk: Desk, tenant: Tenant, state: Provisioning) -> Tenant:
    """Draft, on or paused. On is refused (``GateClosed``) where plan or sign-on would keep everybody out."""
    if state is Provisioning.ON:
        product = await desk.profile_of(tenant)
        closed = plan_refusal(tenant.plan, product) or sign_on_refusal(tenant.sso_confirmed, product)
        if closed is not None:
            raise GateClosed(closed.detail)
    return await _change(
        desk,
        tenant,
        "tenant.provisioning_switched",
        TenantChange(provisioning=state),
        before=tenant.provisioning.value,
        after=state.value,
    )


async def _change(desk: Desk, tenant: Tenant, action: str, change: TenantChange, **payload: str) -> Tenant:
    entry = desk.entry(action, "Tenant", tenant.slug, payload or None)
    change = replace(change, expected_version=desk.expects)
    return await desk.store.change_tenant(tenant.id, change, entry, desk.clock())


def _known_plan(plan: str, profile: ApplicationProfile) -> str:
    if plan not in profile.plans:
        raise UnknownPlan(plan, profile.name, profile.plans)
    return plan
