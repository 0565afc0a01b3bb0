"""What of a stored document does not fit a profile: a row for each kind of misfit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.profiles.devices import text
from vestibule.directory.fitness import misfits
from vestibule.profiles.builtin import builtin_profile
from vestibule.profiles.load import load_profile
from vestibule.profiles.mapping_gaps import unmapped_required
from vestibule.profiles.profile import ApplicationProfile, Role

WSOS = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"
WHOLE = {"userName": "mia@corp.test", "name": {"familyName": "Laine", "givenName": "Mia"}, "active": True}


def profile(name: str) -> ApplicationProfile:
    found = builtin_profile(name) if name != "devices" else load_profile(text(), "devices.toml")
    assert found is not None
    return found


def told(name: str, type: str, document: dict[str, Any], *roles: Role) -> list[tuple[str, bool]]:
    return [(m.path, m.hides) for m in misfits(profile(name), type, document, roles)]


@pytest.mark.parametrize("name", ["acall", "getaccept", "generic", "devices"])
def test_whoever_fits(name: str) -> None:
    assert told(name, "User", {**WHOLE, "schemas": ["x"], "id": "1"}) == []


@pytest.mark.parametrize(
    ("name", "type", "document", "path", "sentence"),
    [
        ("acall", "User", {**WHOLE, "name": {"givenName": "Mia"}}, "name.familyName", "no value"),
        ("acall", "User", {**WHOLE, "userName": "mia"}, "userName", "no e-mail address"),
        ("acall", "User", {**WHOLE, "roles": [{"value": "boss"}]}, "roles.value", "admin, general"),
        (
            "acall",
            "User",
            {**WHOLE, "accounts": [{"value": "x", "type": "teams"}]},
            "accounts",
            "slack, google",
        ),
        ("acall", "User", {**WHOLE, WSOS: {"name": "Mia"}}, f"{WSOS}:name", "must be an object"),
        ("acall", "Group", {"displayName": "Sales"}, "Group", "no resources of the type Group"),
        ("getaccept", "User", {**WHOLE, "userType": "Boss"}, "userType", "Administrator, Manager, User"),
        ("generic", "Group", {}, "displayName", "no value"),
        ("devices", "Device", {"serialNumber": "1", "kind": "boat"}, "kind", "laptop, phone, tablet"),
        ("devices", "Device", {"serialNumber": "1", "storageGigabytes": "many"}, "storageGigabytes", "whole"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_whoever_does_not(name: str, type: str, document: dict[str, Any], path: str, sentence: str) -> None:
    [misfit] = misfits(profile(name), type, document)
    assert (misfit.path, misfit.hides) == (path, False)
    assert sentence in misfit.sentence or "is not an e-mail" in misfit.sentence


def test_what_is_not_declared_is_hidden() -> None:
    document = {**WHOLE, "shoeSize": 42, WSOS: {"name": {"additionalInformation": "x"}}}
    assert told("generic", "User", document) == [("shoeSize", True), (WSOS, True)]
    assert told("acall", "User", {**WHOLE, WSOS: {"hat": 1}}) == [(f"{WSOS}:hat", True)]


def test_a_role_of_the_tenants_own_fits() -> None:
    assert told("getaccept", "User", {**WHOLE, "userType": "auditor"}, Role("Auditor")) == []


def test_required_attributes_without_a_row() -> None:
    assert unmapped_required(profile("acall")) == []
    assert unmapped_required(profile("generic")) == []
    wanting = text(("teams = true", 'teams = true\nrequired = ["name.familyName", "title"]'))
    assert unmapped_required(load_profile(wanting, "w.toml")) == ["title", "name.familyName"]
