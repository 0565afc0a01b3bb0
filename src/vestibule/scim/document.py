"""A resource as a plain dict in canonical form.

Canonical: attribute names spelled as declared, extension attributes in an object under their
URN, unassigned values left out (R17), ``schemas`` first and equal to the URNs in use.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]
