"""What Microsoft Entra ID sends (W101–W123): PATCH for everything, most of it in its own form."""

from __future__ import annotations

from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.operations import (
    QUOTED_BOOLEANS,
    QUOTED_BOOLEANS_IN_FILTERS,
    REMOVE_WITH_VALUE,
    UNKNOWN_EXTENSION,
    VALUE_PATHS_AS_KEYS,
)
from vestibule.scim.dialects.queries import BARE_VALUE
from vestibule.scim.dialects.resources import ALIAS_URNS, EMPTY_ROLES, PATHS_AS_KEYS
from vestibule.scim.dialects.signs import ENTRAS_FLAG, ENTRAS_SCHEMA
from vestibule.scim.dialects.values import JSON_IN_TEXT, ONE_FOR_MANY, TEXT_BOOLEANS, TEXT_FOR_VALUE

_NAMES = ("microsoft", "azure", "entra")


def is_entra(user_agent: str) -> bool:
    """Microsoft does not document the name it calls itself by; any of its own will do."""
    lowered = user_agent.lower()
    return any(name in lowered for name in _NAMES)


DIALECT = Dialect(
    "entra",
    recognises=is_entra,
    document_quirks=(ALIAS_URNS, PATHS_AS_KEYS, EMPTY_ROLES),
    value_quirks=(JSON_IN_TEXT, TEXT_FOR_VALUE, ONE_FOR_MANY, TEXT_BOOLEANS),
    operation_quirks=(QUOTED_BOOLEANS, VALUE_PATHS_AS_KEYS, REMOVE_WITH_VALUE, UNKNOWN_EXTENSION),
    filter_quirks=(QUOTED_BOOLEANS_IN_FILTERS,),
    filter_text_quirks=(BARE_VALUE,),
    signs=(ENTRAS_SCHEMA, ENTRAS_FLAG),
    schemas_optional=True,
    upsert_on_no_target=True,
)
