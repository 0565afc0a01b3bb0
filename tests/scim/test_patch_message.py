"""The PatchOp message (RFC 7644 §3.5.2; R140–R143)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import PATCH_OP, add, remove
from vestibule.scim.absent import ABSENT
from vestibule.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError
from vestibule.scim.patch import parse_patch
from vestibule.scim.patch.message import MAX_OPERATIONS


def message(*operations: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def test_reads_in_order() -> None:
    first, second = parse_patch(message(add("title", "x"), remove("title")))
    assert (first.op, str(first.path), first.value, first.position) == ("add", "title", "x", 1)
    assert (second.op, second.value, second.position) == ("remove", ABSENT, 2)


@pytest.mark.requirement("R2", "K17")
def test_names_in_any_letter_case() -> None:
    (operation,) = parse_patch(
        {"SCHEMAS": [PATCH_OP.upper()], "operations": [{"OP": "ADD", "Path": "title", "Value": None}]}
    )
    assert (operation.op, operation.value) == ("add", None)


@pytest.mark.requirement("R140", "R141", "R142", "R143", "R150")
@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        pytest.param({"Operations": [add("a", 1)]}, InvalidSyntax, PATCH_OP, id="no schemas (R140)"),
        pytest.param({"schemas": ["urn:x"], "Operations": [1]}, InvalidSyntax, PATCH_OP, id="other schemas"),
        pytest.param({"schemas": [PATCH_OP]}, InvalidSyntax, '"Operations"', id="no Operations (R141)"),
        pytest.param(message(), InvalidSyntax, "one or more", id="no operation"),
        pytest.param({**message(), "Operations": {"op": "add"}}, InvalidSyntax, "an array", id="no array"),
        pytest.param(message("add"), InvalidSyntax, "Operation 1 must be an object", id="text"),
        pytest.param(
            message(add("a", 1), {"op": "move"}), InvalidSyntax, "Operation 2: op must be", id="move"
        ),
        pytest.param(message({"path": "a", "value": 1}), InvalidSyntax, "op must be", id="no op"),
        pytest.param(message({"op": 1, "value": 1}), InvalidSyntax, "op must be", id="op no text"),
        pytest.param(
            message({"op": "add", "path": "a"}), InvalidValue, "needs a value", id="no value (R150)"
        ),
        pytest.param(message({"op": "remove"}), NoTarget, "needs a path", id="remove without path (R142)"),
        pytest.param(
            message({"op": "add", "value": "x"}), InvalidValue, "an object", id="no path, no object"
        ),
        pytest.param(message(add("a b", 1)), InvalidPath, "at character 3", id="faulty path (R143)"),
        pytest.param(
            message({"op": "add", "path": 1, "value": 1}), InvalidPath, "must be text", id="path no text"
        ),
        pytest.param(
            message({"op": "add", "path": "", "value": 1}), InvalidPath, "found the end", id="empty path"
        ),
        pytest.param(message(*[remove("a")] * (MAX_OPERATIONS + 1)), InvalidSyntax, "10,000", id="too many"),
    ],
)
def test_refuses(body: dict[str, Any], error: type[ScimError], said: str) -> None:
    with pytest.raises(error) as refusal:
        parse_patch(body)
    assert said in refusal.value.detail


@pytest.mark.requirement("K44")
def test_strict_wants_a_path() -> None:
    """K44."""
    with pytest.raises(InvalidPath, match="a path is needed"):
        parse_patch(message(add(None, {"title": "x"})), strict=True)
