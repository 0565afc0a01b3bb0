"""A tenant in which everything has happened once: for looking at pages, and for the gallery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.console.okta import Okta
from tests.console.serving import Served
from vestibule.tenancy.tenant import Tenant

_PEOPLE = (
    ("Mika", "Laine", "User"),
    ("花子", "佐藤", "Manager"),
    ("Zoë", "Brontë", "Administrator"),
    ("Seán", "O’Brien", "User"),
    ("ليلى", "حدّاد", "Manager"),
    ("Ana", "Silva", "Administrator"),
    ("Tom", "Berg", "User"),
    ("Inês", "Costa", "Manager"),
    ("Jurō", "Katō", "User"),
    ("Eva", "Nováková", "User"),
)
_ADDRESSES = (
    "mika.laine",
    "hanako.sato",
    "zoe.bronte",
    "sean.obrien",
    "layla.haddad",
    "ana.silva",
    "tom.berg",
    "ines.costa",
    "juro.kato",
    "eva.novakova",
)

PAGES_OF_OPERATORS = (
    "/operator/health",
    "/operator/customers",
    "/operator/customers/new",
    "/operator/customers/example-sales",
    "/operator/requests",
    "/operator/operators",
    "/operator/audit",
    "/you",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """The tenant, and the ids of what its pages are about."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "overview",
        "people",
        "existed",
        "person",
        "erase",
        "review",
        "preview",
        "teams",
        "team",
        "pending",
        "activity",
        "story",
        "integrations",
        "scim",
        "guides",
        "guide",
        "trial",
        "sign-on",
        "roles",
        "tokens",
        "administrators",
        "audit",
    )

    tenant: Tenant
    person: str
    team: str
    story: str

    def path(self, name: str) -> str:
        """The address of a page."""
        below = {
            "existed": "/people?show=unclaimed",
            "person": f"/people/{self.person}",
            "erase": f"/people/{self.person}/erase",
            "review": "/people/review",
            "preview": "/people/preview",
            "team": f"/teams/{self.team}",
            "pending": "/teams/pending",
            "story": f"/activity/{self.story}",
            "integrations": "/settings/integrations",
            "scim": "/settings/integrations/scim",
            "guides": "/settings/integrations/scim/guide",
            "guide": "/settings/integrations/scim/guide/okta-catalog",
            "trial": "/settings/integrations/scim/test",
            "sign-on": "/settings/sign-on",
            "roles": "/settings/roles?try=1&s0=Manager&s1=Administrator&edit=1&source=userType&value=User&instead=Manager",
            "tokens": "/settings/tokens",
            "administrators": "/settings/administrators",
            "audit": "/settings/audit",
        }
        return f"/tenants/{self.tenant.slug}{below.get(name, f'/{name}')}"


def filled(server: Served) -> Filled:
    """Everything comes over the wire, as Okta sends it."""
    tenant = server.tenant("Example Sales", "getaccept", account="Example Group")
    server.existing(
        tenant,
        "userName,givenName,familyName,email\nguest@mail.example,Guillaume,Guest,guest@mail.example\n"
        "old.hand@mail.example,Old,Hand,old.hand@mail.example\n",
    )
    okta = Okta(server.base(tenant), server.token(tenant))
    ids = []
    for at, (given, family, role) in enumerate(_PEOPLE):
        more = {"roles": [{"value": "Administrator", "primary": True}]} if at == 3 else {}
        answer = okta.provision(f"{_ADDRESSES[at]}@example.com", given, family, userType=role, **more)
        ids.append(answer.json()["id"])
    okta.provision(f"{_ADDRESSES[1]}@example.com", userType="Administrator")
    okta.deactivate(ids[4])
    okta.send("DELETE", f"/Users/{ids[9]}")
    team = okta.push_group("Sales EMEA", *ids[:5], "00unobody").json()["id"]
    okta.push_group("Sales EMEA")
    okta.provision("kim.mj")
    okta.provision("boss@example.com", userType="Boss")
    refused = okta.provision("guest@mail.example")
    Okta(server.base(tenant), "vst_scim_short").test_api_credentials()
    return Filled(tenant, ids[1], team, refused.json()["detail"].rpartition("/")[2])
