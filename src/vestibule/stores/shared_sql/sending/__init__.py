"""The sending side's store, said once for both databases."""

from vestibule.stores.shared_sql.sending.rooms import SendingRooms

__all__ = ["SendingRooms"]
