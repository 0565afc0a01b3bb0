"""What the server says of itself, and whether that is well formed and agrees with itself."""

from __future__ import annotations

import re
from urllib.parse import quote

from vestibule.judge.bench import Bench
from vestibule.judge.check import NotOffered, Role, Topic, Untried, check
from vestibule.judge.discovered import every_attribute
from vestibule.judge.rows import Level
from vestibule.scim.schemas.service_provider_config import SERVICE_PROVIDER_CONFIG

TOPIC = Topic(10, "Discovery")

_FEATURES = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9$_-]*")
_TYPES = frozenset({"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"})
_CHARACTERISTICS = ("type", "multiValued", "description", "required", "mutability", "returned")
_WITH_CASE = frozenset({"string", "reference", "binary"})


@check(
    "R176",
    means="Clients that configure themselves (authentik, midPoint, Rippling) begin here; without it they assume "
    "that nothing optional works.",
)
async def configuration_is_served(bench: Bench) -> None:
    """GET /ServiceProviderConfig answers 200 with the configuration and its schema URN."""
    exchange = bench.server.configuration
    bench.expect_status(exchange, 200)
    schemas = exchange.document.get("schemas") or []
    bench.expect(
        SERVICE_PROVIDER_CONFIG.id in schemas, exchange, f"schemas with {SERVICE_PROVIDER_CONFIG.id}"
    )


@check(
    "R56",
    after=("configuration_is_served",),
    means="A client that reads the flags cannot tell what it may send, and falls back to the least.",
)
async def configuration_has_every_flag(bench: Bench) -> None:
    """The configuration says of patch, bulk, filter, changePassword, sort and etag whether they are supported."""
    exchange = bench.server.configuration
    for feature in _FEATURES:
        entry = exchange.document.get(feature)
        if not isinstance(entry, dict) or not isinstance(entry.get("supported"), bool):
            bench.fault(exchange, f"{feature}.supported as true or false", f"{feature}: {entry!r}")


@check(
    "R57",
    after=("configuration_is_served",),
    means="Clients cut their work by these numbers; authentik even cuts PATCH operations by bulk.maxOperations.",
)
async def configuration_has_its_limits(bench: Bench) -> None:
    """The configuration names bulk.maxOperations, bulk.maxPayloadSize and filter.maxResults as numbers."""
    for feature, name in (("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")):
        if bench.server.number(feature, name) is None:
            bench.fault(
                bench.server.configuration, f"{feature}.{name} as a whole number", f"no {feature}.{name}"
            )


@check(
    "R58",
    after=("configuration_is_served",),
    means="An administrator's tool cannot say which kind of credential to paste.",
)
async def configuration_names_its_authentication(bench: Bench) -> None:
    """The configuration lists authenticationSchemes, each with type, name and description."""
    exchange = bench.server.configuration
    schemes = exchange.document.get("authenticationSchemes")
    bench.expect(isinstance(schemes, list) and bool(schemes), exchange, "authenticationSchemes as an array")
    for scheme in schemes or []:
        missing = [name for name in ("type", "name", "description") if not scheme.get(name)]
        if missing:
            bench.fault(
                exchange, "type, name and description in each scheme", f"without {', '.join(missing)}"
            )


@check(
    "R59",
    after=("configuration_is_served",),
    means="A set-up wizard cannot find out how to authenticate before it has a credential.",
)
async def configuration_is_public(bench: Bench) -> None:
    """The configuration can be read without a token."""
    if not bench.wire.authorization:
        raise NotOffered("no token is used at all")
    exchange = await bench.wire.send("GET", "/ServiceProviderConfig", authorization="")
    bench.expect_status(exchange, 200, why="also without Authorization")


@check(
    "R196",
    after=("configuration_is_served",),
    means="A client cannot tell whether it may page by cursor.",
)
async def pagination_is_described(bench: Bench) -> None:
    """Where the configuration has pagination, it says of cursor and index whether they are supported."""
    exchange = bench.server.configuration
    pagination = exchange.document.get("pagination")
    if pagination is None:
        raise NotOffered("the configuration has no pagination (RFC 9865)")
    bench.expect(isinstance(pagination, dict), exchange, "pagination as an object", f"{pagination!r}")
    for name in ("cursor", "index"):
        if not isinstance(pagination.get(name), bool):
            bench.fault(exchange, f"pagination.{name} as true or false", f"{pagination.get(name)!r}")


@check(
    "R177",
    roles=(Role.RFC, Role.ENTRA),
    means="Clients that read the schema (Entra's gallery, Okta's schema discovery, midPoint) find nothing to map.",
)
async def lists_of_types_and_schemas(bench: Bench) -> None:
    """/ResourceTypes and /Schemas answer 200 with a ListResponse that is not empty."""
    for exchange in (bench.server.resource_types, bench.server.schemas):
        if not exchange.is_list or not exchange.resources:
            bench.fault(exchange, "status 200 with a ListResponse that has Resources")


@check(
    "R177",
    after=("lists_of_types_and_schemas",),
    means="A client that asks for the one schema it needs does not get it.",
)
async def one_type_and_one_schema(bench: Bench) -> None:
    """/ResourceTypes/{name} and /Schemas/{URN} give the single object, and 404 for one that is not there."""
    for endpoint, key, documents in (
        ("ResourceTypes", "name", bench.server.resource_type_documents),
        ("Schemas", "id", bench.server.schema_documents),
    ):
        wanted = str(documents[0].get(key))
        one = await bench.get(f"/{endpoint}/{quote(wanted, safe='')}")
        if one.status != 200 or one.document.get(key) != wanted:
            bench.fault(one, f"status 200 with the object whose {key} is {wanted}")
        other = await bench.get(f"/{endpoint}/{quote(f'urn:{bench.prefix}', safe='')}")
        if other.status != 404:
            bench.fault(other, "status 404 for one that does not exist")


@check(
    "R61",
    "R62",
    after=("lists_of_types_and_schemas",),
    means="A client that follows the resource types to their schemas ends nowhere and maps nothing.",
)
async def types_agree_with_schemas(bench: Bench) -> None:
    """Each resource type has name, endpoint and schema, and its schema and extensions are served by /Schemas."""
    exchange = bench.server.resource_types
    served = {str(schema.get("id")).lower() for schema in bench.server.schema_documents}
    for type in bench.server.resource_type_documents:
        name = type.get("name")
        for key in ("name", "endpoint", "schema"):
            if not type.get(key):
                bench.fault(exchange, f"{key} in each resource type", f"{name!r} without {key}", "R61")
        if str(type.get("schema")).lower() not in served:
            bench.fault(
                (exchange, bench.server.schemas),
                "each schema of a type in /Schemas",
                f"{type.get('schema')} is missing",
                "R61",
            )
        for extension in type.get("schemaExtensions") or ():
            if not isinstance(extension.get("required"), bool):
                bench.fault(exchange, "required in each schema extension", f"{extension!r}", "R62")
            if str(extension.get("schema")).lower() not in served:
                bench.fault(
                    (exchange, bench.server.schemas),
                    "each schema extension in /Schemas",
                    f"{extension.get('schema')} is missing",
                    "R62",
                )


@check(
    "R64",
    "R66",
    "R65",
    "R1",
    after=("lists_of_types_and_schemas",),
    means="Tools that build their attribute lists from the schema (Okta's import of the user schema, Entra's "
    "gallery, midPoint) misread or drop the attribute.",
)
async def schemas_are_well_formed(bench: Bench) -> None:
    """Each schema has id, name and attributes, and each attribute its characteristics, a known type and a lawful name."""
    exchange = bench.server.schemas
    for schema in bench.server.schema_documents:
        urn = str(schema.get("id") or "")
        if not urn or not isinstance(schema.get("attributes"), list):
            bench.fault(exchange, "id and attributes in each schema", f"{urn or schema.get('name')!r}", "R64")
        for name, attribute in every_attribute(schema):
            where, kind = f"{urn}:{name}", attribute.get("type")
            last = name.rpartition(".")[2]
            if last != "$ref" and not _NAME.fullmatch(last):
                bench.fault(exchange, "attribute names of letters, digits, $, - and _", f"{where}", "R1")
            if kind not in _TYPES:
                bench.fault(
                    exchange, f"a type among {', '.join(sorted(_TYPES))}", f"{where}: {kind!r}", "R66"
                )
            if kind == "complex" and not attribute.get("subAttributes"):
                bench.fault(exchange, "subAttributes of a complex attribute", f"{where} has none", "R65")
            missing = [key for key in _CHARACTERISTICS if key not in attribute]
            missing += ["caseExact"] if kind in _WITH_CASE and "caseExact" not in attribute else []
            if missing:
                bench.fault(
                    exchange,
                    "all characteristics of each attribute",
                    f"{where} lacks {', '.join(missing)}",
                    "R64",
                )
            if len(bench.faults) >= 10:
                return


@check(
    "R37",
    after=("lists_of_types_and_schemas",),
    means="Set-up tools do not ask the administrator to map the one attribute without which nothing can be created.",
)
async def user_name_is_declared_required(bench: Bench) -> None:
    """/Schemas declares userName as required, and unique on the server."""
    attributes = bench.kind("User").attributes
    if attributes is None:
        raise Untried("the schema of User is not served")
    declared = attributes.get("username") or {}
    bench.expect(
        declared.get("required") is True,
        bench.server.schemas,
        "userName with required true",
        f"{declared!r}"[:300],
    )
    bench.expect(
        declared.get("uniqueness") in ("server", "global"),
        bench.server.schemas,
        "userName with uniqueness server",
        f"uniqueness {declared.get('uniqueness')!r}",
    )


@check(
    "R50",
    needs=("Group",),
    after=("lists_of_types_and_schemas",),
    means="Set-up tools do not know that a group must have a name.",
)
async def group_name_is_declared_required(bench: Bench) -> None:
    """/Schemas declares displayName of Group as required (erratum 5368)."""
    attributes = bench.kind("Group").attributes
    if attributes is None:
        raise Untried("the schema of Group is not served")
    declared = attributes.get("displayname") or {}
    bench.expect(
        declared.get("required") is True,
        bench.server.schemas,
        "displayName of Group with required true",
        f"required {declared.get('required')!r}",
    )


@check(
    "R81",
    after=("lists_of_types_and_schemas",),
    means="A client takes a message for a kind of resource.",
)
async def messages_are_no_schemas(bench: Bench) -> None:
    """The URNs of protocol messages do not appear in /Schemas."""
    for schema in bench.server.schema_documents:
        urn = str(schema.get("id"))
        if urn.lower().startswith("urn:ietf:params:scim:api:"):
            bench.fault(bench.server.schemas, "no message URN in /Schemas", urn)


@check(
    "R178",
    after=("lists_of_types_and_schemas",),
    means="A client that adds its usual paging sees a part of the schemas and takes it for all.",
)
async def discovery_is_not_paged(bench: Bench) -> None:
    """Paging parameters are ignored on /Schemas and /ResourceTypes."""
    exchange = await bench.get("/Schemas", count=1)
    everything = len(bench.server.schema_documents)
    bench.expect(
        len(exchange.resources) == everything, exchange, f"all {everything} schemas in spite of count=1"
    )


@check(
    "R178",
    level=Level.SHOULD,
    after=("lists_of_types_and_schemas",),
    means="Little: no identity provider filters the schemas.",
)
async def discovery_is_not_filtered(bench: Bench) -> None:
    """A filter on /Schemas is refused with 403."""
    exchange = await bench.get("/Schemas", filter='name eq "User"')
    bench.expect_status(exchange, 403)


@check(
    "W121",
    "K30",
    roles=(Role.ENTRA,),
    after=("lists_of_types_and_schemas",),
    means="Entra's gallery reads the schema when the administrator opens the configuration, and fails on it.",
)
async def schemas_have_no_nulls(bench: Bench) -> None:
    """/Schemas holds no null values."""
    for schema in bench.server.schema_documents:
        for name, attribute in every_attribute(schema):
            empty = [key for key, value in attribute.items() if value is None]
            if empty:
                bench.fault(
                    bench.server.schemas, "no nulls", f"{schema.get('id')}:{name}: {', '.join(empty)} null"
                )
                return


@check(
    "R172",
    means="Little: identity providers act for a directory and do not ask for /Me.",
)
async def me_is_plain(bench: Bench) -> None:
    """GET /Me answers 501 where it is not offered; else it leads to a person, or is refused to this client."""
    exchange = await bench.get("/Me")
    bench.expect_status(exchange, 501, 200, 308, 401, 403)
