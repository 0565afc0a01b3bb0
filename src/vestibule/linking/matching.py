"""Wanted accounts and members in, outcomes out. Pure.

Two people who want one member are never decided between: both are in conflict until one names another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.linking.linked_account import LinkState, Member, Outcome, Wanted
from vestibule.linking.wanted import ID_PREFIX
from vestibule.scim.fold import fold

_INVALID = "{value} is neither an e-mail address nor a member id; correct it in the identity provider."
_NOT_FOUND = (
    "Nobody at {service} has this address. Create the account there, or correct the value in the "
    "identity provider."
)
_NO_SUCH_ID = "{service} has no member with this id; correct it in the identity provider."
_DEACTIVATED = "The account exists and is not usable at {service}: {why}. Reactivate it there."
_SEVERAL = "{service} knows {count} members by this address; an administrator there has to say whose it is."
CONFLICT = (
    "Another person here names the same {service} account. Keep the value with one of them, in the "
    "identity provider."
)
#: What is kept as the reason of a state is made from one of these.
ACCOUNT_SENTENCES = (_INVALID, _NOT_FOUND, _NO_SUCH_ID, _DEACTIVATED, _SEVERAL, CONFLICT)


def match(wanted: Wanted, members: Sequence[Member], service: str) -> Outcome:
    """What was found for one person; ``members`` are those with the wanted key. ``service`` is its name in sentences."""
    if not wanted.key:
        shown = repr(wanted.value[:80])
        return Outcome(wanted.user_id, "", LinkState.INVALID, _INVALID.format(value=shown))
    found = {member.id: member for member in members}
    usable = [member for member in found.values() if not member.ended]
    if len(usable) > 1:
        return Outcome(
            wanted.user_id,
            wanted.key,
            LinkState.CONFLICT,
            _SEVERAL.format(service=service, count=len(usable)),
        )
    if not found:
        words = _NO_SUCH_ID if wanted.key.startswith(ID_PREFIX) else _NOT_FOUND
        return Outcome(wanted.user_id, wanted.key, LinkState.NOT_FOUND, words.format(service=service))
    member = usable[0] if usable else next(iter(found.values()))
    outcome = Outcome(
        wanted.user_id,
        wanted.key,
        LinkState.LINKED,
        member_id=member.id,
        name=member.name,
        email=member.email,
        is_guest=member.is_guest,
        is_alias=not wanted.key.startswith(ID_PREFIX) and fold(member.email) != wanted.key,
    )
    if usable:
        return outcome
    return replace(
        outcome, state=LinkState.DEACTIVATED, reason=_DEACTIVATED.format(service=service, why=member.ended)
    )
