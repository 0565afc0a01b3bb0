"""A fault in a profile is reported with file, key, what was found and what is allowed."""

from __future__ import annotations

import re

import pytest

from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.faults import FaultyProfile
from vestibule.profiles.load import load_profile

GOOD = builtin_texts()["acall"]


def faults(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(FaultyProfile) as caught:
        load_profile(text, "mine.toml")
    assert {fault.file for fault in caught.value.faults} == {"mine.toml"}
    return [(fault.key, fault.found, fault.allowed) for fault in caught.value.faults]


#: What is replaced in acall.toml, by what; the key of the fault, and pieces of found and allowed.
CASES = [
    ('sso_first = "off"', 'sso_first = "maybe"', "rules.sso_first", "'maybe'", "off, advise, require"),
    ('address = "shared"', "address = 3", "rules.address", "3", "text"),
    ("teams = false", 'teams = "no"', "rules.teams", "'no'", "true or false"),
    ("teams = false", "teems = false", "rules.teems", "an unknown key", "address, delete"),
    ('default = "business"', 'default = "gold"', "plans.default", "'gold'", "basic, business, enterprise"),
    ('default = "business"', "", "plans.default", "nothing", "required"),
    ('label = "Basic"', 'lable = "Basic"', "plans.basic.lable", "an unknown key", "label, provisioning"),
    ("default = true", "default = 1", "roles[2].default", "1", "true or false"),
    ('name = "general"', 'name = "Admin"', "roles[1].name", "'admin'", "once"),
    ('rights = ["use"]', 'rights = "use"', "roles[2].rights", "'use'", "an array"),
    ('rights = ["use"]', "rights = [1]", "roles[2].rights[1]", "1", "text"),
    (
        """slack = 'accounts[type eq "slack"].value'""",
        'slack = ["userName", "no.such"]',
        "services.slack",
        "'no.such'",
        "a SCIM path",
    ),
    ("""slack = 'accounts[type eq "slack"].value'""", "slack = []", "services.slack", "''", "a SCIM path"),
    ("""slack = 'accounts[type eq "slack"].value'""", "slack = 3", "services.slack", "3", "text"),
    (
        "multi_valued = true",
        "multi_values = true",
        "schemas[1].attributes[1].multi_values",
        "unknown",
        "name",
    ),
    (
        'distinct_by = "type"',
        'distinct_by = "kind"',
        "schemas[1].attributes[1].distinct_by",
        "'kind'",
        "value, type",
    ),
    ('type = "complex"', 'type = "object"', "schemas[1].attributes[1].type", "'object'", "complex"),
    (
        'required = ["name.familyName", "name.givenName"]',
        'required = ["name.lastName"]',
        "rules.required[1]",
        "'name.lastName'",
        "the path of an attribute",
    ),
    (
        'role_sources = ["roles[primary eq true].value", "roles.value"]',
        'role_sources = ["rolls.value"]',
        "rules.role_sources[1]",
        "'rolls.value'",
        "userType",
    ),
    (
        "accounts.^[type=='slack'].value",
        "accounts[slack]",
        "attributes[4].external_name",
        "accounts[slack]",
        "Okta's notation",
    ),
    (
        "accounts.^[type=='slack'].value",
        "accounts.^[type=='teams'].value",
        "attributes[4].external_name",
        "teams",
        "slack, google",
    ),
    (
        "accounts.^[type=='slack'].value",
        "accounts.value",
        "attributes[4].external_name",
        "accounts.value",
        "a selection of one element",
    ),
    (
        "name.familyNamePhonetic",
        "name.familyNameFonetic",
        "attributes[8].external_name",
        "Fonetic",
        "an attribute that urn:ietf:params:scim:schemas:extension:wsos:2.0:User declares",
    ),
    (
        'variable = "slackAccount"',
        'variable = "userName"',
        "attributes[4].variable",
        "'userName'",
        "no other row",
    ),
    ('logo = "acall.svg"', 'logo = "b.svg"', "product.logo", "'b.svg'", "acall.svg"),
    ('name = "acall"\n', 'name = "A Call"\n', "name", "'A Call'", "lower-case"),
    ('scope = "group"', 'scope = "all"', "attributes[6].scope", "'all'", "personal, group"),
    ("indexed = true", 'owner = "us"', "attributes[4].owner", "'us'", "client, product"),
    ("indexed = true", 'owner = "product"', "attributes[5].owner", "'client'", "the same owner"),
    ("closed = true", "closed = true\n[extra]", "extra", "an unknown key", "attributes, name, plans"),
]


@pytest.mark.parametrize(("good", "bad", "key", "found", "allowed"), CASES, ids=lambda value: value[:40])
def test_a_fault_names_key_and_what_is_allowed(
    good: str, bad: str, key: str, found: str, allowed: str
) -> None:
    assert good in GOOD
    told = faults(_replaced(good, bad))
    assert any(k == key and found in f and allowed in a for k, f, a in told), told


def _replaced(good: str, bad: str) -> str:
    if bad == 'owner = "product"':
        bad = 'owner = "product"\nindexed = true'
    text = GOOD.replace(good, bad, 1)
    return text


def test_all_faults_are_told_at_once() -> None:
    text = GOOD.replace('sso_first = "off"', 'sso_first = "x"').replace("teams = false", "teams = 0")
    assert [key for key, _, _ in faults(text)] == ["rules.teams", "rules.sso_first"]


def test_a_file_that_is_no_toml_says_where() -> None:
    [(key, found, allowed)] = faults("name = x\n")
    assert re.search(r"line 1", found), (key, found, allowed)


def test_an_extension_without_attributes_is_a_fault() -> None:
    text = GOOD + '\n[[schemas]]\nid = "urn:x:y"\nname = "Y"\n'
    assert faults(text)[0][0] == "schemas[3].attributes"


def test_values_are_not_told_apart_by_a_part_of_several() -> None:
    tags = '\n[[schemas.attributes.sub_attributes]]\nname = "tags"\nmulti_valued = true\n'
    text = GOOD.replace('distinct_by = "type"', 'distinct_by = "tags"').replace(
        "closed = true\n", f"closed = true\n{tags}", 1
    )
    [(key, found, allowed)] = faults(text)
    assert (key, found, allowed) == ("schemas[1].attributes[1].distinct_by", "'tags'", "value, type")


def test_what_scim_does_not_allow_is_a_fault() -> None:
    [(key, found, _)] = faults(
        GOOD.replace('name = "accounts"', 'name = "emails"').split("# The attribute table")[0]
    )
    assert key == "schemas"
    assert "the attribute emails twice" in found


def test_the_sentence_has_all_four_parts() -> None:
    with pytest.raises(
        FaultyProfile, match=r"^mine\.toml: rules\.delete: found 'x'; allowed: tombstone, inactivate$"
    ):
        load_profile(GOOD.replace('delete = "tombstone"', 'delete = "x"'), "mine.toml")
