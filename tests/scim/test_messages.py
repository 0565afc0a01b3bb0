"""Discovery documents, lists and searches (R56–R66, R81, R103, R130, R196)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from scim2_models import ListResponse, ServiceProviderConfig
from scim2_models import ResourceType as TheirResourceType
from scim2_models import Schema as TheirSchema

from tests.scim.declared import BADGE, ENTERPRISE, PERSON, TEAM, USER_URN
from vestibule.scim.errors import InvalidCount, InvalidCursor, InvalidSyntax, InvalidValue
from vestibule.scim.messages import (
    LIST_RESPONSE,
    SEARCH_REQUEST,
    Capabilities,
    list_response,
    resource_type_document,
    schema_document,
    schemas_of,
    search_parameters,
    service_provider_config,
)

BASE = "https://scim.example.com/scim/v2"
TYPES = (PERSON, TEAM, BADGE)


def nulls(value: Any) -> bool:
    """Whether there is a null anywhere in it."""
    if isinstance(value, dict):
        return any(nulls(part) for part in value.values())
    return any(nulls(part) for part in value) if isinstance(value, list) else value is None


@pytest.mark.requirement("R56", "R57", "R58", "R176")
def test_service_provider_config() -> None:
    """R56–R58, R196."""
    document = service_provider_config(
        Capabilities(
            filter_max_results=500, default_page_size=100, documentation_uri="https://help.example.com"
        ),
        BASE,
    )
    assert ServiceProviderConfig.model_validate(document)
    assert document["filter"] == {"supported": True, "maxResults": 500}
    assert document["bulk"] == {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
    assert document["pagination"] == {
        "cursor": False,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
    }
    assert document["meta"]["location"] == f"{BASE}/ServiceProviderConfig"
    assert all(
        {"type", "name", "description"} <= scheme.keys() for scheme in document["authenticationSchemes"]
    )
    assert not nulls(document)


@pytest.mark.requirement("R60")
@pytest.mark.parametrize("option", ["patch", "sort", "etag", "bulk", "filter", "change_password"])
@pytest.mark.parametrize("offered", [True, False])
def test_every_option_is_told(option: str, offered: bool) -> None:
    """R60."""
    document = service_provider_config(Capabilities(**{option: offered}))
    wire = {"change_password": "changePassword"}.get(option, option)
    assert document[wire]["supported"] is offered


def test_without_a_token_no_help_address_is_shown() -> None:
    """R59."""
    capabilities = Capabilities(documentation_uri="https://help.example.com/tenant")
    assert "documentationUri" in service_provider_config(capabilities)
    assert "help.example.com" not in str(service_provider_config(capabilities, minimal=True))


@pytest.mark.requirement("R61", "R62")
@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.name)
def test_resource_types_name_schemas_that_are_served(type: Any) -> None:
    """R61, R62."""
    document = resource_type_document(type.resource_type, BASE)
    served = {schema.id for schema in schemas_of([type])}
    assert TheirResourceType.model_validate(document)
    assert document["id"] == document["name"] == type.name
    assert document["schema"] in served
    assert all(each["schema"] in served for each in document.get("schemaExtensions", []))
    assert document["meta"] == {
        "resourceType": "ResourceType",
        "location": f"{BASE}/ResourceTypes/{type.name}",
    }


@pytest.mark.requirement("R64", "R81")
def test_each_schema_is_served_once_and_no_message_is() -> None:
    """R64, R81."""
    ids = [schema.id for schema in schemas_of([PERSON, PERSON, TEAM])]
    assert len(ids) == len(set(ids))
    assert {USER_URN, ENTERPRISE} < set(ids)
    assert not any(":api:" in urn for urn in ids)


@pytest.mark.requirement("R1", "R64", "R65", "R66", "K30")
@pytest.mark.parametrize("schema", schemas_of(TYPES), ids=lambda schema: schema.name)
def test_schemas_tell_every_characteristic(schema: Any) -> None:
    """R1, R64–R66, K30."""
    document = schema_document(schema, BASE)
    assert TheirSchema.model_validate(document)
    assert not nulls(document)
    assert document["meta"]["location"] == f"{BASE}/Schemas/{schema.id}"

    def look(attributes: list[dict[str, Any]]) -> None:
        for each in attributes:
            assert re.fullmatch(r"\$ref|[A-Za-z][\w$-]*", each["name"])
            assert {"type", "multiValued", "description", "required", "mutability", "returned"} <= each.keys()
            assert ("caseExact" in each) == (each["type"] not in ("boolean", "complex"))
            assert ("subAttributes" in each) == (each["type"] == "complex")
            assert ("referenceTypes" in each) == (each["type"] == "reference")
            look(each.get("subAttributes", []))

    look(document["attributes"])


@pytest.mark.requirement("R103", "R104", "R105")
def test_list_response() -> None:
    """R103–R105, R191."""
    assert list_response([]) == {
        "schemas": [LIST_RESPONSE],
        "totalResults": 0,
        "itemsPerPage": 0,
        "startIndex": 1,
        "Resources": [],
    }
    page = list_response([{"id": "1"}], total=9, start_index=None, next_cursor="n", previous_cursor="p")
    assert (page["totalResults"], page["itemsPerPage"], page["nextCursor"], page["previousCursor"]) == (
        9,
        1,
        "n",
        "p",
    )
    assert "startIndex" not in page
    types = [resource_type_document(type.resource_type) for type in TYPES]
    assert ListResponse[TheirResourceType].model_validate(list_response(types))


@pytest.mark.requirement("R2", "R130")
def test_search_parameters() -> None:
    """R130, R195, R2."""
    body = {
        "schemas": [SEARCH_REQUEST],
        "FILTER": 'userName eq "a"',
        "attributes": ["userName"],
        "startIndex": 2,
        "count": None,
        "surprise": 1,
    }
    assert search_parameters(body) == {
        "filter": 'userName eq "a"',
        "attributes": ["userName"],
        "startIndex": 2,
    }


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ([], InvalidSyntax),
        ({}, InvalidSyntax),
        ({"schemas": SEARCH_REQUEST}, InvalidSyntax),
        ({"schemas": ["urn:x"]}, InvalidSyntax),
        ({"schemas": [SEARCH_REQUEST], "filter": 7}, InvalidValue),
        ({"schemas": [SEARCH_REQUEST], "count": "7"}, InvalidCount),
        ({"schemas": [SEARCH_REQUEST], "count": True}, InvalidCount),
        ({"schemas": [SEARCH_REQUEST], "cursor": 7}, InvalidCursor),
        ({"schemas": [SEARCH_REQUEST], "startIndex": 1.5}, InvalidValue),
        ({"schemas": [SEARCH_REQUEST], "attributes": "userName"}, InvalidValue),
        ({"schemas": [SEARCH_REQUEST], "attributes": [1]}, InvalidValue),
        ({"schemas": [SEARCH_REQUEST], "filter": "a", "Filter": "b"}, InvalidSyntax),
    ],
)
def test_searches_that_are_none(body: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        search_parameters(body)
