"""Documents put together: what was there, what was sent, and what an absent key means."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from vestibule.directory.places import keys_of, put_at, value_at
from vestibule.directory.refusal import Refusal
from vestibule.directory.situation import Situation
from vestibule.scim.checker import Checked, CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.patch import Patched

_MAX_NOTED = 20


def put_over(type: CompiledType, held: Document, sent: Document, cleared: Collection[str]) -> Document:
    """What is held with what was sent over it: sub-attributes one by one, multi-valued attributes whole."""
    merged = _over(held, sent, 2)
    for path in cleared:
        if path != "active":
            _clear(merged, keys_of(path))
    return type.with_schemas({**merged, "id": held["id"]})


def replaced(
    situation: Situation,
    type: CompiledType,
    held: Document,
    checked: Checked,
    kept_as_held: Collection[str] = (),
) -> Document:
    """The document that a PUT means (design: *PUT*).

    Absent keys: what the client owns is cleared; what the product owns, ``active`` and
    ``kept_as_held`` stay. Explicit null or [] clears what either owns.
    """
    refuse_cleared_active(held, "active" in checked.cleared)
    document = dict(checked.document)
    for path in (*situation.profile.product_owned, *kept_as_held):
        keys = keys_of(path)
        kept = value_at(held, keys)
        if kept is not None and value_at(document, keys) is None and not _is_cleared(path, checked.cleared):
            put_at(document, keys, kept)
    if "active" not in document and "active" in held:
        document["active"] = held["active"]
    document["id"] = held["id"]
    return type.with_schemas(document)


def refuse_cleared_active(held: Document, is_cleared: bool) -> None:
    """``active`` is true or false, never unassigned: clearing it is refused (400)."""
    if is_cleared and "active" in held:
        raise Refusal(
            InvalidValue(
                "active cannot be cleared. Send true or false, or leave it out to keep it as it is."
            ),
            "active.cleared",
            "active is true or false, never unassigned.",
        )


def read_notes(read: Checked | Patched) -> tuple[str, ...]:
    """What was left out of a body while it was read, for the explanation."""
    if not read.dropped and not read.password_given:
        return ()
    notes = []
    if read.dropped:
        names = ", ".join(read.dropped[:_MAX_NOTED])
        notes.append(f"left out: {names}")
    if read.password_given:
        notes.append("the password was ignored; nothing of it is kept")
    return tuple(notes)


def counted(used: Mapping[str, int], *more: Mapping[str, int]) -> Mapping[str, int]:
    """All these tolerances together; ``used`` itself where there are no more."""
    if not any(more):
        return used
    total = dict(used)
    for counts in more:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


def _over(held: Document, sent: Document, depth: int) -> Document:
    merged = dict(held)
    for key, value in sent.items():
        old = merged.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        merged[key] = _over(old, value, depth - 1) if both and depth and old else value
    return merged


def _clear(document: Document, keys: tuple[str, ...]) -> None:
    if value_at(document, keys) is None:
        return
    *parents, last = keys
    for key in parents:
        document[key] = dict(document[key])
        document = document[key]
    del document[last]


def _is_cleared(path: str, cleared: Collection[str]) -> bool:
    return path in cleared or any(path.startswith(f"{whole}.") for whole in cleared)
