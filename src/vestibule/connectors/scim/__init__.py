"""The SCIM 2.0 connector: provisions as Okta's catalogue and wizard applications do (table 5.1)."""

from vestibule.connectors.scim.connector import ScimConnector

#: What this folder offers (vestibule.registry).
CONNECTOR = ScimConnector

__all__ = ["CONNECTOR", "ScimConnector"]
