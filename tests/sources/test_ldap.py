"""A directory from a real OpenLDAP: paged, nested groups, renames, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sources.slapd import BASE, PASSWORD, READER, Slapd, slapd
from vestibule.provisioning.reading import UnreadableSource
from vestibule.provisioning.source import Known, Person, difference, with_nested
from vestibule.refused import Refused
from vestibule.sources.distinguished_name import folded
from vestibule.sources.ldap import SOURCE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CROWD = 700


def person(uid: str, given: str, family: str, mail: str = "", **more: str) -> str:
    lines = [f"dn: uid={uid},ou=people,{BASE}", "objectClass: inetOrgPerson", f"uid: {uid}"]
    values = {"givenName": given, "sn": family, "cn": f"{given} {family}", "mail": mail, **more}
    for name, value in values.items():
        if value:
            lines.append(f"{name}:: {base64.b64encode(value.encode()).decode()}")
    return "\n".join(lines) + "\n\n"


def group(name: str, *members: str, kind: str = "groupOfNames", attribute: str = "member") -> str:
    lines = [f"dn: cn={name},ou=groups,{BASE}", f"objectClass: {kind}", f"cn: {name}"]
    return "\n".join([*lines, *(f"{attribute}: {member}" for member in members)]) + "\n\n"


def dn(uid: str) -> str:
    return f"uid={uid},ou=people,{BASE}"


ENTRIES = (
    person("hanako", "花子", "佐藤", "hanako.sato@kitano.example", displayName="佐藤 花子", title="Sales")
    + person("mika", "Mika", "Laine", "mika.laine@kitano.example", employeeNumber="E7")
    + person("nomail", "No", "Mail")
    + "".join(person(f"p{n:04d}", f"P{n}", "Crowd", f"p{n:04d}@kitano.example") for n in range(CROWD))
    + group("EMEA", dn("mika"), f"UID=Hanako, OU=People,{BASE}")
    + group("Sales", f"cn=EMEA,ou=groups,{BASE}", dn("p0001"))
    + group("Everybody", *(dn(f"p{n:04d}") for n in range(CROWD)), f"cn=Sales,ou=groups,{BASE}", READER)
    + group("Old", dn("mika"), kind="groupOfUniqueNames", attribute="uniqueMember")
    + f"dn: cn=unix,ou=groups,{BASE}\nobjectClass: posixGroup\ncn: unix\ngidNumber: 7\nmemberUid: mika\n\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    limits = f'limits dn.exact="cn=limited,{BASE}" size.soft=100 size.hard=200 size.pr=100 size.prtotal=150'
    with slapd(tmp_path_factory.mktemp("slapd"), ENTRIES, limits=limits) as running:
        yield running


def settings(server: Slapd, monkeypatch: pytest.MonkeyPatch, **given: Any) -> dict[str, Any]:
    monkeypatch.setenv("LDAP_PASSWORD", PASSWORD)
    return {"url": server.url, "base": BASE, "bind_dn": READER, "password": "env:LDAP_PASSWORD", **given}


async def test_people_and_groups_are_read_page_by_page(
    server: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, faults = await SOURCE.opened(settings(server, monkeypatch, page_size="50")).read()
    assert [str(fault) for fault in faults] == [f"uid=nomail,ou=people,{BASE}: email '' is no e-mail address"]
    assert len(reading.people) == CROWD + 2
    hanako = reading.people["hanako"].attributes
    assert (hanako["firstName"], hanako["lastName"], hanako["title"]) == ("花子", "佐藤", "Sales")
    assert len(hanako["sourceId"]) == 36
    assert reading.people["mika"].attributes["displayName"] == "Mika Laine"
    names = {key: row.name for key, row in reading.groups.items()}
    assert sorted(names.values()) == ["EMEA", "Everybody", "Old", "Sales", "unix"]
    direct = {name: set[str]() for name in names.values()}
    for key, login in reading.memberships:
        direct[names[key]].add(login)
    assert direct["EMEA"] == {"mika", "hanako"}
    assert direct["Sales"] == {"p0001"}
    assert direct["Old"] == direct["unix"] == {"mika"}
    assert len(direct["Everybody"]) == CROWD
    whole = with_nested(reading.memberships, reading.nested)
    assert {login for key, login in whole if names[key] == "Sales"} == {"mika", "hanako", "p0001"}
    assert sum(names[key] == "Everybody" for key, _ in whole) == CROWD + 2


async def test_attributes_can_be_named(server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings(server, monkeypatch, attributes={"login": "mail", "nickName": "uid", "title": ""})
    reading, _ = await SOURCE.opened({**given, "groups_filter": "(cn=EMEA)"}).read()
    hanako = reading.people["hanako.sato@kitano.example"]
    assert hanako.attributes["nickName"] == "hanako"
    assert "title" not in hanako.attributes
    assert {login for _, login in reading.memberships} == {
        "hanako.sato@kitano.example",
        "mika.laine@kitano.example",
    }


async def test_a_login_that_changed_is_the_same_person(
    server: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, _ = await SOURCE.opened(settings(server, monkeypatch)).read()
    entry = reading.people["mika"].attributes["sourceId"]
    before = Person("00u1", "former", {"login": "former", "sourceId": entry, "email": "m@x.test"})
    change = difference(Known({"former": before}), reading, lambda prefix: f"{prefix}2")
    assert [(person.id, person.login) for person in change.people_changed] == [("00u1", "mika")]
    assert not change.people_gone


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"password": "env:WRONG_PASSWORD"}, "invalidCredentials"),
        ({"base": "dc=nowhere"}, "noSuchObject"),
        ({"people_filter": "(((uid=*"}, "Filter"),
        ({"bind_dn": f"cn=limited,{BASE}", "page_size": 50}, "broke the list off .sizeLimitExceeded"),
    ],
)
async def test_what_cannot_be_read_whole_is_not_read_at_all(
    server: Slapd, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("WRONG_PASSWORD", "wrong")
    with pytest.raises(UnreadableSource, match=said):
        await SOURCE.opened(settings(server, monkeypatch, **given)).read()


async def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableSource, match=r"127\.0\.0\.1:9"):
        await SOURCE.opened({"url": "ldap://127.0.0.1:9", "base": BASE}).read()


def test_nothing_travels_in_clear() -> None:
    with pytest.raises(Refused, match="would travel in clear"):
        SOURCE.opened({"url": "ldap://ldap.example.com", "base": BASE})
    with pytest.raises(Refused, match="is no LDAP address"):
        SOURCE.opened({"url": "https://ldap.example.com", "base": BASE})


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("uid=Ana, ou=People ,dc=X", "UID=ana,OU=people,DC=x", True),
        (r"cn=Laine\, Mika,dc=x", r"cn=laine\2c mika,dc=x", True),
        (r"cn=Laine\, Mika,dc=x", "cn=Laine,Mika,dc=x", False),
        ("cn=a  b,dc=x", "cn=a b,dc=x", True),
        ("cn=ab,dc=x", "cn=a b,dc=x", False),
    ],
)
def test_names_are_one_however_they_are_spelled(one: str, other: str, equal: bool) -> None:
    assert (folded(one) == folded(other)) is equal
