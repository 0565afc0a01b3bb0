"""PATCH (RFC 7644 §3.5.2): read a PatchOp message, and apply it to a document.

``message`` reads, ``apply`` goes through the operations in order; ``add``, ``remove`` and
``replace`` hold one operation each, ``membership`` what becomes of a group's ``members``.
"""

from vestibule.scim.patch.apply import Patched, apply_patch
from vestibule.scim.patch.membership import (
    AddMembers,
    ClearMembers,
    MembershipOperation,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)
from vestibule.scim.patch.message import Operation, parse_patch

__all__ = [
    "AddMembers",
    "ClearMembers",
    "MembershipOperation",
    "Operation",
    "Patched",
    "RemoveMatching",
    "RemoveMembers",
    "ReplaceMembers",
    "apply_patch",
    "parse_patch",
]
