"""Each attribute that ``/Schemas`` serves behaves as its characteristics say (RFC 7643 §7)."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest

from tests.cast import CORE_USER, ENTERPRISE_USER
from tests.conformance.people import EVERYTHING, change, created, found, path_of, person
from tests.installation import Tenant

SERVED = (CORE_USER, ENTERPRISE_USER)


async def declared(tenant: Tenant) -> list[tuple[str, str, dict[str, Any], dict[str, Any] | None]]:
    """(URN, path, attribute, its parent) of every attribute and sub-attribute of a User, as served."""
    served = {one["id"]: one for one in (await tenant.get("/Schemas")).json["Resources"]}

    def walk(urn: str) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any] | None]]:
        for attribute in served[urn]["attributes"]:
            yield urn, attribute["name"], attribute, None
            for sub in attribute.get("subAttributes", ()):
                yield urn, f"{attribute['name']}.{sub['name']}", sub, attribute

    return [row for urn in SERVED for row in walk(urn)]


def qualified(urn: str, path: str) -> str:
    return path if urn == CORE_USER else f"{urn}:{path}"


def value_at(document: dict[str, Any], urn: str, path: str) -> Any:
    """What it holds there; the first of several."""
    at: Any = document if urn == CORE_USER else document.get(urn, {})
    for name in path.split("."):
        at = at[0] if isinstance(at, list) else at
        at = at.get(name) if isinstance(at, dict) else None
    return at


@pytest.mark.requirement("R64")
async def test_a_value_is_tried_for_every_attribute_a_client_may_write(tenant: Tenant) -> None:
    """Or the tests below would leave one out unseen."""
    left_out = [
        qualified(urn, path)
        for urn, path, attribute, parent in await declared(tenant)
        if attribute["mutability"] == "readWrite"
        and (parent is None or parent["mutability"] == "readWrite")
        and value_at(EVERYTHING, urn, path) is None
    ]
    assert left_out == []


@pytest.mark.requirement("R67", "R111", "R120")
async def test_case_exact_decides_how_a_text_is_found(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    tried = 0
    for urn, path, attribute, _ in await declared(either):
        value = value_at(made, urn, path)
        if attribute["type"] not in ("string", "reference") or not isinstance(value, str):
            continue
        flipped = value.swapcase()
        if flipped == value or attribute["returned"] == "never":
            continue
        tried += 1
        at = qualified(urn, path)
        assert await found(either, f"{at} eq {_text(value)}") == [made["id"]], at
        expected = [] if attribute["caseExact"] else [made["id"]]
        assert await found(either, f"{at} eq {_text(flipped)}") == expected, at
        assert await found(either, f"{at} sw {_text(flipped[:3])}") == expected or value[:3] == flipped[:3], (
            at
        )
    assert tried > 30


@pytest.mark.requirement("R68", "R137", "R144")
async def test_what_is_read_only_does_not_move(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    tried = 0
    for urn, path, attribute, parent in await declared(either):
        if attribute["mutability"] != "readOnly":
            continue
        tried += 1
        value: Any = "forged"
        if attribute["type"] == "complex":
            value = [{"value": "forged"}] if attribute["multiValued"] else {"value": "forged"}
        if parent is None or not parent["multiValued"]:
            for op in ("add", "replace", "remove"):
                answer = await either.patch(path_of(made), change(op, qualified(urn, path), value))
                assert (answer.status, answer.json["scimType"]) == (400, "mutability"), (op, path)
        if parent is None and urn == CORE_USER:
            put = await either.put(path_of(made), {**made, attribute["name"]: value})
            assert "forged" not in str(put.json)
            posted = await created(either, {**person(f"{tried}@corp.test"), attribute["name"]: value})
            assert "forged" not in str(posted)
    assert tried > 3
    assert (await either.get(path_of(made))).json == made


@pytest.mark.requirement("R70", "R71", "R72", "R127")
async def test_asked_for_alone_each_comes_with_the_indispensable_and_no_other(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    for urn, path, attribute, parent in await declared(either):
        at, sub = qualified(urn, path), parent is not None
        shown = (await either.get(f"{path_of(made)}?attributes={quote(at)}")).json
        always = {key for key in shown if key in ("schemas", "id")}
        assert always == {"schemas", "id"}
        rest = {key: value for key, value in shown.items() if key not in always}
        if attribute["returned"] == "never" or value_at(made, urn, path) is None:
            assert rest == {}, at
            continue
        top = urn if urn != CORE_USER else path.partition(".")[0]
        assert set(rest) == {top}, at
        assert value_at(rest, urn, path) == value_at(made, urn, path), at
        if sub:
            holder = value_at(rest, urn, path.partition(".")[0])
            kept = holder[0] if isinstance(holder, list) else holder
            assert set(kept) == {attribute["name"]}, at


@pytest.mark.requirement("R71", "R72", "R128")
async def test_excluded_each_goes_and_no_other(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    for urn, path, _, parent in await declared(either):
        if parent is not None or value_at(made, urn, path) is None:
            continue
        shown = (await either.get(f"{path_of(made)}?excludedAttributes={quote(qualified(urn, path))}")).json
        expected = deepcopy(made)
        if urn == CORE_USER:
            del expected[path]
        else:
            del expected[urn][path]
        assert shown == expected, path


@pytest.mark.requirement("R113", "R108")
async def test_pr_tells_who_has_it_from_who_has_not(either: Tenant) -> None:
    full = await created(either, deepcopy(EVERYTHING))
    bare = await created(either, person("bare@corp.test"))
    for urn, path, attribute, _ in await declared(either):
        at = qualified(urn, path)
        if attribute["returned"] == "never":
            continue
        expected = [one["id"] for one in (full, bare) if value_at(one, urn, path) is not None]
        assert await found(either, f"{at} pr") == expected, at
        assert len(await found(either, f"not ({at} pr)")) == 2 - len(expected), at


@pytest.mark.requirement("R92", "R93")
async def test_a_core_name_may_have_its_urn_and_an_extensions_must(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    for spelled in ("userName", "USERNAME", f"{CORE_USER}:userName", f"{CORE_USER.upper()}:username"):
        assert await found(either, f'{spelled} eq "hanako.sato@corp.test"') == [made["id"]]
        shown = (await either.get(f"{path_of(made)}?attributes={spelled}")).json
        assert set(shown) == {"schemas", "id", "userName"}
        assert (await either.get(f"/Users?sortBy={spelled}")).status == 200
        answer = await either.patch(path_of(made), change("replace", spelled, "Hanako.Sato@corp.test"))
        assert answer.status == 200
    department = f"{ENTERPRISE_USER}:department"
    assert await found(either, f'{department.upper()} eq "facilities"') == [made["id"]]
    bare = await either.get("/Users?filter=" + quote('department eq "Facilities"'))
    assert (bare.status, bare.json["scimType"]) == (400, "invalidFilter")
    refused = await either.patch(path_of(made), change("replace", "department", "x"))
    assert (refused.status, refused.json["scimType"]) == (400, "invalidPath")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
