"""Play-acting: sends what Microsoft Entra ID's provisioning service sends (W101–W114)."""

from vestibule.connectors.entra.connector import EntraConnector

#: What this folder offers (vestibule.registry).
CONNECTOR = EntraConnector

__all__ = ["CONNECTOR", "EntraConnector"]
