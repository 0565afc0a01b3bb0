"""Bulk, where it is offered, and its refusal where it is not."""

from __future__ import annotations

from typing import Any

from vestibule.judge.bench import ENTERPRISE, Bench
from vestibule.judge.check import NotOffered, Topic, Untried, check
from vestibule.judge.exchange import Exchange
from vestibule.judge.rows import Level

TOPIC = Topic(105, "Bulk")

_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_NEEDS = ("bulk",)
#: A limit beyond these is believed: trying it would be an attack.
_MOST_OPERATIONS = 2000
_MOST_BYTES = 4 * 1024 * 1024


async def _bulk(bench: Bench, *operations: dict[str, Any], **more: Any) -> Exchange:
    return await bench.post("/Bulk", {"schemas": [_REQUEST], "Operations": list(operations), **more})


def _create(bench: Bench, bulk_id: str, **attributes: Any) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": bench.users,
        "bulkId": bulk_id,
        "data": bench.specimens.user(**attributes),
    }


def _results(bench: Bench, exchange: Exchange) -> list[dict[str, Any]]:
    """The operations of a BulkResponse. Raises Wrong unless it is one."""
    bench.expect_status(exchange, 200, row="R165")
    bench.expect(
        _RESPONSE in (exchange.document.get("schemas") or ()), exchange, "a BulkResponse", row="R165"
    )
    found = exchange.document.get("Operations")
    bench.expect(isinstance(found, list), exchange, "Operations as an array", row="R170")
    return [one for one in found or () if isinstance(one, dict)]


def _id(result: dict[str, Any]) -> str:
    return str(result.get("location") or "").rpartition("/")[2]


@check(
    "R60",
    level=Level.SHOULD,
    means="A client that tries all the same gets an answer it cannot read.",
)
async def bulk_that_is_not_offered(bench: Bench) -> None:
    """Where bulk is not supported, POST /Bulk answers 501."""
    if bench.server.offers("bulk"):
        raise NotOffered("bulk is supported")
    exchange = await _bulk(bench)
    bench.expect_status(exchange, 501, 404, 405)


@check(
    "R168",
    "R165",
    "R170",
    needs=("bulk", "Group"),
    means="Little for Okta and Entra, which send no bulk; a migration by bulk ends in broken references.",
)
async def bulk_ids_are_resolved(bench: Bench) -> None:
    """A group created with a member bulkId:x holds the person created in the same request."""
    group = bench.specimens.group(members=[{"value": "bulkId:person"}])
    exchange = await _bulk(
        bench,
        {"method": "POST", "path": bench.groups, "bulkId": "group", "data": group},
        _create(bench, "person"),
    )
    results = {str(one.get("bulkId")): one for one in _results(bench, exchange)}
    for name in ("person", "group"):
        result = results.get(name)
        bench.expect(result is not None, exchange, f"a result with the bulkId {name}", row="R168")
        bench.expect(
            str((result or {}).get("status")) == "201",
            exchange,
            f"status 201 for {name}",
            f"{result!r}"[:300],
            row="R165",
        )
        bench.expect(bool((result or {}).get("location")), exchange, f"a location for {name}", row="R170")
    shown = await bench.get(f"{bench.groups}/{_id(results['group'])}")
    members = [one.get("value") for one in shown.document.get("members") or ()]
    bench.expect(
        members == [_id(results["person"])],
        (exchange, shown),
        "the person's real id as member",
        f"{members!r}",
    )


@check(
    "R168",
    needs=_NEEDS,
    means="Managers who are created together with their people are lost.",
)
async def bulk_ids_in_extensions(bench: Bench) -> None:
    """A manager given as bulkId:x is the person created in the same request."""
    bench.enterprise("manager")
    exchange = await _bulk(
        bench,
        _create(bench, "boss"),
        _create(bench, "report", **{ENTERPRISE: {"manager": {"value": "bulkId:boss"}}}),
    )
    results = {str(one.get("bulkId")): one for one in _results(bench, exchange)}
    if not {"boss", "report"} <= set(results):
        raise Untried("the answer does not name both people by their bulkId")
    shown = await bench.get(f"{bench.users}/{_id(results['report'])}")
    manager = ((shown.document.get(ENTERPRISE) or {}).get("manager") or {}).get("value")
    bench.expect(manager == _id(results["boss"]), (exchange, shown), "the boss's real id", f"{manager!r}")


@check(
    "R166",
    "R170",
    needs=_NEEDS,
    means="One bad row stops a migration, or a client that wanted it stopped is not obeyed.",
)
async def failures_are_counted(bench: Bench) -> None:
    """The server goes on over failures, unless failOnErrors says after how many to stop."""
    missing = f"{bench.users}/{bench.wire.ledger.invent()}"
    bad, good = {"method": "DELETE", "path": missing}, _create(bench, "good")
    exchange = await _bulk(bench, bad, good)
    results = _results(bench, exchange)
    statuses = [str(one.get("status")) for one in results]
    bench.expect(statuses == ["404", "201"], exchange, "404 and then 201", f"{statuses!r}")
    error = results[0].get("response")
    bench.expect(
        isinstance(error, dict) and error.get("status") == "404",
        exchange,
        "the error in response",
        f"{error!r}",
        row="R170",
    )
    stopped = await _bulk(bench, bad, _create(bench, "never"), failOnErrors=1)
    results = _results(bench, stopped)
    bench.expect(len(results) == 1, stopped, "one result, and then the end", f"{len(results)} results")


@check(
    "R171",
    needs=_NEEDS,
    means="A client cannot know how much it may send; a careless one fills the server's memory.",
)
async def bulk_limits_hold(bench: Bench) -> None:
    """One operation more than maxOperations is refused with 413, and so is one byte more than maxPayloadSize."""
    most, size = bench.server.number("bulk", "maxOperations"), bench.server.number("bulk", "maxPayloadSize")
    if most is not None and most <= _MOST_OPERATIONS:
        missing = {"method": "DELETE", "path": f"{bench.users}/{bench.wire.ledger.invent()}"}
        exchange = await _bulk(bench, *([missing] * (most + 1)))
        bench.expect_status(exchange, 413, why=f"with {most + 1} operations")
    if size is not None and size <= _MOST_BYTES:
        body = b'{"schemas":["' + _REQUEST.encode() + b'"],"Operations":[]' + b" " * size + b"}"
        exchange = await bench.wire.send("POST", "/Bulk", body)
        bench.expect_status(exchange, 413, why=f"with {len(body):,} bytes")


@check(
    "R169",
    needs=("bulk", "Group"),
    means="Little: two groups that contain each other are rare.",
)
async def circles_in_bulk(bench: Bench) -> None:
    """Two groups that name each other by bulkId are both created, or refused with 409."""
    operations = [
        {
            "method": "POST",
            "path": bench.groups,
            "bulkId": own,
            "data": bench.specimens.group(members=[{"value": f"bulkId:{other}"}]),
        }
        for own, other in (("one", "two"), ("two", "one"))
    ]
    exchange = await _bulk(bench, *operations)
    if exchange.status == 409:
        return
    statuses = [str(one.get("status")) for one in _results(bench, exchange)]
    fine = set(statuses) <= {"201", "409", "400", "412"} and bool(statuses)
    bench.expect(fine, exchange, "201 for both, or 409", f"{statuses!r}")


@check(
    "R164",
    needs=_NEEDS,
    means="A client with a fault is told that all is well.",
)
async def bulk_operations_are_checked(bench: Bench) -> None:
    """An operation without a method, or a POST without bulkId, is refused: alone or with the whole request."""
    without_id = {"method": "POST", "path": bench.users, "data": bench.specimens.user()}
    for operation in ({"path": bench.users, "data": bench.specimens.user()}, without_id):
        exchange = await _bulk(bench, operation)
        if exchange.status == 400:
            continue
        for result in _results(bench, exchange):
            if not str(result.get("status")).startswith("4"):
                bench.fault(exchange, "status 400", f"{result!r}"[:300])
