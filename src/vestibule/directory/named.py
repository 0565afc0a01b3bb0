"""Whom an operator means by a word: an id, a userName, an e-mail address, the name of a group."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.facts import ByDisplayName, ByEmail, ById, ByUserName, Inactivated
from vestibule.directory.resource import Resource
from vestibule.directory.store import DirectoryStore
from vestibule.scim.fold import fold, fold_user_name


async def people_named(
    store: DirectoryStore, tenant: int, connection: int, word: str
) -> tuple[Resource, ...]:
    """The person of that id, else of that userName, else those of that e-mail address, else who was deleted last.

    () for nobody. People who existed before are among them; ``external_id`` is the connection's.
    """
    folded = fold_user_name(word)
    by_id, by_name = ById("User", word, connection), ByUserName(folded, connection)
    by_email, deleted = ByEmail(fold(word), connection), Inactivated(folded, connection)
    facts = await store.facts(tenant, (by_id, by_name, by_email, deleted))
    for found in ((facts[by_id],), facts[by_name], facts[by_email], (facts[deleted],)):
        people = tuple(person for person in found if person is not None)
        if people:
            return people
    return ()


async def groups_named(
    store: DirectoryStore, tenant: int, connections: Sequence[int], word: str
) -> tuple[Resource, ...]:
    """The group of that id, deleted ones too, else those of that displayName under any connection."""
    by_id = ById("Group", word, connections[0])
    by_name = [ByDisplayName("Group", fold(word), connection) for connection in connections]
    facts = await store.facts(tenant, (by_id, *by_name))
    if facts[by_id] is not None:
        return (facts[by_id],)
    return tuple(group for key in by_name for group in facts[key])
