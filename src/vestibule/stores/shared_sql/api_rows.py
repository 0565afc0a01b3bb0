"""Rows of the API's tables: what is selected, and the value that becomes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vestibule.tenancy.api_token import ApiToken, KeptAnswer, SetUpLink

Row = Sequence[Any]

API_TOKEN = """
SELECT api_token.id, api_token.name, api_token.scopes, api_token.created_at, api_token.created_by,
       account.name, api_token.tenant, tenant.slug,
       api_token.expires_at, api_token.revoked_at, api_token.last_used_at
FROM api_token
LEFT JOIN account ON account.id = api_token.account
LEFT JOIN tenant ON tenant.id = api_token.tenant
"""

KEPT_ANSWER = "SELECT request_hash, at, status, answer FROM repeat "

SET_UP_LINK = """
SELECT setup_link.id, setup_link.tenant, tenant.slug, setup_link.created_at, setup_link.created_by,
       setup_link.expires_at, setup_link.used_at, setup_link.revoked_at, setup_link.token
FROM setup_link JOIN tenant ON tenant.id = setup_link.tenant
"""


def as_api_token(row: Row) -> ApiToken:
    """From ``API_TOKEN``."""
    id, name, scopes, *others = row
    return ApiToken(id, name, tuple(json.loads(scopes)), *others)


def as_kept_answer(row: Row) -> KeptAnswer:
    """From ``KEPT_ANSWER``."""
    request_hash, at, status, answer = row
    return KeptAnswer(bytes(request_hash), at, status, None if answer is None else bytes(answer))


def as_set_up_link(row: Row) -> SetUpLink:
    """From ``SET_UP_LINK``."""
    return SetUpLink(*row)
