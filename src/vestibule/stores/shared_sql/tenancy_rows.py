"""Rows of the tenancy tables: what is selected, and the value that becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.profiles.shelf import StoredProfile
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.token import Token

Row = Sequence[Any]

_STATES = {state.value: state for state in Provisioning}

#: The fields of ``Admission`` in its order.
ADMISSION = """
token.id, token.name, token.expires_at, token.revoked_at,
connection.id, connection.dialect,
tenant.id, tenant.slug, tenant.name, tenant.suspended, account.name, tenant.plan, tenant.profile,
coalesce(profile_current.version, 0), tenant.provisioning, tenant.sso_confirmed, tenant.settings_version,
connection.recognised, connection.recognised_why, tenant.derived"""
ADMISSION_WIDTH = 20

#: What a token belongs to; ``WHERE token.hash = …`` comes after it.
ADMITTED = """
FROM token
JOIN connection ON connection.id = token.connection
JOIN tenant ON tenant.id = token.tenant
JOIN account ON account.id = tenant.account
LEFT JOIN profile_current ON profile_current.name = tenant.profile
"""

TENANT = """
SELECT tenant.id, tenant.slug, tenant.name, account.name, tenant.profile, tenant.plan, tenant.provisioning,
       tenant.suspended, tenant.sso_confirmed, tenant.settings_version, tenant.created_at,
       tenant.derived
FROM tenant JOIN account ON account.id = tenant.account
"""

TOKEN = """
SELECT id, tenant, connection, name, created_at, expires_at, revoked_at, last_used_at FROM token
"""

REQUEST = """
SELECT token_request.id, token_request.tenant, tenant.slug, asked_at, asked_by, note, token, answered_at
FROM token_request JOIN tenant ON tenant.id = token_request.tenant
"""

PROFILE = """
SELECT profile.name, profile.version, profile.text, profile.stored_at FROM profile
"""


def as_admission(row: Row) -> Admission:
    """From the first ``ADMISSION_WIDTH`` columns."""
    values = list(row[:ADMISSION_WIDTH])
    values[9], values[14], values[15] = row[9] == 1, _STATES[row[14]], row[15] == 1
    return Admission(*values)


def as_tenant(row: Row) -> Tenant:
    """From ``TENANT``."""
    values = list(row)
    values[6:9] = _STATES[row[6]], row[7] == 1, row[8] == 1
    return Tenant(*values)


def as_token(row: Row) -> Token:
    """From ``TOKEN``."""
    return Token(*row)


def as_profile(row: Row) -> StoredProfile:
    """From ``PROFILE``."""
    return StoredProfile(*row)
