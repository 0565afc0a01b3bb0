"""The BulkRequest message: what concerns the whole is refused, what concerns one operation is its fault."""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.scim.bulk import BULK_REQUEST, BulkOperation, BulkRequest, parse_bulk
from vestibule.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError

ADD = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a"}}


def parsed(*operations: Any, strict: bool = False, **more: Any) -> BulkRequest:
    body = {"schemas": [BULK_REQUEST], "Operations": list(operations), **more}
    return parse_bulk(body, max_operations=10, strict=strict)


def fault(**changes: Any) -> ScimError:
    [operation] = parsed({**ADD, **changes}).operations
    assert operation.fault is not None
    assert operation.fault.detail.startswith("Operation 1: ")
    return operation.fault


@pytest.mark.requirement("R164")
def test_an_operation_says_method_path_data_and_bulk_id() -> None:
    put = {"method": "put", "path": "/Users/1", "version": 'W/"3"', "data": {"userName": "b"}}
    delete = {"METHOD": "DELETE", "Path": "/Users/1", "data": "not looked at"}
    assert parsed(ADD, put, delete).operations == (
        BulkOperation(1, "POST", "/Users", "a", data={"userName": "a"}),
        BulkOperation(2, "PUT", "/Users/1", version='W/"3"', data={"userName": "b"}),
        BulkOperation(3, "DELETE", "/Users/1"),
    )


@pytest.mark.requirement("R164")
@pytest.mark.parametrize(
    ("changes", "type", "said"),
    [
        ({"method": None}, InvalidSyntax, "method is missing"),
        ({"method": "GET"}, InvalidSyntax, 'not "GET"'),
        ({"method": 7}, InvalidSyntax, "not 7"),
        ({"path": None}, InvalidValue, "path is missing"),
        ({"path": "Users"}, InvalidValue, 'path is "Users"'),
        ({"path": "https://x.test/Users"}, InvalidValue, "must be like /Users"),
        ({"path": 3}, InvalidValue, "path is 3"),
        ({"path": "/"}, InvalidValue, "writes resources"),
        ({"path": "/Bulk"}, InvalidValue, "writes resources"),
        ({"path": "/bulk/x"}, InvalidValue, "writes resources"),
        ({"path": "/Users/.search"}, InvalidValue, "writes resources"),
        ({"path": "/.Search"}, InvalidValue, "writes resources"),
        ({"path": "/Users?count=1"}, InvalidValue, "without a query"),
        ({"path": "/" + "x" * 600}, InvalidValue, "512 are allowed"),
        ({"bulkId": None}, InvalidValue, "a POST needs a bulkId"),
        ({"bulkId": ""}, InvalidValue, "1 to 256 characters"),
        ({"bulkId": 4}, InvalidValue, "not 4"),
        ({"bulkId": "x" * 257}, InvalidValue, "1 to 256 characters"),
        ({"version": 3}, InvalidValue, 'text such as W/"3"'),
        ({"data": None}, InvalidSyntax, "data is missing"),
        ({"data": []}, InvalidSyntax, "data must be an object"),
        ({"data": "{}"}, InvalidSyntax, "data must be an object"),
    ],
)
def test_what_is_wrong_with_one_operation_is_said_with_its_position(
    changes: dict[str, Any], type: type[ScimError], said: str
) -> None:
    found = fault(**changes)
    assert isinstance(found, type)
    assert said in found.detail


def test_a_faulty_operation_keeps_the_bulk_id_it_is_known_by() -> None:
    [operation] = parsed({**ADD, "method": "FROB"}).operations
    assert (operation.bulk_id, operation.method, operation.path) == ("a", "FROB", "/Users")


def test_data_nested_without_end_is_refused() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    assert "nested deeper than 64" in fault(data={"x": deep}).detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"Operations": [ADD]}, 'needs "schemas"'),
        ({"schemas": [BULK_REQUEST + "s"], "Operations": [ADD]}, 'needs "schemas"'),
        ({"schemas": BULK_REQUEST, "Operations": [ADD]}, 'needs "schemas"'),
        ({"schemas": [BULK_REQUEST]}, 'needs "Operations"'),
        ({"schemas": [BULK_REQUEST], "Operations": []}, 'needs "Operations"'),
        ({"schemas": [BULK_REQUEST], "Operations": {"1": ADD}}, 'needs "Operations"'),
        ({"schemas": [BULK_REQUEST], "Operations": [ADD, "x"]}, "Operation 2 must be an object"),
        ({"schemas": [BULK_REQUEST], "Operations": [ADD], "operations": []}, "given twice"),
        (
            {"schemas": [BULK_REQUEST], "Operations": [{**ADD, "PATH": "/x"}]},
            "Operation 1: path is given twice",
        ),
    ],
)
def test_another_message_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidSyntax, match=said):
        parse_bulk(body, max_operations=10)


@pytest.mark.requirement("R166")
@pytest.mark.parametrize("wrong", [0, -1, 1.5, "1", True, [], {}])
def test_fail_on_errors_is_a_number_from_one(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="failOnErrors must be a whole number from 1"):
        parsed(ADD, failOnErrors=wrong)
    assert parsed(ADD, failOnErrors=3).fail_on_errors == 3
    assert parsed(ADD, failOnErrors=None).fail_on_errors is None


def test_two_operations_cannot_have_one_bulk_id() -> None:
    with pytest.raises(InvalidValue, match='Operations 1 and 3 have the same bulkId "a"'):
        parsed(ADD, {**ADD, "bulkId": "A"}, {**ADD, "method": "PUT", "path": "/Users/1"})


@pytest.mark.requirement("R171")
def test_more_operations_than_allowed_name_the_limit() -> None:
    many = [{**ADD, "bulkId": str(number)} for number in range(11)]
    assert len(parsed(*many[:10]).operations) == 10
    with pytest.raises(PayloadTooLarge, match=r"11 operations, more than maxOperations \(10\)"):
        parsed(*many)


@pytest.mark.requirement("K44")
def test_strict_refuses_what_nobody_declared() -> None:
    assert parsed({**ADD, "etag": "x"}, more=1).operations[0].fault is None
    with pytest.raises(InvalidSyntax, match="Operation 1: etag"):
        parsed({**ADD, "etag": "x"}, strict=True)
