"""What Okta sends (W1–W100): roles in every wrong form, dotted names, text for booleans."""

from __future__ import annotations

from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.resources import CORE_URN_OBJECT, EMPTY_ROLES, PATHS_AS_KEYS
from vestibule.scim.dialects.signs import OKTAS_CREATE
from vestibule.scim.dialects.values import JSON_IN_TEXT, ONE_FOR_MANY, TEXT_BOOLEANS, TEXT_FOR_VALUE


def is_okta(user_agent: str) -> bool:
    """``Okta SCIM Client 1.0.0`` and its siblings (W1)."""
    return "okta" in user_agent.lower()


DIALECT = Dialect(
    "okta",
    recognises=is_okta,
    document_quirks=(CORE_URN_OBJECT, PATHS_AS_KEYS, EMPTY_ROLES),
    value_quirks=(JSON_IN_TEXT, TEXT_FOR_VALUE, ONE_FOR_MANY, TEXT_BOOLEANS),
    signs=(OKTAS_CREATE,),
    schemas_optional=True,
)
