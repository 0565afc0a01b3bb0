"""Application profiles: which there are, what one declares, whom one would not fit; keeping one."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.profile_check import CheckedTenant, ProfileChecker
from vestibule.profiles.attribute_table import HEADINGS, optional_rows, required_rows
from vestibule.profiles.builtin import DEFAULT
from vestibule.profiles.faults import FaultyProfile
from vestibule.profiles.load import load_profile
from vestibule.profiles.mapping_gaps import unmapped_required
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import UnknownProfile
from vestibule.tenancy.errors import InvalidatesPeople, UnknownTenant
from vestibule.tenancy.kept_profiles import choose_default_profile, keep_profile
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.api.parameters import Slug
from vestibule.web.api.problems import BoundElsewhere

RESOURCE = Resource("profiles", "Application profiles", "A product, as a declaration.")

ProfileName = Annotated[
    str, Field(min_length=1, max_length=100, description="The profile's name, such as acall.")
]
ProfileText = Annotated[str, Field(min_length=1, max_length=500_000, description="The profile in TOML.")]


@message
class PlanShown:
    """A plan of the product."""

    name: str
    label: str
    provisioning: Annotated[bool, Field(description="Whether it includes user provisioning.")]


@message
class ProfileSummary:
    """A profile in a list."""

    name: str
    product: str
    version: int
    plans: list[PlanShown]
    kept: Annotated[bool, Field(description="In the database, and not (only) built in.")]
    default: Annotated[bool, Field(description="What a new tenant takes where none is named.")]


@message
class ProfileRole:
    """A role of the product."""

    name: str
    rights: list[str]
    default: bool


@message
class ProfileShown:
    """What a profile declares."""

    name: str
    product: str
    version: int
    plans: list[PlanShown]
    default_plan: str
    roles: list[ProfileRole]
    role_sources: list[str]
    teams: bool
    address: str
    sso_first: str
    user_name: str
    delete: str
    required: list[str]
    types: list[str]
    attributes: Annotated[list[dict[str, Any]], Field(description="The rows of the attribute table.")]


@message
class ProfileToCheck:
    """What a tenant's people are held to: a profile by name, or one in TOML; else the tenant's own."""

    profile: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    text: Annotated[ProfileText | None, Field()] = None


@message
class CheckExample:
    """A resource that does not fit."""

    id: str
    name: str
    sentence: str


@message
class CheckFinding:
    """An attribute that does not fit, or would be hidden."""

    type: str
    path: str
    hides: bool
    count: int
    examples: list[CheckExample]


@message
class ProfileChecked:
    """Whom a profile would not fit. Nothing was changed."""

    tenant: str
    profile: str
    version: int
    resources: Annotated[dict[str, int], Field(description="How many were looked at, by type.")]
    unfit: int
    findings: list[CheckFinding]
    unmapped_required: list[str]


@message
class ProfileToKeep:
    """A profile to be copied into the database: from then on its name means this."""

    text: ProfileText
    accept: Annotated[bool, Field(description="Although people there are would not fit it. Audited.")] = False


@message
class DefaultProfile:
    """The profile of tenants made without one."""

    profile: ProfileName


@RESOURCE.get("/profiles", name="list", scope="profiles:read")
async def list_profiles(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[ProfileSummary]:
    """Every profile a tenant can have, with its plans."""
    shelf, store = call.premises.profiles, call.premises.tenancy
    kept = {profile.name for profile in await store.stored_profiles()}
    default = await store.default_profile() or DEFAULT
    page = page_by_key(await shelf.names(), str, count, await call.places(), cursor)
    items = []
    for name in page.items:
        profile = await shelf.current(name)
        items.append(
            ProfileSummary(
                name=name,
                product=profile.product.name,
                version=profile.version,
                plans=_plans(profile),
                kept=name in kept,
                default=name == default,
            )
        )
    return Page(items, page.next)


@RESOURCE.get("/profiles/{name}", name="show", scope="profiles:read", raises=(UnknownProfile,))
async def show(call: Call, name: ProfileName) -> ProfileShown:
    """What a profile declares, with its attribute table."""
    profile = await call.premises.profiles.current(name)
    call.versioned(profile.version)
    return _shown(profile)


@RESOURCE.put(
    "/profiles",
    name="keep",
    scope="profiles:write",
    raises=(FaultyProfile, InvalidatesPeople, BoundElsewhere),
)
async def keep(call: Call, body: ProfileToKeep) -> ProfileShown:
    """Copy a profile into the database; its name means it from now on, for every tenant that has it.

    Refused where people would not fit it any more, unless that is accepted.
    """
    call.demand_installation()
    kept = await keep_profile(call.desk, body.text, "the profile", accept=body.accept)
    call.about("Profile", kept.name)
    return _shown(kept)


@RESOURCE.put(
    "/default-profile", name="set_default", scope="profiles:write", raises=(UnknownProfile, BoundElsewhere)
)
async def set_default(call: Call, body: DefaultProfile) -> ProfileShown:
    """What a new tenant takes where no profile is named."""
    call.demand_installation()
    await call.premises.profiles.current(body.profile)
    call.about("Profile", body.profile)
    return _shown(await choose_default_profile(call.desk, body.profile))


@RESOURCE.post(
    "/tenants/{tenant}/profile/check",
    name="check",
    scope="tenants:read",
    raises=(UnknownTenant, UnknownProfile, FaultyProfile),
)
async def check(call: Call, tenant: Slug, body: ProfileToCheck) -> ProfileChecked:
    """Say whom of a tenant a profile does not fit, with counts and examples. Nothing is changed."""
    found = await call.tenant(tenant)
    premises = call.premises
    own = wanted = await call.desk.profile_of(found)
    if body.text is not None:
        wanted = load_profile(body.text, "the profile")
    elif body.profile is not None:
        wanted = await premises.profiles.current(body.profile)
    checker = ProfileChecker(premises.directory, premises.derivation)
    checked = await checker.check(found.id, wanted, None if wanted is own else own)
    return ProfileChecked(
        tenant=found.slug,
        profile=wanted.name,
        version=wanted.version,
        resources=checked.seen,
        unfit=checked.unfit,
        findings=_findings(checked),
        unmapped_required=unmapped_required(wanted),
    )


def _shown(profile: ApplicationProfile) -> ProfileShown:
    rows = (*required_rows(profile), *optional_rows(profile))
    return ProfileShown(
        name=profile.name,
        product=profile.product.name,
        version=profile.version,
        plans=_plans(profile),
        default_plan=profile.default_plan,
        roles=[
            ProfileRole(name=role.name, rights=list(role.rights), default=role.default)
            for role in profile.roles
        ],
        role_sources=list(profile.role_sources),
        teams=profile.teams,
        address=profile.address.value,
        sso_first=profile.sso_first.value,
        user_name=profile.user_name.value,
        delete=profile.delete.value,
        required=["userName", *profile.required],
        types=list(profile.types),
        attributes=[dict(zip(HEADINGS, row, strict=True)) for row in rows],
    )


def _plans(profile: ApplicationProfile) -> list[PlanShown]:
    return [
        PlanShown(name=plan.name, label=plan.label, provisioning=plan.provisioning)
        for plan in profile.plans.values()
    ]


def _findings(checked: CheckedTenant) -> list[CheckFinding]:
    return [
        CheckFinding(
            type=finding.type,
            path=finding.path,
            hides=finding.hides,
            count=finding.count,
            examples=[
                CheckExample(id=one.id, name=one.name, sentence=one.sentence) for one in finding.examples
            ],
        )
        for finding in checked.findings
    ]
