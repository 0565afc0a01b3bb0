"""Values as the JSON text that columns keep."""

from __future__ import annotations

from vestibule.stores.shared_sql.text import array, json_text, mapping

__all__ = ["array", "json_text", "mapping"]
