"""Wanted accounts and members in, outcomes out. Pure.

Two people who want one member are never decided between: both are in conflict until one names another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
_MOVED = (
    "The account that was linked here has the address {now} at {service} by now, and {wanted} belongs to another one. Name "
    "the one that is meant in the identity provider, by its address of today."
)
_OTHER_DOMAIN = (
    "{domain} is no domain of this {service}, so nobody there has this address. Correct the value in the identity "
    "provider."
)
CONFLICT = (
    "Another person here names the same {service} account. Keep the value with one of them, in the "
    "identity provider."
)
#: What is kept as the reason of a state is made from one of these.
ACCOUNT_SENTENCES = (
    _INVALID,
    _NOT_FOUND,
    _NO_SUCH_ID,
    _DEACTIVATED,
    _SEVERAL,
    _MOVED,
    _OTHER_DOMAIN,
    CONFLICT,
)


def match(wanted: Wanted, members: Sequence[Member], service: str, domains: Collection[str] = ()) -> Outcome:
    """What was found for one person; ``members`` are those with the wanted key, and the one linked before.

    ``service`` is its name in sentences. ``domains`` are all that its members' addresses have, () where that is not known.
    """
    if not wanted.key:
        shown = repr(wanted.value[:80])
        return Outcome(wanted.user_id, "", LinkState.INVALID, _INVALID.format(value=shown))
    found = {member.id: member for member in members}
    usable = [member for member in found.values() if not member.ended]
    moved = next((member for member in usable if wanted.key not in member.keys), None)
    if len(usable) > 1 and moved is not None:
        # Kept as the one that was linked, so that the next look finds the same two.
        words = _MOVED.format(now=moved.email or moved.id, service=service, wanted=wanted.value)
        return Outcome(
            wanted.user_id, wanted.key, LinkState.CONFLICT, words, moved.id, moved.name, moved.email
        )
    if len(usable) > 1:
        return Outcome(
            wanted.user_id,
            wanted.key,
            LinkState.CONFLICT,
            _SEVERAL.format(service=service, count=len(usable)),
        )
    if not found:
        domain = wanted.key.rpartition("@")[2]
        words = _NO_SUCH_ID if wanted.key.startswith(ID_PREFIX) else _NOT_FOUND
        if domains and not wanted.key.startswith(ID_PREFIX) and domain not in domains:
            words = _OTHER_DOMAIN
        reason = words.format(service=service, domain=domain)
        return Outcome(wanted.user_id, wanted.key, LinkState.NOT_FOUND, reason)
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
