"""The receiving side's part: two tenants and their tokens, as an operator makes them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from vestibule.app import Vestibule
from vestibule.clock import utc_clock
from vestibule.profiles.shelf import ProfileShelf
from vestibule.tenancy.access_tokens import issue_token
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.tenants import confirm_sign_on, create_tenant


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the demo: its profile, the customer's tenant, and the application's name."""

    profile: str
    application: str
    tenant: str
    slug: str


PRODUCTS = (
    Product("acall", "ACALL", "Kitano Works", "kitano-works"),
    Product("getaccept", "GetAccept", "Aldermoor", "aldermoor"),
)


def operators_desk(receiving: Vestibule) -> Desk:
    """Where the demo acts as the operator."""
    tenancy = receiving.store.tenancy
    return Desk(tenancy, ProfileShelf(tenancy), utc_clock(), secrets.token_bytes, "operator:demo")


async def tenant_of(desk: Desk, product: Product) -> Tenant:
    """The product's tenant, made at the first run; sign-on is confirmed where the product asks for it."""
    found = await desk.store.tenants_named(product.slug)
    if found:
        return found[0]
    made = await create_tenant(desk, product.tenant, slug=product.slug, profile=product.profile)
    return await confirm_sign_on(desk, made)


async def new_token(desk: Desk, tenant: Tenant) -> str:
    """A fresh access token, which switches provisioning on."""
    return (await issue_token(desk, tenant, name="demo")).secret
