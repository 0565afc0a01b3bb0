"""An application profile: the declaration of a product (what its attributes, roles and rules are).

Frozen values; ``vestibule.profiles.load`` reads them from TOML and reports faults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vestibule.scim.checker import CompiledType
from vestibule.scim.fold import fold


class Owner(StrEnum):
    """Who says what an absent key of a PUT means: *client* clears it, *product* keeps it."""

    CLIENT = "client"
    PRODUCT = "product"


class SsoFirst(StrEnum):
    """Whether sign-on must be set up before provisioning."""

    OFF = "off"
    ADVISE = "advise"
    REQUIRE = "require"


class AddressStyle(StrEnum):
    """Which SCIM address is shown: one URL for all tenants, or a Tenant URL each."""

    SHARED = "shared"
    TENANT = "tenant"


class UserNameRule(StrEnum):
    """What a userName must be."""

    ANY = "any"
    EMAIL = "email"


class DeleteRule(StrEnum):
    """What a DELETE leaves behind: a later POST of the name makes a new id, or revives the same row."""

    TOMBSTONE = "tombstone"
    INACTIVATE = "inactivate"


@dataclass(frozen=True, slots=True)
class MappedAttribute:
    """One row of the help page's attribute table and of the default mapping in Okta.

    ``external_name`` is Okta's notation (W61–W66), e.g. ``roles.^[primary==true].value``;
    ``namespace`` the schema URN; ``okta_default`` the Okta expression (``user.email``) or "".
    """

    label: str
    variable: str
    external_name: str
    namespace: str
    required: bool = False
    okta_default: str = ""
    description: str = ""
    enum: tuple[str, ...] = ()
    #: "personal" or "group" scope in Okta's Profile Editor.
    scope: str = "personal"
    owner: Owner = Owner.CLIENT
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """An application role and the access rights it means."""

    name: str
    rights: tuple[str, ...] = ()
    #: The role of a person for whom nothing was sent.
    default: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of the product and what it allows."""

    name: str
    provisioning: bool = True
    label: str = ""
    #: So many active people at most; None for as many as come.
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class TypeRules:
    """What a profile says of a resource type of its own, beside its schema."""

    #: Path of the required, unique attribute by which people know one: "name"; "" where there is none.
    key: str = ""
    delete: DeleteRule = DeleteRule.TOMBSTONE


@dataclass(frozen=True, slots=True)
class Product:
    """Name, logo and where help is."""

    name: str
    support_contact: str = ""
    help_url: str = ""
    logo: str = ""
    #: What the product calls a tenant on its screens ("entity"), and other words.
    wording: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApplicationProfile:
    """A product, whole. ``version`` is a number derived from the content, for caches and rows."""

    name: str
    version: int
    product: Product
    #: By resource-type name; "Group" is there only where the product has teams.
    types: Mapping[str, CompiledType]
    attributes: tuple[MappedAttribute, ...]
    plans: Mapping[str, Plan]
    default_plan: str
    roles: tuple[Role, ...] = ()
    #: In order of precedence, as SCIM paths: "userType", "roles[primary eq true].value", "roles.value".
    role_sources: tuple[str, ...] = ()
    teams: bool = True
    address: AddressStyle = AddressStyle.TENANT
    sso_first: SsoFirst = SsoFirst.OFF
    user_name: UserNameRule = UserNameRule.ANY
    delete: DeleteRule = DeleteRule.TOMBSTONE
    #: Paths a person cannot be without, beyond what the schemas require: "name.familyName".
    required: tuple[str, ...] = ()
    #: Attribute paths (as "name", "urn:…:User:department") whose owner is the product.
    product_owned: frozenset[str] = frozenset()
    #: Attribute paths of a person with key rows of their own ("accounts.value").
    indexed: tuple[str, ...] = ()
    #: Outside services whose accounts people name, and the paths that name one, the first with a value deciding:
    #: {"slack": ('accounts[type eq "slack"].value',)}.
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Resource types that the product adds to User and Group, by name.
    declared: Mapping[str, TypeRules] = field(default_factory=dict)

    def scim_path(self, slug: str) -> str:
        """The path of the SCIM address that is shown for the tenant of that slug."""
        return "/scim/v2" if self.address is AddressStyle.SHARED else f"/t/{slug}/scim/v2"

    def keyed(self, type: CompiledType) -> tuple[str, ...]:
        """Attribute paths of which resources of that type have key rows, ``emails.value`` apart."""
        if type.name != "User":
            return type.unique
        return (*self.indexed, *type.unique) if type.unique else self.indexed

    def roles_with(self, own: Sequence[Role]) -> tuple[Role, ...]:
        """The product's roles and the tenant's own; an own role of a product role's name takes its place."""
        if not own:
            return self.roles
        roles = {fold(role.name): role for role in self.roles}
        for role in own:
            before = roles.get(fold(role.name))
            is_default = role.default or (before is not None and before.default)
            roles[fold(role.name)] = replace(role, default=is_default)
        return tuple(roles.values())
