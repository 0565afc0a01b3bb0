"""Faults of set-up and of what identity providers send: each caused over the wire, never by inserting a row.

A row says what an administrator did or did not do, which page they would open first, and the words that
name cause, field and cure there. ``docs/reference/faults-in-the-console.md`` is made of this table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.console.hand import Stage
from tests.installation import Tenant
from vestibule.recordings.format import Setup
from vestibule.recordings.replay import Request
from vestibule.tenancy.access_tokens import find_token, issue_token, revoke_token
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.tenants import (
    change_plan,
    confirm_sign_on,
    create_tenant,
    suspend,
    switch_provisioning,
)
from vestibule.tenancy.token import make_token

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OKTA = {"User-Agent": "Okta SCIM Client 1.0.0", "Content-Type": "application/scim+json"}

Cause = Callable[[Stage, Tenant], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``page`` is below the tenant's own; ``says`` are words of that page."""

    name: str
    cause: Cause
    says: tuple[str, ...]
    page: str = "/overview"
    profile: str = "getaccept"


def person(user_name: str = "mika@corp.test", **more: Any) -> dict[str, Any]:
    """Somebody as Okta sends them."""
    return {
        "schemas": [CORE],
        "userName": user_name,
        "name": {"givenName": "Mika", "familyName": "Laine"},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
        **more,
    }


def posts(body: Any, path: str = "/Users") -> Cause:
    """Something that is sent once."""

    async def cause(_: Stage, tenant: Tenant) -> Any:
        return await tenant.post(path, body, OKTA)

    return cause


def shows(token: Callable[[str], str]) -> Cause:
    """A request with another token than the one that was handed out."""

    async def cause(_: Stage, tenant: Tenant) -> Any:
        return await replace(tenant, token=token(tenant.token)).get("/Users", OKTA)

    return cause


def settings(change: Callable[[Stage, Tenant], Awaitable[Any]]) -> Cause:
    """A request after something was changed on our side."""

    async def cause(stage: Stage, tenant: Tenant) -> Any:
        await change(stage, tenant)
        return await tenant.get("/Users", OKTA)

    return cause


async def _no_token(_: Stage, tenant: Tenant) -> Any:
    return await tenant.get("/Users", {**OKTA, "Authorization": ""})


async def _revoked(stage: Stage, tenant: Tenant) -> Any:
    desk = stage.site.desk
    await revoke_token(desk, await find_token(desk, tenant.token))
    return await tenant.get("/Users", OKTA)


async def _expired(stage: Stage, tenant: Tenant) -> Any:
    issued = await issue_token(stage.site.desk, tenant.record, lifetime=timedelta(seconds=-1))
    return await replace(tenant, token=issued.secret).get("/Users", OKTA)


async def _others(stage: Stage, tenant: Tenant) -> Any:
    desk = stage.site.desk
    other = await create_tenant(desk, "The other entity", account=tenant.record.account, profile="getaccept")
    await confirm_sign_on(desk, other)
    issued = await issue_token(desk, other)
    return await replace(tenant, token=issued.secret).get("/Users", OKTA)


async def _others_url(stage: Stage, tenant: Tenant) -> Any:
    other = await create_tenant(stage.site.desk, "Somewhere else", profile="getaccept")
    return await replace(tenant, base=f"/t/{other.slug}/scim/v2").get("/Users", OKTA)


async def _twice(_: Stage, tenant: Tenant) -> Any:
    await tenant.post("/Users", person(), OKTA)
    return await tenant.post("/Users", person("MIKA@corp.test"), OKTA)


async def _name_clash(_: Stage, tenant: Tenant) -> Any:
    await tenant.post("/Groups", {"schemas": [GROUP], "displayName": "Sales"}, OKTA)
    return await tenant.post("/Groups", {"schemas": [GROUP], "displayName": "sales"}, OKTA)


async def _in_itself(_: Stage, tenant: Tenant) -> Any:
    made = await tenant.post("/Groups", {"schemas": [GROUP], "displayName": "Sales"}, OKTA)
    operation = {"op": "add", "path": "members", "value": [{"value": made.json["id"]}]}
    return await tenant.patch(
        f"/Groups/{made.json['id']}", {"schemas": [PATCH], "Operations": [operation]}, OKTA
    )


def patches(operation: Any, **headers: str) -> Cause:
    """An operation on somebody who is there."""

    async def cause(_: Stage, tenant: Tenant) -> Any:
        made = await tenant.post("/Users", person(), OKTA)
        body = {"schemas": [PATCH], "Operations": [operation]}
        return await tenant.patch(f"/Users/{made.json['id']}", body, {**OKTA, **headers})

    return cause


async def _gone(_: Stage, tenant: Tenant) -> Any:
    made = await tenant.post("/Users", person(), OKTA)
    await tenant.delete(f"/Users/{made.json['id']}", OKTA)
    return await tenant.get(f"/Users/{made.json['id']}", OKTA)


async def _unknown_id(_: Stage, tenant: Tenant) -> Any:
    return await tenant.put("/Users/01a2004e-69f0-7c48-821d-628e043af4fe", person(), OKTA)


def gets(path: str) -> Cause:
    """A read."""

    async def cause(_: Stage, tenant: Tenant) -> Any:
        return await tenant.get(path, OKTA)

    return cause


async def _no_json(_: Stage, tenant: Tenant) -> Any:
    headers = {"Authorization": f"Bearer {tenant.token}", **OKTA}
    return await tenant.send(Request("POST", "/Users", headers, b'{"userName": "mika@corp.test",'))


async def _xml(_: Stage, tenant: Tenant) -> Any:
    return await tenant.post("/Users", person(), {**OKTA, "Content-Type": "text/xml"})


async def _existed(stage: Stage, tenant: Tenant) -> Any:
    before = {"userName": "mika@mail.example", "email": "mika@mail.example"}
    await stage.site.prepare(tenant, Setup(existing=(before,)))
    return await tenant.post("/Users", person("mika@mail.example"), OKTA)


def _changed(token: str) -> str:
    return token[:20] + ("a" if token[20] != "a" else "b") + token[21:]


_SCIM = "/settings/integrations/scim"
_ROLES = [{"value": "admin"}, {"value": "general"}]

FAULTS: tuple[Fault, ...] = (
    Fault(
        "no token was pasted",
        _no_token,
        ("No access token was sent", "Enter the access token from Settings"),
        _SCIM,
    ),
    Fault(
        "the token was cut when it was copied",
        shows(lambda token: token[:-7]),
        ("it is cut, only 51 of 58 characters arrived", "Copy the access token again"),
        _SCIM,
    ),
    Fault(
        "a character of the token was changed",
        shows(_changed),
        ("mistyped: its checksum is wrong", "Copy the access token again"),
        _SCIM,
    ),
    Fault(
        "something else was pasted as the token",
        shows(lambda _: "SSWS 00abcdef"),
        ("one of ours begins with vst_scim_",),
        _SCIM,
    ),
    Fault(
        "the token is of another installation",
        shows(lambda _: make_token(bytes(32))),
        ("The access token is unknown here", "Copy the access token again"),
        _SCIM,
    ),
    Fault("the token was revoked", _revoked, ("was revoked on", "Ask for a new access token"), _SCIM),
    Fault("the token has expired", _expired, ("expired on", "Ask for a new access token"), _SCIM),
    Fault(
        "the token is another entity's",
        _others,
        ("It showed the token of The other entity", "Copy both from one page"),
        _SCIM,
    ),
    Fault(
        "the Tenant URL is another entity's",
        _others_url,
        ("this token is not for this Tenant URL", "Copy both, URL and access token"),
    ),
    Fault(
        "Save was not pressed",
        settings(
            lambda stage, tenant: switch_provisioning(stage.site.desk, tenant.record, Provisioning.DRAFT)
        ),
        ("press Save on SCIM user provisioning",),
    ),
    Fault(
        "provisioning is paused",
        settings(
            lambda stage, tenant: switch_provisioning(stage.site.desk, tenant.record, Provisioning.PAUSED)
        ),
        ("paused by an administrator", "It can be switched on again under"),
    ),
    Fault(
        "the tenant is suspended",
        settings(lambda stage, tenant: suspend(stage.site.desk, tenant.record)),
        ("is suspended", "Contact GetAccept support"),
    ),
    Fault(
        "the plan has no provisioning",
        settings(lambda stage, tenant: change_plan(stage.site.desk, tenant.record, "basic")),
        ("The plan 'Basic'", "Contact ACALL customer success to change the plan"),
        profile="acall",
    ),
    Fault(
        "single sign-on is not set up",
        settings(lambda stage, tenant: confirm_sign_on(stage.site.desk, tenant.record, False)),
        ("wants single sign-on (SSO) set up before", "Contact GetAccept support"),
    ),
    Fault(
        "the base URL has a wrong end", gets("/User"), ("There is nothing at", "SCIM endpoints here: /Users")
    ),
    Fault(
        "the user name is no e-mail address",
        posts(person("kim.mj")),
        ('"kim.mj" is not an e-mail address', "Application username format"),
    ),
    Fault(
        "the user name is missing",
        posts({key: value for key, value in person().items() if key != "userName"}),
        ("userName is required and has no value", "See that it is mapped in the identity provider"),
    ),
    Fault("the user name is empty", posts(person("")), ("userName is required and must not be empty",)),
    Fault(
        "the family name is missing",
        posts(person(name={"givenName": "Mika"})),
        ("name.familyName is required by ACALL", "In Okta it is mapped from user.lastName"),
        profile="acall",
    ),
    Fault(
        "the given name is missing",
        posts(person(name={"familyName": "Laine"})),
        ("name.givenName is required by ACALL", "In Okta it is mapped from user.firstName"),
        profile="acall",
    ),
    Fault(
        "the User type is no role",
        posts(person(userType="Boss")),
        ('userType has the value "Boss"', 'Allowed are "Administrator"'),
    ),
    Fault(
        "the primary role is no role",
        posts(person(roles=[{"value": "boss", "primary": True}])),
        ('the value "boss"', 'Allowed are "admin"'),
        profile="acall",
    ),
    Fault(
        "two roles are sent",
        posts(person(roles=_ROLES)),
        ("roles.value has several roles", "A person has one role"),
        profile="acall",
    ),
    Fault(
        "a roles attribute stands beside User type",
        posts(person(userType="User", roles=[{"value": "Administrator", "primary": True}])),
        ("A role is said twice", "remove the attribute roles", "In the Profile Editor, delete the attribute"),
    ),
    Fault(
        "the user name is taken",
        _twice,
        ("is taken by the user", "Choose another userName, or link to that user"),
    ),
    Fault(
        "the account existed before, at an unproven domain",
        _existed,
        ("Accounts that existed before and wait for review: 1", "Link them, or keep them apart"),
    ),
    Fault(
        "an account is of an unknown service",
        posts(person(accounts=[{"type": "teams", "value": "mika@corp.test"}])),
        ('accounts.type "teams" is not allowed', "Allowed are: slack, google"),
        profile="acall",
    ),
    Fault(
        "active is no boolean",
        posts(person(active="perhaps")),
        ("active must be true or false, without quotes",),
    ),
    Fault("e-mails are a number", posts(person(emails=7)), ("emails must be an array such as",)),
    Fault("the name is a text", posts(person(name="Mika Laine")), ("name must be an object such as",)),
    Fault("the body is broken off", _no_json, ("The body is no JSON",)),
    Fault("the body is XML", _xml, ("text/xml", "application/scim+json")),
    Fault("the body is a list", posts([person()]), ("The body is a JSON array", "Send a JSON object")),
    Fault(
        "the body is too large",
        posts(person(title="x" * 1_100_000)),
        ("larger than 1 MiB", "Send fewer values at once"),
    ),
    Fault(
        "a filter is broken",
        gets("/Users?filter=userName%20eq"),
        ("The filter does not parse: at character 12",),
    ),
    Fault(
        "a filter names what does not exist",
        gets("/Users?filter=userNam%20eq%20%22a%22"),
        ("userNam is no attribute of User", "Check its spelling"),
    ),
    Fault(
        "an operation is unknown",
        patches({"op": "move", "path": "title", "value": "x"}),
        ('op must be add, remove or replace, not "move"',),
    ),
    Fault(
        "a path is broken",
        patches({"op": "replace", "path": "emails[type eq", "value": "x"}),
        ("The path does not parse: at character 15",),
    ),
    Fault(
        "a required attribute is taken away",
        patches({"op": "remove", "path": "userName"}),
        ("userName is required and cannot be emptied",),
    ),
    Fault(
        "somebody changed the person meanwhile",
        patches({"op": "replace", "path": "title", "value": "x"}, **{"If-Match": 'W/"9"'}),
        ('the User is at W/"1" by now', "Read it again"),
    ),
    Fault(
        "the person was deleted before",
        _gone,
        ("There is no User with id", "It may have been deleted; look it up again"),
    ),
    Fault("the person was never here", _unknown_id, ("There is no User with the id",)),
    Fault("a group of that name is there", _name_clash, ("is taken by the group", "Link to that group")),
    Fault(
        "a member of a group was not assigned",
        posts({"schemas": [GROUP], "displayName": "Sales", "members": [{"value": "00unobody"}]}, "/Groups"),
        ("Members of groups who are nobody here yet: 1", "Assign these people to the application"),
    ),
    Fault(
        "a group has no name",
        posts({"schemas": [GROUP]}, "/Groups"),
        ("displayName is required by GetAccept",),
    ),
    Fault("a group is pushed into itself", _in_itself, ("because that group is itself in it",)),
    Fault(
        "a group is pushed to a product without teams",
        posts({"schemas": [GROUP], "displayName": "Sales"}, "/Groups"),
        ("has no teams", "Remove the group from Push Groups"),
        profile="acall",
    ),
    Fault("the client asks for /Me", gets("/Me"), ("/Me is not offered",)),
)
