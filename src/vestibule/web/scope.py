"""What one SCIM request is confined to: settled at the door, handed inwards as one value."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.directory.request import Standing
from vestibule.directory.run import Ask
from vestibule.directory.store import DirectoryStore, LookAhead
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.frozen import frozen
from vestibule.tenancy.admission import Admission


@frozen
class ScimScope:
    """Tenant, connection, profile and dialect of a request, and the store it may use."""

    store: DirectoryStore
    admission: Admission
    standing: Standing
    dialect: Dialect
    #: ``https://…/scim/v2`` as the client called it, without trailing slash (R35).
    base_url: str
    clock: Callable[[], str]
    new_id: Callable[[], str]
    #: What was read together with the token.
    ahead: LookAhead | None = None
    #: Asks the product before somebody is let in.
    ask: Ask | None = None

    @property
    def tenant(self) -> int:
        """The tenant's number."""
        return self.standing.tenant

    @property
    def connection(self) -> int:
        """The connection whose token was shown."""
        return self.standing.connection
