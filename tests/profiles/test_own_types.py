"""A fault in a resource type of a profile's own: file, key, what was found, what is allowed."""

from __future__ import annotations

import pytest

from tests.profiles.devices import text
from vestibule.profiles.faults import FaultyProfile
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import DeleteRule


def faults(*replaced: tuple[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(FaultyProfile) as caught:
        load_profile(text(*replaced), "devices.toml")
    assert {fault.file for fault in caught.value.faults} == {"devices.toml"}
    return [(fault.key, fault.found, fault.allowed) for fault in caught.value.faults]


SERIAL = 'name = "serialNumber"\ndescription = "What is printed on the device."\n'

#: What is replaced, by what; the key of the fault, and pieces of found and allowed.
CASES = [
    ('name = "Device"\n', 'name = "user"\n', "types[1].name", "'user'", "not group"),
    ('name = "Device"\n', 'name = "A Device"\n', "types[1].name", "'A Device'", "letters and digits"),
    ('name = "Device"\n', "", "types[1].name", "nothing", "required"),
    ('endpoint = "/Devices"', 'endpoint = "Devices"', "types[1].endpoint", "'Devices'", "a slash"),
    ('endpoint = "/Devices"', 'endpoint = "/schemas"', "types[1].endpoint", "'/schemas'", "not /bulk"),
    ('endpoint = "/Devices"', 'endpoint = "/a/b"', "types[1].endpoint", "'/a/b'", "one word"),
    ('schema = "urn:example', 'schema = "http:example', "types[1].schema", "http:", "a URN"),
    (
        'schema = "urn:example:params:scim:schemas:core:2.0:Device"',
        'schema = "urn:ietf:params:scim:api:messages:2.0:Device"',
        "types[1].schema",
        "messages",
        "of its own",
    ),
    (
        'schema = "urn:example:params:scim:schemas:core:2.0:Device"',
        'schema = "urn:ietf:params:scim:schemas:core:2.0:User"',
        "types[1].schema",
        "core:2.0:User",
        "of its own",
    ),
    ('key = "serialNumber"', 'key = "serial"', "types[1].key", "'serial'", "assetTag"),
    ('key = "serialNumber"', 'key = "displayName"', "types[1].key", "'displayName'", "required = true"),
    ('key = "serialNumber"', 'key = "owner"', "types[1].key", "'owner'", "one simple value"),
    ('delete = "tombstone"', 'delete = "forget"', "types[1].delete", "'forget'", "tombstone, inactivate"),
    ('key = "serialNumber"\ndelete = "tombstone"', 'delete = "inactivate"', "types[1].delete", "", "key"),
    ('delete = "tombstone"', 'remove = "tombstone"', "types[1].remove", "an unknown key", "endpoint"),
    (SERIAL, SERIAL.replace("serialNumber", "1st"), "types[1].attributes[1].name", "'1st'", "a letter"),
    (SERIAL + "required = true", SERIAL, "types[1].key", "'serialNumber'", "required = true"),
    (
        'uniqueness = "server"\nmutability = "immutable"',
        'uniqueness = "global"',
        "types[1].attributes[1].uniqueness",
        "'global'",
        "none, server",
    ),
    (
        'name = "managed"\ntype = "boolean"',
        'name = "managed"\ntype = "boolean"\nuniqueness = "server"',
        "types[1].attributes[7].uniqueness",
        "'server'",
        "none, as the type is boolean",
    ),
    ('returned = "never"', 'returned = "default"', "types[1].attributes[9].returned", "'default'", "never"),
    (
        'returned = "never"',
        'returned = "never"\nrequired = true',
        "types[1].attributes[9].required",
        "True",
        "missing always",
    ),
    (
        'mutability = "readOnly"\n\n[[types.attributes]]\nname = "unlock',
        'mutability = "readOnly"\nrequired = true\n\n[[types.attributes]]\nname = "unlock',
        "types[1].attributes[8].required",
        "True",
        "cannot write",
    ),
    (
        'reference_types = ["User"]',
        "",
        "types[1].attributes[11].sub_attributes[2].reference_types",
        "none",
        "uri",
    ),
    (
        'reference_types = ["User"]',
        'reference_types = ["Person"]',
        "schemas",
        "'Person'",
        "User, Group, Device",
    ),
    (
        'canonical_values = ["laptop", "phone", "tablet"]',
        "",
        "types[1].attributes[4].closed",
        "True",
        "false",
    ),
    ('type = "integer"', 'type = "complex"', "types[1].attributes[6].sub_attributes", "none", "one at least"),
    (
        'name = "primary"\ntype = "boolean"',
        'name = "primary"\ntype = "complex"',
        "types[1].attributes[12].sub_attributes[3].type",
        "'complex'",
        "a simple type",
    ),
    ('extends = "Device"', 'extends = "Gadget"', "schemas[2].extends", "'Gadget'", "User, Group, Device"),
    (
        'id = "urn:example:params:scim:schemas:extension:warranty:2.0:Device"',
        'id = "urn:ietf:params:scim:schemas:core:2.0:Schema"',
        "schemas[2].id",
        "core:2.0:Schema",
        "of your own",
    ),
]


@pytest.mark.requirement("R1", "R11", "R81")
@pytest.mark.parametrize(("good", "bad", "key", "found", "allowed"), CASES, ids=lambda value: value[:40])
def test_a_fault_names_key_and_what_is_allowed(
    good: str, bad: str, key: str, found: str, allowed: str
) -> None:
    told = faults((good, bad))
    assert any(k == key and found in f and allowed in a for k, f, a in told), told


def test_two_types_cannot_share_name_and_endpoint() -> None:
    second = '\n[[types]]\nname = "device"\nendpoint = "/devices"\nschema = "urn:example:two"\n'
    second += '[[types.attributes]]\nname = "a"\n'
    told = faults(('okta_default = "user.login"\n', 'okta_default = "user.login"\n' + second))
    assert {key for key, _, _ in told} == {"types[2].name", "types[2].endpoint"}


@pytest.mark.requirement("R3")
def test_where_the_profile_is_silent_the_defaults_of_the_rfc_hold() -> None:
    profile = load_profile(text(), "devices.toml")
    name = profile.types["Device"].resource_type.schema.attribute("displayName")
    assert name is not None
    assert (name.type.value, name.required, name.case_exact, name.multi_valued) == (
        "string",
        False,
        False,
        False,
    )
    assert (name.mutability.value, name.returned.value, name.uniqueness.value) == (
        "readWrite",
        "default",
        "none",
    )


def test_what_the_profile_says_of_the_type() -> None:
    rules = load_profile(text(), "devices.toml").declared["Device"]
    assert (rules.key, rules.delete) == ("serialNumber", DeleteRule.TOMBSTONE)
