"""Short words for tests: what an answer was, and the ids it gave."""

from __future__ import annotations

from vestibule.directory.change import Change
from vestibule.directory.resource import Resource


def made(change: Change) -> Resource:
    """The resource a 200 or 201 answers with."""
    assert change.answer.error is None, change.answer.error.detail
    assert change.answer.resource is not None
    return change.answer.resource


def id_of(change: Change) -> str:
    return made(change).id


def refusal(change: Change) -> tuple[int, str | None, str]:
    """Status, scimType and the sentence of a refusal that changed no resource and no member."""
    error = change.answer.error
    assert error is not None, change.answer
    assert error.status == change.answer.status
    assert not change.resources
    assert not change.members
    assert not change.events
    return error.status, error.scim_type, error.detail


def did_nothing(change: Change) -> bool:
    return not change.changes_something and not change.events and change.audit is None
