"""The engine's ordinary run passes against each receiving end; each limit of the catalogue, broken once, is refused there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from tests.connectors.scim_server import TOKEN, ScimServer, scim_server
from tests.doubles.receiving_ends import (
    Atlassian,
    AwsIdentityCenter,
    BearerToken,
    GitHub,
    HeaderToken,
    OAuth,
    Slack,
)
from vestibule.connectors.scim import ScimConnector
from vestibule.connectors.scim.rate import Rate
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.provisioning.application import Mode, SignOn
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.service_limits import NO_LIMITS, ServiceLimits
from vestibule.provisioning.setting_up import Wanted, added_application, reconnected, signed_on
from vestibule.provisioning.source import GroupRow, PersonRow, Reading, Status, difference
from vestibule.provisioning.worker import Worker
from vestibule.refused import Refused
from vestibule.sending import catalogue
from vestibule.stores.sqlite.provisioning import SqliteProvisioningStore

CATALOGUE = catalogue()
#: AWS takes 100 membership changes at once: there a crowd is more than that.
CROWD = {"aws-iam-identity-center": 130}
FEW = 45


@dataclass
class Hours:
    """A clock that a wait moves on."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def staff(size: int) -> dict[str, PersonRow]:
    people = {}
    for number in range(size):
        login = f"p{number:03d}"
        attributes = {
            "login": login,
            "email": f"{login}@corp.test",
            "firstName": "Given",
            "lastName": f"Family{number}",
            "displayName": f"Given Family{number}",
            "primaryPhone": "+358 40 1",
            "manager": "The Boss",
            "managerId": "m-1",
        }
        people[login] = PersonRow(login, attributes)
    return people


@dataclass
class Stage:
    """A company of its own and one application at a double."""

    store: SqliteProvisioningStore
    server: ScimServer
    clock: Hours
    limits: ServiceLimits
    name: str
    reading: Reading
    numbers: Callable[[], int]

    async def reads(self, **changes: Any) -> None:
        self.reading = replace(self.reading, **changes)
        change = difference(await self.store.known(), self.reading, lambda p: f"{p}{self.numbers():017d}")
        await self.store.apply_source(change)

    async def apply(self) -> RunReport:
        application = await self.store.application(self.name)
        limits = self.limits
        connector = ScimConnector(
            application,
            limits=limits,
            writes=Rate(
                limits.writes_per_second, limits.write_burst, clock=self.clock, sleep=self.clock.sleep
            ),
            reads=Rate(
                limits.reads_per_minute / 60, limits.write_burst, clock=self.clock, sleep=self.clock.sleep
            ),
        )
        try:
            return await Worker(self.store, application, connector).apply()
        finally:
            await connector.close()


async def life(
    entry_name: str,
    server: ScimServer,
    clock: Hours,
    limits: ServiceLimits | None = None,
    size: int = 0,
    wanted: Wanted | None = None,
) -> list[RunReport]:
    """Joiners with a group, a mover and a rename, a leaver, a full push: one report for each run."""
    entry = CATALOGUE.entry(entry_name)
    size = size or CROWD.get(entry_name, FEW)
    product = load_profile(dict(builtin_texts())["generic"], "generic")
    application, rows = added_application(wanted or Wanted("app"), entry, product)
    store = SqliteProvisioningStore("sqlite://")
    await store.start()
    try:
        async with scim_server(server):
            application = signed_on(application, "saml", "user.email")
            assert application.sign_on is SignOn.SAML
            application = reconnected(
                application,
                url=server.url,
                token="client:secret" if entry.authentication == "oauth" else TOKEN,
                token_url=f"{server.url}/token" if entry.authentication == "oauth" else None,
                client_id="client",
                usual=entry.authentication,
            )
            application = await store.add_application(application, rows)
            numbers = count(1)
            stage = Stage(
                store, server, clock, limits or entry.limits, "app", Reading(), lambda: next(numbers)
            )
            people = staff(size)
            await stage.reads(
                people=people,
                groups={"all": GroupRow("all", "Everyone")},
                memberships=frozenset(("all", login) for login in people),
            )
            ids = [Assignment(Subject.PERSON, person.id) for person in await store.people()]
            await store.assign(application.id, ids)
            group = await store.source_group("Everyone")
            await store.put_push_group(application.id, PushGroup(group.id, group.name))
            reports = [await stage.apply()]
            moved = replace(people["p000"], attributes={**people["p000"].attributes, "lastName": "Moved"})
            left = replace(people["p001"], status=Status.DEPROVISIONED)
            await stage.reads(
                people={**people, "p000": moved, "p001": left}, groups={"all": GroupRow("all", "All")}
            )
            reports.append(await stage.apply())
            facts = (await store.push_facts(application.id))[0]
            await store.put_push_group(application.id, replace(facts.group, full_push=True))
            reports.append(await stage.apply())
            return reports
    finally:
        await store.stop()


def faults(reports: list[RunReport]) -> list[str]:
    return [fault.detail for report in reports for fault in report.faults] + [
        report.stopped for report in reports if report.stopped
    ]


DOUBLES: dict[str, Callable[[Hours], ScimServer]] = {
    "aws-iam-identity-center": lambda clock: AwsIdentityCenter(),
    "github": lambda clock: GitHub(clock=clock),
    "slack": lambda clock: Slack(clock=clock),
    "atlassian": lambda clock: Atlassian(),
    "generic-bearer": lambda clock: BearerToken(),
    "generic-header": lambda clock: HeaderToken(),
    "generic-oauth": lambda clock: OAuth(),
    "wizard": lambda clock: BearerToken(),
}


def test_every_application_of_the_catalogue_has_its_double() -> None:
    products = {"acall", "getaccept"}  # their doubles are our own receiver: tests/stories
    assert {entry.name for entry in CATALOGUE.entries()} == set(DOUBLES) | products


@pytest.mark.parametrize("name", DOUBLES)
async def test_an_ordinary_life_passes(name: str) -> None:
    clock = Hours()
    server = DOUBLES[name](clock)
    reports = await life(name, server, clock)
    crowd = CROWD.get(name, FEW)
    assert faults(reports) == []
    assert [report.as_document()["creates"] for report in reports] == [crowd, 0, 0]
    assert (reports[1].as_document()["updates"], reports[1].as_document()["deactivations"]) == (1, 1)
    assert all(report.waiting == 0 for report in reports)
    kept = server.group("All")
    left = next(user for user in server.users.values() if user["userName"].startswith("p001"))
    assert left["active"] is False
    assert len(kept["members"]) == crowd - 1
    assert getattr(server, "refused", 0) == 0


#: A limit of the catalogue, as it would be were it not known, and what the receiving end says then.
BROKEN = [
    ("aws-iam-identity-center", {"members_per_patch": 101}, "at most 100 membership changes"),
    ("aws-iam-identity-center", {"replaces_members": True}, "members: replace is not supported"),
    ("aws-iam-identity-center", {"suppressed": ()}, "manager.displayName is not supported"),
    ("github", {"suppressed": ()}, "password: malformed"),
    ("github", {"writes_per_hour": 0}, "429 Too Many Requests"),
    ("slack", {"writes_per_minute": 0}, "429 Too Many Requests"),
    ("atlassian", {"suppressed": ()}, "password is not supported"),
]


@pytest.mark.parametrize(("name", "changed", "said"), BROKEN, ids=lambda value: str(value)[:40])
async def test_a_limit_that_is_not_kept_is_refused_there(
    name: str, changed: dict[str, Any], said: str
) -> None:
    clock = Hours()
    server = DOUBLES[name](clock)
    if isinstance(server, GitHub):
        server.users_an_hour = 30
    sends_password = Wanted("app", as_okta=True) if "password" in said else None
    limits = replace(CATALOGUE.limits(name), **changed)
    reports = await life(name, server, clock, limits, wanted=sends_password)
    if "429" in said:
        assert any(report.waiting for report in reports)
    else:
        assert any(said in fault for fault in faults(reports)), faults(reports)[:3]


async def test_group_put_where_there_is_none_is_refused_there() -> None:
    for name in ("aws-iam-identity-center", "atlassian"):
        clock = Hours()
        limits = replace(CATALOGUE.limits(name), group_put=True)
        by_put = Wanted("app", mode=Mode.PUT)
        reports = await life(name, DOUBLES[name](clock), clock, limits, size=3, wanted=by_put)
        assert any("PUT" in fault for fault in faults(reports)), name
        reports = await life(name, DOUBLES[name](clock), clock, size=3, wanted=by_put)
        assert faults(reports) == []


async def test_a_lookup_that_is_not_possible_is_refused_before_anything_is_sent() -> None:
    for name in ("aws-iam-identity-center", "github", "atlassian"):
        with pytest.raises(Refused, match=r"cannot be asked for users by emails\.value"):
            await life(
                name, DOUBLES[name](Hours()), Hours(), wanted=Wanted("app", unique_identifier="emails.value")
            )


async def test_a_person_without_a_mandatory_attribute_is_told_and_not_sent() -> None:
    clock = Hours()
    server = AwsIdentityCenter()
    people = staff(3)
    bare = {key: value for key, value in people["p002"].attributes.items() if key != "displayName"}
    people["p002"] = PersonRow("p002", bare)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(globals(), "staff", lambda size: people)
        reports = await life("aws-iam-identity-center", server, clock, size=3)
    assert any("displayName" in fault for fault in faults(reports))
    assert len(server.users) == 2


async def test_pages_are_no_longer_than_a_list_gives() -> None:
    """W135 with W55: Okta's next page begins a hundred later, whatever came."""
    server = AwsIdentityCenter()
    for number in range(120):
        server.users[f"user-{number}"] = {"id": f"user-{number}", "userName": f"p{number}@corp.test"}
    async with scim_server(server):
        product = load_profile(dict(builtin_texts())["generic"], "generic")
        entry = CATALOGUE.entry("aws-iam-identity-center")
        application = added_application(Wanted("app", as_okta=True), entry, product)[0]
        application = reconnected(signed_on(application, "oidc", ""), url=server.url, token=TOKEN)
        for limits, found in ((entry.limits, 120), (NO_LIMITS, 70)):
            connector = ScimConnector(application, limits=limits)
            assert len([user async for user in connector.users()]) == found
            await connector.close()


async def test_an_access_token_that_ends_is_fetched_anew() -> None:
    server = OAuth(good_for=60)
    reports = await life("generic-oauth", server, Hours())
    assert faults(reports) == []
    assert server.given > 2


async def test_a_wrong_client_secret_stops_the_run_and_is_never_shown() -> None:
    server = OAuth(secret="other")
    product = load_profile(dict(builtin_texts())["generic"], "generic")
    application = added_application(Wanted("app"), CATALOGUE.entry("generic-oauth"), product)[0]
    async with scim_server(server):
        application = reconnected(
            signed_on(application, "oidc", ""),
            url=server.url,
            token="a-wrong-secret",
            token_url=f"{server.url}/token",
            client_id="client",
            usual="oauth",
        )
        connector = ScimConnector(application)
        result = await connector.test_credentials()
        await connector.close()
    assert result.verdict == "wrong token"
    assert "unknown client" in result.sentence
    assert "a-wrong-secret" not in result.sentence
