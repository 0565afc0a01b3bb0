"""What a request does to the directory: the facts in, one Change out (design: *decide, then apply*).

Reading order: ``found`` and ``create`` say whom a request means, ``adoption`` whether it may
have them, ``merging`` and ``membership`` what it wants, ``person`` and ``team`` what that means;
``declared`` does all of it for the resource types that a profile adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from vestibule.directory.change import Change
from vestibule.directory.create import create_group, create_person
from vestibule.directory.declared import (
    create_resource,
    delete_resource,
    patch_resource,
    replace_resource,
)
from vestibule.directory.delete import delete_group, delete_person
from vestibule.directory.erase import erase_person
from vestibule.directory.existing import import_person
from vestibule.directory.facts import Domains, Facts, Missing, Need, TenantRoles
from vestibule.directory.held import settle_held
from vestibule.directory.patch import patch_group, patch_person
from vestibule.directory.refusal import Refusal, by_protocol, refused
from vestibule.directory.replace import replace_group, replace_person
from vestibule.directory.request import (
    Create,
    Delete,
    Erase,
    Import,
    KeepApart,
    Link,
    Patch,
    Replace,
    Request,
    SettleHeld,
    Standing,
)
from vestibule.directory.review import answer_review
from vestibule.directory.seats import seated
from vestibule.directory.situation import Situation
from vestibule.scim.errors import ScimError

_DOMAINS, _ROLES = Domains(), TenantRoles()


def decide(
    facts: Facts, request: Request, standing: Standing, now: str, new_id: Callable[[], str]
) -> Change | Need:
    """The Change, or the facts without which it cannot be decided. Pure; a refusal is a Change too."""
    situation = Situation(facts, standing, now, new_id)
    try:
        change = _ruled(situation, request)
        if isinstance(change, Need):
            return change
        if standing.seats is not None and change.resources:
            change = seated(situation, change, standing.seats)
    except Missing as missing:
        return Need(missing.keys)
    except Refusal as refusal:
        return refused(situation, refusal)
    except ScimError as error:
        return refused(situation, by_protocol(error))
    if change.changes_something and (_DOMAINS in facts or _ROLES in facts):
        return replace(change, settings_version=standing.settings_version)
    return change


def _ruled(situation: Situation, request: Request) -> Change | Need:
    match request:
        case Create(type="User"):
            return create_person(situation, request)
        case Replace(type="User"):
            return replace_person(situation, request)
        case Patch(type="User"):
            return patch_person(situation, request)
        case Delete(type="User"):
            return delete_person(situation, request)
        case Create(type="Group"):
            return create_group(situation, request)
        case Replace(type="Group"):
            return replace_group(situation, request)
        case Patch(type="Group"):
            return patch_group(situation, request)
        case Delete(type="Group"):
            return delete_group(situation, request)
        case Create():
            return create_resource(situation, request)
        case Replace():
            return replace_resource(situation, request)
        case Patch():
            return patch_resource(situation, request)
        case Delete():
            return delete_resource(situation, request)
        case Import():
            return import_person(situation, request)
        case Erase():
            return erase_person(situation, request)
        case SettleHeld():
            return settle_held(situation, request)
        case Link() | KeepApart():
            return answer_review(situation, request)
        case _:
            assert_never(request)
