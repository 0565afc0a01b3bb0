"""What is known about whoever shows an access token: the token with all that it belongs to.

One row, asked for on every request, so that a revocation or a change of plan holds at once,
whichever process made it.
"""

from __future__ import annotations

from vestibule.scim.frozen import frozen
from vestibule.tenancy.tenant import Provisioning


@frozen
class Admission:
    """A known token, its connection, tenant, account and plan. Times are UTC text, None for never."""

    token: str
    token_name: str
    expires_at: str | None
    revoked_at: str | None
    connection: int
    #: The dialect pinned to the connection; "" has it recognised from the client.
    dialect: str
    tenant: int
    tenant_slug: str
    tenant_name: str
    suspended: bool
    account: str
    plan: str
    profile: str
    #: Of the profile kept in the database under that name; 0 is the built-in one of that name.
    profile_version: int
    provisioning: Provisioning
    sso_confirmed: bool
    settings_version: int
    #: The dialect that the connection's traffic has shown, and what showed it; "" for none yet.
    recognised: str = ""
    recognised_why: str = ""
    #: What the tenant's rows follow from (``directory.derive_anew.derived_as``).
    derived: str = ""
