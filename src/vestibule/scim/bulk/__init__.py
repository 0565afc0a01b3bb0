"""Bulk (RFC 7644 §3.7): read a BulkRequest, find what its operations need of each other, order them.

``message`` reads and answers, ``references`` finds every ``bulkId:`` and puts ids in their place,
``order`` says what comes when. Nothing here carries an operation out.
"""

from vestibule.scim.bulk.message import (
    BULK_REQUEST,
    BULK_RESPONSE,
    BulkOperation,
    BulkRequest,
    bulk_response,
    parse_bulk,
)
from vestibule.scim.bulk.order import Step, ordered
from vestibule.scim.bulk.references import Reference, references_in, with_ids

__all__ = [
    "BULK_REQUEST",
    "BULK_RESPONSE",
    "BulkOperation",
    "BulkRequest",
    "Reference",
    "Step",
    "bulk_response",
    "ordered",
    "parse_bulk",
    "references_in",
    "with_ids",
]
