"""People who existed in the product before, brought in by the operator (``vestibule user import``)."""

from __future__ import annotations

from dataclasses import replace

from vestibule.directory.access import decide_access
from vestibule.directory.change import Answer, AuditEntry, Change, Explanation
from vestibule.directory.changed import changed_paths
from vestibule.directory.derived import Derived
from vestibule.directory.facts import ByUserName
from vestibule.directory.merging import put_over, read_notes
from vestibule.directory.person import refuse_taken_name
from vestibule.directory.request import Import
from vestibule.directory.requirements import refuse_no_user_name
from vestibule.directory.resource import Resource, State
from vestibule.directory.roles import decide_role
from vestibule.directory.situation import Situation
from vestibule.scim.document import Document
from vestibule.scim.fold import fold_user_name


def import_person(situation: Situation, request: Import) -> Change:
    """A person managed by no connection yet; 409 where an identity provider manages that userName.

    Importing one again puts the new values over the old ones. Only a userName is required: they
    exist, whatever the product demands of new people. No event: nothing happened to them.
    """
    type, facts = situation.resource_type("User"), situation.facts
    checked = type.check(request.document, strict=situation.standing.strict)
    sent = type.with_defaults(checked.document)
    refuse_no_user_name(sent)
    people = facts[ByUserName(fold_user_name(sent["userName"]), situation.connection)]
    before: Resource | None = next((p for p in people if p.state is State.UNCLAIMED), None)
    if before is None:
        refuse_taken_name(situation, sent["userName"])
    held = before.document() if before else None
    document: Document = (
        put_over(type, held, sent, checked.cleared)
        if held
        else type.with_schemas({**sent, "id": situation.new_id()})
    )
    role = decide_role(situation, document, held, before.role if before else None)
    document = role.document
    notes = (*situation.standing.notes, *read_notes(checked), *role.notes)
    if before and role.role == before.role and not changed_paths(held or {}, document):
        return Change(
            Answer(200, before), Explanation("import.unchanged", "They are known so already.", notes)
        )
    active = document.get("active") is not False
    access = decide_access(document["id"], None, active).access
    now = situation.now
    derived = Derived(type, situation.profile, document)
    if before:
        resource = replace(
            before,
            version=before.version + 1,
            modified=now,
            active=active,
            access=access,
            role=role.role,
            **derived.columns,
        )
    else:
        resource = Resource(
            id=document["id"],
            type="User",
            version=1,
            created=now,
            modified=now,
            state=State.UNCLAIMED,
            active=active,
            access=access,
            role=role.role,
            **derived.columns,
        )
    return Change(
        Answer(200 if before else 201, resource),
        Explanation(
            "imported",
            "The person existed in the product before; the first write claims them.",
            notes,
            role.story,
        ),
        resources=(derived.write(resource, before),),
        must_be_free=(("userName", resource.user_name or ""),),
        audit=AuditEntry(
            situation.standing.actor,
            "user.imported",
            "User",
            document["id"],
            {"userName": document["userName"], "role": role.story},
        ),
    )
