"""PATCH against the reference: the same document, or refused by both."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import event, given

from tests.reference.documents import kept
from tests.reference.effort import examples
from tests.reference.patches import Operation, applied
from tests.reference.values import Refused
from tests.reference.worlds import Chooser, a_document, a_type, an_operation, made_by, shown
from vestibule.scim.checker import compile_type
from vestibule.scim.errors import ScimError
from vestibule.scim.patch import apply_patch, parse_patch
from vestibule.scim.schema import ResourceType

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Outcome = dict[str, Any] | str


@dataclass(frozen=True, repr=False)
class Case:
    """A resource type, a document of it as it is sent, and a PATCH."""

    type: ResourceType
    sent: dict[str, Any]
    operations: list[Operation]

    def __repr__(self) -> str:
        return f"{shown(self.type)}\n{self.sent}\n{[operation.sent() for operation in self.operations]}"


def a_case(choose: Chooser) -> Case:
    type = a_type(choose)
    document = a_document(choose, type, 1)
    return Case(type, document, [an_operation(choose, type, document) for _ in range(1 + choose.below(3))])


def by_reference(
    type: ResourceType, held: dict[str, Any], several: list[Operation], *, upsert: bool
) -> Outcome:
    try:
        return applied(type, held, several, upsert=upsert)
    except Refused as refusal:
        return str(refusal)


@pytest.mark.requirement("R4", "R5", "R6", "R8", "R16", "R17", "R95", "R118")
@examples(300)
@given(case=made_by(a_case))
def test_what_is_sent_is_kept_as_the_reference_keeps_it(
    case: Case,
) -> None:
    type, sent = case.type, case.sent
    compiled = compile_type(type)
    try:
        expected: Outcome = kept(type, sent)
    except Refused as refusal:
        expected = str(refusal)
    try:
        found: Outcome = compiled.with_defaults(compiled.check(sent).document)
    except ScimError as refusal:
        found = refusal.scim_type or ""
    assert found == expected


@pytest.mark.requirement(
    *("R142", "R144", "R145", "R146", "R147", "R148", "R150", "R151", "R152", "R153", "R154"),
    *("R155", "R156", "R157", "R158", "R159", "R14", "R92", "K17", "K19"),
)
@pytest.mark.parametrize("upsert", [False, True], ids=["by the RFC", "values made of filters"])
@examples(800)
@given(case=made_by(a_case))
def test_a_patch_does_what_the_reference_does(upsert: bool, case: Case) -> None:
    type, sent, several = case.type, case.sent, case.operations
    compiled = compile_type(type)
    try:
        held = kept(type, sent)
    except Refused:
        return
    held = compiled.with_schemas(held)
    expected = by_reference(type, held, several, upsert=upsert)
    before = deepcopy(held)
    try:
        message = {"schemas": [PATCH_OP], "Operations": [operation.sent() for operation in several]}
        found: Outcome = apply_patch(compiled, held, parse_patch(message), upsert=upsert).document
    except ScimError as refusal:
        found = refusal.scim_type or ""
    assert held == before, "what came in was changed"
    event("refused" if isinstance(found, str) else "unchanged" if found == held else "changed")
    assert found == expected
