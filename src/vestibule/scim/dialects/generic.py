"""The tolerant union: what any client may send without being misunderstood. The default."""

from __future__ import annotations

from vestibule.scim.dialects.dialect import Dialect, nobody
from vestibule.scim.dialects.operations import (
    ALIASES_IN_PATHS,
    QUOTED_BOOLEANS,
    QUOTED_BOOLEANS_IN_FILTERS,
    REMOVE_WITH_VALUE,
    UNKNOWN_EXTENSION,
    VALUE_PATHS_AS_KEYS,
)
from vestibule.scim.dialects.queries import BARE_VALUE
from vestibule.scim.dialects.resources import ALIAS_URNS, CORE_URN_OBJECT, EMPTY_ROLES, PATHS_AS_KEYS
from vestibule.scim.dialects.signs import ONELOGINS_SCHEMA
from vestibule.scim.dialects.values import JSON_IN_TEXT, ONE_FOR_MANY, TEXT_BOOLEANS, TEXT_FOR_VALUE

DIALECT = Dialect(
    "generic",
    recognises=nobody,
    document_quirks=(ALIAS_URNS, CORE_URN_OBJECT, PATHS_AS_KEYS, EMPTY_ROLES),
    value_quirks=(JSON_IN_TEXT, TEXT_FOR_VALUE, ONE_FOR_MANY, TEXT_BOOLEANS),
    operation_quirks=(
        ALIASES_IN_PATHS,
        QUOTED_BOOLEANS,
        VALUE_PATHS_AS_KEYS,
        REMOVE_WITH_VALUE,
        UNKNOWN_EXTENSION,
    ),
    filter_quirks=(QUOTED_BOOLEANS_IN_FILTERS,),
    filter_text_quirks=(BARE_VALUE,),
    signs=(ONELOGINS_SCHEMA,),
    schemas_optional=True,
    upsert_on_no_target=True,
)
