"""What a run may change: what it made, and ids that nobody has."""

from __future__ import annotations

import pytest

from vestibule.judge.ledger import Ledger, NotOurs

OURS = Ledger("vcheck-0123456789")


@pytest.fixture
def ledger() -> Ledger:
    """One that made user 7."""
    found = Ledger("vcheck-0123456789")
    found.note("/Users", "7", "vcheck-0123456789-1@example.com")
    return found


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "delete"])
@pytest.mark.parametrize(
    "path",
    ["/Users/8", "/Groups/7", "/Users", "/Users/", "/", "/Users/7/members", "/Users/..", "/Users/7%2F8"],
)
def test_what_it_did_not_make_is_out_of_reach(ledger: Ledger, method: str, path: str) -> None:
    with pytest.raises(NotOurs):
        ledger.permit(method, path)


def test_what_it_made_and_what_nobody_has_may_be_changed(ledger: Ledger) -> None:
    ledger.permit("PATCH", "/Users/7?attributes=userName")
    ledger.permit("DELETE", f"/Groups/{ledger.invent()}")
    ledger.permit("POST", "/Users")
    ledger.permit("GET", "/Users/8")


def test_what_is_gone_may_be_asked_for_again_and_is_not_left(ledger: Ledger) -> None:
    ledger.gone("/Users", "7")
    ledger.permit("DELETE", "/Users/7")
    assert ledger.left(kept=True) == []
    ledger.gone("/Users", "8")
    with pytest.raises(NotOurs):
        ledger.permit("DELETE", "/Users/8")


def test_bulk_operations_are_looked_at_too(ledger: Ledger) -> None:
    ledger.permit("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": "/Users/7"}]})
    ledger.permit("POST", "/Bulk", {"Operations": [{"method": "PATCH", "path": "/Groups/bulkId:x"}]})
    with pytest.raises(NotOurs):
        ledger.permit("POST", "/Bulk", {"Operations": [{"method": "DELETE", "path": "/Users/8"}]})


@pytest.mark.parametrize("id", ["", ".", "..", None, 7])
def test_an_id_that_no_url_can_hold_is_left_alone(id: object) -> None:
    ledger = Ledger()
    ledger.note("/Users", id)
    assert ledger.left(kept=True) == []


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        ({"userName": "VCHECK-0123456789-1@example.com"}, True),
        ({"displayName": "vcheck-0123456789-2"}, True),
        ({"userName": "vcheck-9876543210-1@example.com"}, False),
        ({"userName": None, "id": "vcheck-0123456789"}, False),
        ("vcheck-0123456789", False),
    ],
)
def test_ours_is_what_bears_the_prefix(document: object, ours: bool) -> None:
    assert OURS.is_ours(document) is ours


def test_groups_go_before_people_and_what_is_kept_goes_last() -> None:
    ledger = Ledger()
    ledger.note("/Users", "1")
    ledger.note("/Users", "2")
    ledger.note("/Groups", "3")
    ledger.keep("/Users", "1")
    assert [made.id for made in ledger.left(kept=False)] == ["3", "2"]
    assert [made.id for made in ledger.left(kept=True)] == ["3", "1", "2"]
