"""RFC 7643 and 7644 to the letter, and the interoperability draft's demands (K44): nothing is repaired."""

from __future__ import annotations

from vestibule.scim.dialects.dialect import Dialect, nobody

DIALECT = Dialect("strict", recognises=nobody, match_people=False, strict=True)
