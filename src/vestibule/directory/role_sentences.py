"""What is said of a person's role: kept with the request in these words, ``{…}`` standing for values.

Whoever shows them in another language recognises them by these (``web/console/receiving/retelling.py``): a sentence
that is changed here is shown in English where it was kept before.
"""

from __future__ import annotations

#: Rules.
DECIDES = "{source} decides"
DEFAULT_ROLE = "default role"
KEPT = "kept as it was"

#: Reasons.
FIRST = "It is the first source that has a value."
NOTHING_SENT = "Nothing was sent."
NONE_HAS_A_ROLE = "No source has a role."
NO_ROLE = "{source} holds what is no role, and this request did not change it"
COMES_FIRST = "{source} comes first"

#: Notes.
NOT_OBEYED = "{source} holds what is no role, and this request did not change it; it was not obeyed"
IGNORED = (
    "{source} was ignored for the role, as {deciding} decides it. To be rid of it, remove the attribute "
    "{attribute} from the application's profile in the identity provider."
)

#: Refusals, and why.
UNKNOWN = (
    '{source} has the value "{value}", which is no role here. Allowed are {allowed}, in any letter case.'
)
WHY_UNKNOWN = "{source} decides the role, and its value is no role here."
SEVERAL = "{source} has several roles: {given}. A person has one role: send one of {allowed}."
WHY_SEVERAL = "{source} decides the role, and has several values."

ROLE_SENTENCES = (
    DECIDES,
    DEFAULT_ROLE,
    KEPT,
    FIRST,
    NOTHING_SENT,
    NONE_HAS_A_ROLE,
    NO_ROLE,
    COMES_FIRST,
    NOT_OBEYED,
    IGNORED,
    UNKNOWN,
    WHY_UNKNOWN,
    SEVERAL,
    WHY_SEVERAL,
)
