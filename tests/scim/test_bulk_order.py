"""The order of the operations of a bulk request: as given, but nobody before whom they name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.scim.bulk import BULK_REQUEST, Step, ordered, parse_bulk
from vestibule.scim.errors import InvalidValue


def steps(*operations: dict[str, Any]) -> list[Step]:
    body = {"schemas": [BULK_REQUEST], "Operations": list(operations)}
    return ordered(parse_bulk(body, max_operations=2000).operations)


def places(*operations: dict[str, Any]) -> list[list[int]]:
    return [[one.position for one in step.operations] for step in steps(*operations)]


def group(bulk_id: str, *members: str) -> dict[str, Any]:
    data = {"displayName": bulk_id, "members": [{"value": f"bulkId:{id}"} for id in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def user(bulk_id: str, manager: str = "") -> dict[str, Any]:
    data = {"userName": bulk_id, **({"manager": {"value": f"bulkId:{manager}"}} if manager else {})}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def patch(path: str, value: str = "x") -> dict[str, Any]:
    return {"method": "PATCH", "path": path, "data": {"Operations": [{"op": "add", "value": value}]}}


@pytest.mark.requirement("R167")
def test_without_references_the_order_stays() -> None:
    assert places(user("b"), patch("/Users/1"), user("a"), {"method": "DELETE", "path": "/Users/2"}) == [
        [1],
        [2],
        [3],
        [4],
    ]


@pytest.mark.requirement("R167", "R168")
def test_who_names_another_waits_for_it_and_nobody_else_moves() -> None:
    assert places(group("g", "u"), user("x"), user("u"), user("y")) == [[2], [3], [1], [4]]


@pytest.mark.requirement("R167")
def test_operations_on_one_resource_do_not_overtake_each_other() -> None:
    late, delete = patch("/Users/1", "bulkId:u"), {"method": "DELETE", "path": "/users/1/"}
    assert places(late, delete, patch("/Users/2"), user("u")) == [[3], [4], [1], [2]]
    on_new = patch("/Groups/bulkId:g", "bulkId:u")
    gone = {"method": "DELETE", "path": "/Groups/bulkId:g"}
    assert places(on_new, gone, user("u"), group("g")) == [[3], [4], [1], [2]]


@pytest.mark.requirement("R169")
def test_a_circle_of_managers_is_one_step() -> None:
    [first, circle, last] = steps(user("x"), user("a", "b"), user("b", "c"), user("c", "a"), user("y", "a"))
    assert [one.position for one in circle.operations] == [2, 3, 4]
    assert circle.is_circle
    assert not circle.is_hopeless
    assert not first.is_circle
    assert not last.is_circle


@pytest.mark.requirement("R169")
def test_who_manages_himself_is_a_circle_of_one() -> None:
    [step] = steps(user("a", "a"))
    assert step.is_circle
    assert not step.is_hopeless


@pytest.mark.requirement("R169")
def test_groups_in_each_other_are_hopeless() -> None:
    assert [step.is_hopeless for step in steps(group("a", "b"), group("b", "a"))] == [True]
    assert [step.is_hopeless for step in steps(group("a", "a"))] == [True]
    assert [step.is_hopeless for step in steps(group("a", "b"), group("b", "c"), group("c"))] == [False] * 3


@pytest.mark.requirement("R169")
def test_in_a_circle_members_come_before_their_group() -> None:
    [step] = steps(group("g", "u"), user("u", "g"))
    assert [one.position for one in step.operations] == [2, 1]
    assert step.is_circle
    assert not step.is_hopeless


@pytest.mark.parametrize(
    "operation",
    [
        group("g", "nobody"),
        user("u", "put"),
        patch("/Users/bulkId:nobody"),
        patch("/Users/1", "bulkId:"),
        {"method": "DELETE", "path": "/Groups/bulkId:nobody"},
    ],
)
def test_a_bulk_id_that_no_post_has_is_a_fault(operation: dict[str, Any]) -> None:
    put = {"method": "PUT", "path": "/Users/1", "bulkId": "put", "data": {}}
    fault = next(
        step.operations[0].fault for step in steps(operation, put) if step.operations[0].position == 1
    )
    assert isinstance(fault, InvalidValue)
    assert "Operation 1: no POST of this request has the bulkId" in fault.detail


def test_long_chains_and_large_circles_are_ordered_without_recursion() -> None:
    count = 2000
    chain = [user(str(n), str(n + 1)) for n in range(count - 1)] + [user(str(count - 1))]
    assert places(*chain) == [[n] for n in range(count, 0, -1)]
    nested = [group(str(n), str(n + 1)) for n in range(count - 1)] + [group(str(count - 1), "0")]
    assert [step.is_hopeless for step in steps(*nested)] == [True]
    ring = [user(str(n), str((n + 1) % count)) for n in range(count)]
    assert [len(step.operations) for step in steps(*ring)] == [count]


@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 9), max_size=3)), min_size=1, max_size=10))
def test_every_operation_comes_once_and_after_all_it_names(graph: list[tuple[bool, list[int]]]) -> None:
    size = len(graph)
    operations = [
        group(str(at), *(str(other % size) for other in others))
        if is_group
        else user(str(at), str(others[0] % size) if others else "")
        for at, (is_group, others) in enumerate(graph)
    ]
    done: set[str] = set()
    came = []
    for step in steps(*operations):
        own = {one.bulk_id for one in step.operations}
        for one in step.operations:
            came.append(one.position)
            assert one.named <= done | own
            if not step.is_hopeless:
                contents = {id for r in one.references if r.is_membership for id in r.bulk_ids}
                assert contents <= done
            if step.is_hopeless:
                continue
            done.add(one.bulk_id or "")
        assert step.is_circle == (len(own) > 1 or any(one.named & own for one in step.operations))
        done |= {id for id in own if id}
    assert sorted(came) == list(range(1, size + 1))
